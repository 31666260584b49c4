"""What is the model asked? Problem generators, each with a verifier and a held-out split."""

from labkit.tasks import countdown

__all__ = ["countdown"]
