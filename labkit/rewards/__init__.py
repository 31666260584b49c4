"""How good was it? Rule rewards and group advantages. No torch here."""

from labkit.rewards.advantages import group_advantages
from labkit.rewards.rules import countdown_accuracy, think_format

__all__ = ["countdown_accuracy", "group_advantages", "think_format"]
