"""Rewards: rules with reasons, group advantages and estimates. This package does not import torch."""

from labkit.rewards.advantages import group_advantages, teaches
from labkit.rewards.estimates import interval, maj_at_k, pass_at_k, wilson
from labkit.rewards.language import language_consistency
from labkit.rewards.length import length, overlong
from labkit.rewards.maths import math_accuracy
from labkit.rewards.outcomes import Group, Outcome, Share, groups, outcome_of, share
from labkit.rewards.parts import Breakdown, Part, Rule
from labkit.rewards.process import countdown_steps
from labkit.rewards.repetition import repetition
from labkit.rewards.rules import countdown_accuracy, exact_answer, gym_score, think_format
from labkit.rewards.scoring import accuracy_rule, breakdown

__all__ = [
    "Breakdown",
    "Group",
    "Outcome",
    "Part",
    "Rule",
    "Share",
    "accuracy_rule",
    "breakdown",
    "countdown_accuracy",
    "countdown_steps",
    "exact_answer",
    "group_advantages",
    "groups",
    "gym_score",
    "interval",
    "language_consistency",
    "length",
    "maj_at_k",
    "math_accuracy",
    "outcome_of",
    "overlong",
    "pass_at_k",
    "repetition",
    "share",
    "teaches",
    "think_format",
    "wilson",
]
