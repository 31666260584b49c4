"""Who thinks? Loading a model, and letting it think with everything that it leaves behind kept."""

from labkit.models.load import load
from labkit.models.model import Model

__all__ = ["Model", "load"]
