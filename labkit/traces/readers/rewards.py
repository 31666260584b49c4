"""Which values of a record are rewards."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

NAMES = frozenset({"reward", "score", "correct", "is_correct"})


def rewards_of(record: Mapping[str, Any]) -> dict[str, float]:
    """The rewards of a record, by name.

    These are the numbers under `rewards`, and the numbers whose name is one of `NAMES`, or ends with "reward" or
    "reward_func".

    >>> rewards_of({"accuracy_reward": 1, "reward": 0.5, "step": 3})
    {'accuracy_reward': 1.0, 'reward': 0.5}
    """
    inner = record.get("rewards")
    named = dict(inner) if isinstance(inner, Mapping) else {}
    named |= {name: value for name, value in record.items() if _is_reward(str(name))}
    return {str(name): float(value) for name, value in named.items() if _is_number(value)}


def _is_reward(name: str) -> bool:
    return name.lower() in NAMES or name.lower().endswith(("reward", "reward_func"))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and isfinite(value)  # NaN is TRL's mark for "not judged"
