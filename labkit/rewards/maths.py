r"""A rule for mathematics: the answer is compared with the solution as a formula, so `\frac{1}{2}` is 0.5."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.rewards.parts import Finding, Rule
from labkit.tasks import math_answers
from labkit.tasks.answers import answer_in
from labkit.traces import Parts


@Rule
def math_accuracy(text: str, *, parts: Parts, solution: str) -> Iterator[Finding]:
    r"""1.0 where the answer equals the solution, else 0.0; None where the solution cannot be read.

    Boxes that differ are one answer of several values. An answer that is too long, takes too long to compare or
    needs too much memory earns 0.0, and the sentence says so.

    Raises:
        LabkitError: `math-verify` is not installed.
    """
    verdict = math_answers.judge(answer_in(text, parts.answer), solution=solution)
    yield verdict.score, verdict.span, verdict.why
