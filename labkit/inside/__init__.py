"""What happened inside? Attention at any length, lenses, forks and interventions, on captured traces."""

from labkit.inside.lens import Lens, LensTile, lens
from labkit.models.inside import Inside

__all__ = ["Inside", "Lens", "LensTile", "lens"]
