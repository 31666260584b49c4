"""How good was it? Rule rewards and group advantages. No torch here."""

from labkit.rewards.advantages import group_advantages
from labkit.rewards.estimates import interval, pass_at_k, wilson
from labkit.rewards.outcomes import Group, Outcome, Share, groups, outcome_of, share
from labkit.rewards.rules import countdown_accuracy, think_format

__all__ = [
    "Group",
    "Outcome",
    "Share",
    "countdown_accuracy",
    "group_advantages",
    "groups",
    "interval",
    "outcome_of",
    "pass_at_k",
    "share",
    "think_format",
    "wilson",
]
