"""The task `exact`: an answer is right if it equals the expected text of its problem."""

from __future__ import annotations

from labkit.tasks.answers import Answer
from labkit.tasks.task import Task, register
from labkit.tasks.verdict import Verdict


def judge(given: Answer, /, *, answer: str) -> Verdict:
    """1.0 if the answer is the expected text, otherwise 0.0; ignores blanks, case and a final full stop.

    Both the result and the answer block are compared, because an expected text may have several lines.
    """
    expected = _normalize(str(answer))
    if not given.text:
        return Verdict(0.0, given.why_missing, given.span)
    is_correct = expected in (_normalize(given.text), _normalize(given.block)) and bool(expected)
    return Verdict(float(is_correct), f"It is {'' if is_correct else 'not '}the expected answer.", given.span)


def _normalize(text: str) -> str:
    return " ".join(text.split()).casefold().removesuffix(".")


TASK = register(Task("exact", ("answer",), judge, gold="answer"))
