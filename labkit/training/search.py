"""Cold-start thoughts: a search for the answer of a Countdown problem, written down as it goes.

DeepSeek-R1 starts from a few thousand long chains of thought before any reward is given (R1 section
2.3.1). Ours come from this program instead of from people. The writer is diligent and fallible, on
purpose: it gives up after a pair of numbers has led nowhere, passes over a hit, or cries "yes" one
or two off the target and catches itself only sometimes. So the cold-start model knows how to try,
check and go back, but not that it pays to: that is left for the rewards to teach.

A thought reads like this. The check is written out, the target beside the value and then how far
off it is: a small model learns to compare only where the comparison has tokens of its own.

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
class Habits:
    """How fallible the writer is: a probability for each slip, between 0 and 1."""

    give_up: float = 0.55  # after each pair of numbers that led nowhere, but for the last
    miss: float = 0.3  # a hit is passed over
    false_hit: float = 0.3  # a value one or two off the target is taken for it ...
    catch: float = 0.5  # ... and the check at the end notices
    near: int = 2  # how far off a value may be and still deceive

    @classmethod
    def flawless(cls) -> Habits:
        """A writer who never slips: the exhaustive search."""
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
    """What two whole numbers make, in a fixed order: + - * and, where it comes out whole, /."""
    high, low = max(a, b), min(a, b)
    yield Step(a, "+", b, a + b)
    yield Step(high, "-", low, high - low)
    yield Step(a, "*", b, a * b)
    if low > 1 and high % low == 0:
        yield Step(high, "/", low, high // low)


@dataclass
class Writer:
    """Writes the thought and answer for one problem of three numbers; `write` is the whole of it."""

    problem: Problem
    habits: Habits
    rng: random.Random
    limit: int = 100  # no target is above this
    lines: list[str] = field(default_factory=list)

    def write(self) -> str:
        r"""The completion: what follows `<think>\n`, up to the end-of-sentence token."""
        expression = self._search() or self._guess()
        return "".join(self.lines) + f"</think>\n\n<answer>{expression}</answer>"

    def _search(self) -> str | None:
        pairs = list(combinations(range(3), 2))
        self.rng.shuffle(pairs)
        for turn, (i, j) in enumerate(pairs):
            a, b = self.problem.numbers[i], self.problem.numbers[j]
            left = self.problem.numbers[3 - i - j]
            if turn and self._slips(self.habits.give_up):
                break
            self.lines.append(f"{'Go back. Now' if turn else 'First'} {a} and {b}, leaving {left}.\n")
            for first in steps(a, b):
                if expression := self._finish(first, left):
                    return expression
        self.lines.append("Give up.\n")
        return None

    def _finish(self, first: Step, left: int) -> str | None:
        """One line: what the first value makes with the number that is left."""
        said = []
        for last in steps(first.value, left):
            if last.value > self.limit:
                said.append(f"{last.a} {last.op} {last.b} too big.")
                continue
            hit = self._says_yes(last.value)
            off = abs(last.value - self.problem.target)
            said.append(f"{last} vs {self.problem.target}, {off} off{', yes!' if hit else '.'}")
            if hit:
                self.lines.append(f"{first}: {' '.join(said)}\n")
                if self._confirms(first, last):
                    return expression_of(first, last)
                said = []
        if said:
            self.lines.append(f"{first}: {' '.join(said)}\n")
        return None

    def _says_yes(self, value: int) -> bool:
        off = abs(value - self.problem.target)
        if off == 0:
            return not self._slips(self.habits.miss)
        return off <= self.habits.near and self._slips(self.habits.false_hit)

    def _confirms(self, first: Step, last: Step) -> bool:
        """The check at the end; a false hit that is noticed sends the search on."""
        right = last.value == self.problem.target
        accepted = right or not self._slips(self.habits.catch)
        verdict = "right" if accepted else f"not {self.problem.target}"
        self.lines.append(f"Check: {first}, {last} vs {self.problem.target}, {verdict}.\n")
        return accepted

    def _guess(self) -> str:
        a, b, c = self.rng.sample(self.problem.numbers, 3)
        return f"({a} {self.rng.choice('+*')} {b}) {self.rng.choice('+-*')} {c}"

    def _slips(self, probability: float) -> bool:
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
