"""Rewards: rules with reasons, group advantages and statistics. This package does not import torch."""

from __future__ import annotations

import warnings
from typing import Any

from labkit.rewards.advantages import group_advantages, has_signal
from labkit.rewards.base import Breakdown, JudgedSpan, Part, Rule
from labkit.rewards.language import language_consistency
from labkit.rewards.length import length, overlong
from labkit.rewards.math_answers import math_accuracy
from labkit.rewards.outcomes import Group, Outcome, groups, outcome_of, success_rate
from labkit.rewards.process import countdown_steps
from labkit.rewards.repetition import repetition
from labkit.rewards.rules import countdown_accuracy, exact_answer, gym_score, think_format
from labkit.rewards.scoring import accuracy_rule, breakdown
from labkit.rewards.statistics import SuccessRate, bootstrap_interval, maj_at_k, pass_at_k, wilson

__all__ = [
    "Breakdown",
    "Group",
    "JudgedSpan",
    "Outcome",
    "Part",
    "Rule",
    "SuccessRate",
    "accuracy_rule",
    "bootstrap_interval",
    "breakdown",
    "countdown_accuracy",
    "countdown_steps",
    "exact_answer",
    "group_advantages",
    "groups",
    "gym_score",
    "has_signal",
    "language_consistency",
    "length",
    "maj_at_k",
    "math_accuracy",
    "outcome_of",
    "overlong",
    "pass_at_k",
    "repetition",
    "success_rate",
    "think_format",
    "wilson",
]

_OLD_NAMES = {  # for one version
    "Share": "SuccessRate",
    "interval": "bootstrap_interval",
    "share": "success_rate",
    "teaches": "has_signal",
}


def __getattr__(name: str) -> Any:
    if name not in _OLD_NAMES:
        raise AttributeError(f"labkit.rewards has no {name!r}; its names are {', '.join(__all__)}")
    new = _OLD_NAMES[name]
    warnings.warn(f"labkit.rewards.{name} is now labkit.rewards.{new}.", DeprecationWarning, stacklevel=2)
    return globals()[new]
