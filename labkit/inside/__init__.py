"""What happened inside? Attention at any length, lenses, forks and interventions, on captured traces."""

from labkit.models.inside import Inside

__all__ = ["Inside"]
