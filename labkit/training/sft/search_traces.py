"""Cold-start thoughts: the written record of a search for the answer of a Countdown problem.

DeepSeek-R1 starts from a few thousand long chains of thought before any reward is given (R1 section
2.3.1). Here a program writes them instead of people. The writer is deliberately fallible: it gives up
after a pair of numbers without a result, overlooks a hit, or writes "yes" one or two off the target and
notices its mistake only sometimes. So the cold-start model knows how to try, check and backtrack, but not
that these pay off: the rewards must teach that.

A thought looks like this. The check is written out: the value, the target and then the distance between
them, since a small model learns to compare only if the comparison has its own tokens.

    First 3 and 5, leaving 9.
    3 + 5 = 8: 8 + 9 = 17 vs 24, 7 off. 9 - 8 = 1 vs 24, 23 off. 8 * 9 = 72 vs 24, 48 off.
    3 * 5 = 15: 15 + 9 = 24 vs 24, 0 off, yes!
    Check: 3 * 5 = 15, 15 + 9 = 24 vs 24, right.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from labkit.tasks.countdown import Problem


@dataclass(frozen=True)
class SearchStyle:
    """How fallible the writer is: a probability between 0 and 1 for each mistake."""

    give_up: float = 0.55  # after each pair of numbers without a result, except the last pair
    miss: float = 0.3  # a hit is overlooked
    false_hit: float = 0.3  # a value one or two off the target is taken for a hit ...
    catch: float = 0.5  # ... and the final check notices the mistake
    near: int = 2  # maximum distance from the target of a false hit

    @classmethod
    def flawless(cls) -> SearchStyle:
        """A writer without mistakes: the exhaustive search."""
        return cls(give_up=0.0, miss=0.0, false_hit=0.0)


@dataclass(frozen=True)
class Step:
    """One operation on whole numbers, `a op b = value`."""

    a: int
    op: str
    b: int
    value: int

    def __str__(self) -> str:
        return f"{self.a} {self.op} {self.b} = {self.value}"


def steps(a: int, b: int) -> Iterator[Step]:
    """The results of two whole numbers, in a fixed order: + - * and, if the quotient is whole, /."""
    high, low = max(a, b), min(a, b)
    yield Step(a, "+", b, a + b)
    yield Step(high, "-", low, high - low)
    yield Step(a, "*", b, a * b)
    if low > 1 and high % low == 0:
        yield Step(high, "/", low, high // low)


@dataclass
class SearchTraceWriter:
    """Writes the thought and answer for one problem of three numbers; `write` returns both."""

    problem: Problem
    style: SearchStyle
    rng: random.Random
    limit: int = 100  # no target is above this
    lines: list[str] = field(default_factory=list)

    def write(self) -> str:
        r"""The completion: the text from `<think>\n` to the end-of-sentence token."""
        expression = self._search() or self._guess()
        return "".join(self.lines) + f"</think>\n\n<answer>{expression}</answer>"

    def _search(self) -> str | None:
        pairs = list(combinations(range(3), 2))
        self.rng.shuffle(pairs)
        for turn, (i, j) in enumerate(pairs):
            a, b = self.problem.numbers[i], self.problem.numbers[j]
            left = self.problem.numbers[3 - i - j]
            if turn and self._mistakes(self.style.give_up):
                break
            self.lines.append(f"{'Go back. Now' if turn else 'First'} {a} and {b}, leaving {left}.\n")
            for first in steps(a, b):
                if expression := self._finish(first, left):
                    return expression
        self.lines.append("Give up.\n")
        return None

    def _finish(self, first: Step, left: int) -> str | None:
        """One line: the results of the first value and the remaining number."""
        parts = []
        for last in steps(first.value, left):
            if last.value > self.limit:
                parts.append(f"{last.a} {last.op} {last.b} too big.")
                continue
            hit = self._says_yes(last.value)
            off = abs(last.value - self.problem.target)
            parts.append(f"{last} vs {self.problem.target}, {off} off{', yes!' if hit else '.'}")
            if hit:
                self.lines.append(f"{first}: {' '.join(parts)}\n")
                if self._confirms(first, last):
                    return expression_of(first, last)
                parts = []
        if parts:
            self.lines.append(f"{first}: {' '.join(parts)}\n")
        return None

    def _says_yes(self, value: int) -> bool:
        off = abs(value - self.problem.target)
        if off == 0:
            return not self._mistakes(self.style.miss)
        return off <= self.style.near and self._mistakes(self.style.false_hit)

    def _confirms(self, first: Step, last: Step) -> bool:
        """The final check; the search continues after a false hit that is noticed."""
        right = last.value == self.problem.target
        accepted = right or not self._mistakes(self.style.catch)
        verdict = "right" if accepted else f"not {self.problem.target}"
        self.lines.append(f"Check: {first}, {last} vs {self.problem.target}, {verdict}.\n")
        return accepted

    def _guess(self) -> str:
        a, b, c = self.rng.sample(self.problem.numbers, 3)
        return f"({a} {self.rng.choice('+*')} {b}) {self.rng.choice('+-*')} {c}"

    def _mistakes(self, probability: float) -> bool:
        return self.rng.random() < probability


def expression_of(first: Step, last: Step) -> str:
    """Both steps as one expression.

    >>> expression_of(Step(3, "+", 5, 8), Step(9, "-", 8, 1))
    '9 - (3 + 5)'
    """
    inner = f"({first.a} {first.op} {first.b})"
    if last.a == first.value:
        return f"{inner} {last.op} {last.b}"
    return f"{last.a} {last.op} {inner}"
