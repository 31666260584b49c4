"""What happened inside? Attention at any length, lenses, forks and interventions, on captured traces."""

from labkit.inside import bertviz
from labkit.inside.attention import attention
from labkit.inside.capturing import capture, load, save
from labkit.inside.heads import find
from labkit.inside.lens import Lens, LensTile, lens
from labkit.inside.steps import blocks, step_attention
from labkit.models.capture import Capture, cost
from labkit.models.inside import Inside

__all__ = [
    "Capture",
    "Inside",
    "Lens",
    "LensTile",
    "attention",
    "bertviz",
    "blocks",
    "capture",
    "cost",
    "find",
    "lens",
    "load",
    "save",
    "step_attention",
]
