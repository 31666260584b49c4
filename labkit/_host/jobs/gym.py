"""Scores an answer with the scorer of a reasoning-gym task."""

from __future__ import annotations

from functools import cache
from typing import Any

from labkit._host import exact_json


def load() -> None:
    """Imports reasoning-gym."""
    import reasoning_gym  # noqa: F401


def answer(question: dict[str, Any]) -> float:
    """The score of `answer` by the scorer of `task` with its `entry` (see `exact_json`), 0 to 1."""
    entry = exact_json.loads(question["entry"])
    return min(1.0, max(0.0, float(_scorer(question["task"])(question["answer"], entry))))


def restore() -> None:
    """Does nothing: scorers keep no state."""


@cache
def _scorer(task: str) -> Any:
    import reasoning_gym

    return reasoning_gym.get_score_answer_fn(task)
