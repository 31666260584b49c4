r"""A rule for mathematics: compares answer and solution as formulas, so `\frac{1}{2}` equals 0.5."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.rewards.base import JudgedSpan, Rule
from labkit.tasks import math_answers
from labkit.tasks.answers import answer_in
from labkit.traces import Parts


@Rule
def math_accuracy(text: str, *, parts: Parts, solution: str) -> Iterator[JudgedSpan]:
    r"""1.0 if the answer equals the solution, otherwise 0.0; None if the solution cannot be read.

    Different boxes form one answer with several values. An answer that is too long, takes too long to compare or
    needs too much memory earns 0.0, with the reason.

    Raises:
        LabkitError: `math-verify` is not installed.
    """
    verdict = math_answers.judge(answer_in(text, parts.answer), solution=solution)
    yield verdict.score, verdict.span, verdict.why
