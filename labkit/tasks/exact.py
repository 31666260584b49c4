"""Questions whose answer is one expected text."""

from __future__ import annotations

from labkit.tasks.answers import Answer
from labkit.tasks.task import Task, register
from labkit.tasks.verdict import Verdict

MAX_EXACT = 10_000  # the longest compared answer, in characters


def judge(given: Answer, /, *, answer: str) -> Verdict:
    """1.0 if the answer is the expected text, otherwise 0.0; ignores blanks, case and a final full stop.

    Both the result and the answer block are compared, because an expected text may have several lines.
    """
    expected = _normal(str(answer))
    if not given.text:
        return Verdict(0.0, given.why_missing, given.span)
    right = expected in (_normal(given.text), _normal(given.block)) and bool(expected)
    return Verdict(float(right), f"It is {'' if right else 'not '}the expected answer.", given.span)


def _normal(text: str) -> str:
    return " ".join(text[:MAX_EXACT].split()).casefold().removesuffix(".")


TASK = register(Task("exact", ("answer",), judge, gold="answer"))
