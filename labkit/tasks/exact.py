"""Questions whose answer is one expected text."""

from __future__ import annotations

from labkit.tasks.answers import Answer
from labkit.tasks.task import Task, register
from labkit.tasks.verdict import Verdict

MAX_EXACT = 10_000  # characters of an answer that are compared


def judge(given: Answer, /, *, answer: str) -> Verdict:
    """1.0 where the answer is the expected text, blanks, capitals and a final full stop aside, else 0.0.

    The result is compared, and the block that it stands in: an expected text may have several lines.
    """
    expected = _normal(str(answer))
    if not given.text:
        return Verdict(0.0, given.why_missing, given.span)
    right = expected in (_normal(given.text), _normal(given.block)) and bool(expected)
    return Verdict(float(right), f"It is {'' if right else 'not '}the expected answer.", given.span)


def _normal(text: str) -> str:
    return " ".join(text[:MAX_EXACT].split()).casefold().removesuffix(".")


TASK = register(Task("exact", ("answer",), judge, gold="answer"))
