r"""A rule for mathematics: the answer is compared with the solution as a formula, so `\frac{1}{2}` is 0.5."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.rewards.math_answers import boxes, compare
from labkit.rewards.parts import Finding, Rule
from labkit.tasks.answers import answer_span


@Rule
def math_accuracy(text: str, *, solution: str) -> Iterator[Finding]:
    r"""1.0 where the answer equals the solution, else 0.0; None where the solution cannot be read.

    The answer is what stands in the last `\boxed{...}` after the thought, or between answer tags, or in the last
    line. Boxes that stand together are one answer of several values. An answer that is too long, takes too long
    to compare or needs too much memory earns 0.0, and the sentence says so.

    Raises:
        LabkitError: `math-verify` is not installed.
    """
    start, end = formula_span(text)
    verdict = compare(text[start:end], str(solution))
    yield verdict.value, (start, end), verdict.why


def formula_span(text: str) -> tuple[int, int]:
    r"""Where the formula of an answer stands: its last boxes, or between answer tags, or all after the thought.

    >>> text = r"so</think>It is \boxed{\frac{1}{2}}."
    >>> text[slice(*formula_span(text))]
    '\\boxed{\\frac{1}{2}}'
    """
    after = text.rfind("</think>") + len("</think>") if "</think>" in text else 0
    found = boxes(text[after:])
    if not found:
        return answer_span(text)
    opening = max(text.rfind(command, 0, after + found[0][0]) for command in (r"\boxed", r"\fbox"))
    end = after + found[-1][1]
    return opening, end + (text[end : end + 1] == "}")
