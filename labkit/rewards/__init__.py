"""How good was it? Rule rewards and group advantages. No torch here."""

from labkit.rewards.advantages import group_advantages
from labkit.rewards.estimates import interval, pass_at_k
from labkit.rewards.rules import countdown_accuracy, think_format

__all__ = ["countdown_accuracy", "group_advantages", "interval", "pass_at_k", "think_format"]
