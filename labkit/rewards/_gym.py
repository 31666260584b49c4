"""A rule for the tasks of reasoning-gym."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.rewards.parts import Finding, Rule
from labkit.tasks._gym import judge
from labkit.tasks.answers import answer_span


@Rule
def gym_score(text: str, *, task: str, entry: str) -> Iterator[Finding]:
    """The score of a reasoning-gym task, 0 to 1; see `labkit.tasks.gym`.

    An answer that is too long, takes too long to judge or needs too much memory earns 0.0, and the sentence says
    so. None where the task has no gold and its scorer would run the answer as a program.
    """
    verdict = judge(text, task=task, entry=entry)
    yield verdict.value, answer_span(text), verdict.why
