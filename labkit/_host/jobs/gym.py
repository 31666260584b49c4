"""The score of an answer by the scorer of a reasoning-gym task."""

from __future__ import annotations

from functools import cache
from typing import Any

from labkit._host import exact_json


def load() -> None:
    """Imports reasoning-gym."""
    import reasoning_gym  # noqa: F401


def answer(question: dict[str, Any]) -> float:
    """What the scorer of `task` gives an `answer` by its `entry` (see `exact_json`), 0 to 1."""
    entry = exact_json.loads(question["entry"])
    return min(1.0, max(0.0, float(_scorer(question["task"])(question["answer"], entry))))


def restore() -> None:
    """A scorer keeps nothing from one answer to the next."""


@cache
def _scorer(task: str) -> Any:
    import reasoning_gym

    return reasoning_gym.get_score_answer_fn(task)
