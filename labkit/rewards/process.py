"""A computable process reward: each equation of a Countdown thought, checked exactly.

R1's authors did not use process rewards: steps are hard to define, labels are costly, and a learned
judge gets hacked (R1 section 4.2). Written arithmetic is an exception, since steps and their truth are
easy to check. The reward can still be hacked: repeating `1 + 1 = 2` earns the maximum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from labkit.rewards.base import JudgedSpan, Rule
from labkit.tasks.arithmetic import apply_operator, normalise_operators
from labkit.traces import Parts

MAX_TEXT = 100_000  # characters read of a thought: about 30,000 tokens
MAX_EQUATIONS = 2_000
_NUMBER = r"(?<![\d.)+\-*/×·÷−–])(\d{1,9}(?:/\d{1,9})?)"
_RESULT = r"(-?\d{1,18}(?:/\d{1,9})?)(?![\d(]|[./]\d| ?[-+*/×·÷−–] ?[\d(])"  # but not "= 3 + 4"
_EQUATION = re.compile(rf"(?<![-+*/×·÷−–]\s){_NUMBER}\s?([-+*/×·÷−–])\s?(\d{{1,9}})\s?=\s?{_RESULT}")


@Rule
def countdown_steps(text: str, *, parts: Parts) -> Iterator[JudgedSpan]:
    """The share of true equations `a + b = c` in the thought; None if the thought has no equations.

    >>> countdown_steps(["3 + 5 = 8: 8 * 9 = 71, no.</think>", "I think.</think>"])
    [0.5, None]
    """
    start, end = parts.thinking
    equations = []
    for equation in _EQUATION.finditer(text, start, min(end, start + MAX_TEXT)):
        equations.append(equation)
        if len(equations) == MAX_EQUATIONS:
            break
    for equation in equations:
        left, op, right, claimed = equation.groups()
        true = value_of(left, normalise_operators(op), right)
        span = equation.span()
        if true is not None and true == _fraction(claimed):
            yield 1 / len(equations), span, "This is true."
        else:
            truth = "cannot be divided" if true is None else f"makes {true}, not {claimed}"
            yield 0.0, span, f"{left} {normalise_operators(op)} {right} {truth}."


def value_of(left: str, op: str, right: str) -> Fraction | None:
    """The exact result of one operation. Returns None for a division by zero.

    >>> value_of("3", "/", "0") is None, value_of("1/2", "+", "1")
    (True, Fraction(3, 2))
    """
    a, b = _fraction(left), _fraction(right)
    return None if a is None or b is None or (op == "/" and not b) else apply_operator(op, a, b)


def _fraction(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except ZeroDivisionError:
        return None
