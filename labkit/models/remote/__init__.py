"""Models behind OpenAI-compatible servers."""

from labkit.models.remote.model import RemoteModel

__all__ = ["RemoteModel"]
