"""Countdown: use every number once, with + - * /, to make the target.

The split is a rule, not a seed, so that no recipe can train on a test problem by accident: a
multiset of numbers belongs to the test split iff the SHA-256 of its sorted, comma-joined numbers
is divisible by ten. The split of any problem can be computed from its numbers.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from hashlib import sha256
from itertools import combinations, islice
from numbers import Integral
from typing import Any, ClassVar, Literal

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.tasks import puzzle_words
from labkit.tasks.answers import Answer, answer_in, read_answer
from labkit.tasks.arithmetic import MAX_SUM, normalise_operators, parse
from labkit.tasks.task import Task, register
from labkit.tasks.verdict import Verdict

Split = Literal["train", "test"]


@dataclass(frozen=True)
class Problem:
    """Numbers to use, each exactly once, and the target to make."""

    task: ClassVar[str] = "countdown"

    numbers: tuple[int, ...]
    target: int

    @property
    def prompt(self) -> str:
        """The question in the wording for the model.

        >>> Problem((3, 5, 9), 24).prompt
        'Using 3, 5 and 9, make 24.'
        """
        return puzzle_words.Puzzle(tuple(map(str, self.numbers)), str(self.target)).wording

    @property
    def split(self) -> Split:
        """`"test"` or `"train"`, by the rule of `is_test`."""
        return "test" if is_test(self.numbers) else "train"

    @property
    def columns(self) -> dict[str, Any]:
        """The columns for reward functions."""
        return {"numbers": list(self.numbers), "target": self.target}

    def verify(self, answer: str) -> bool:
        """Whether `answer` solves this problem; see `verify`."""
        return verify(answer, numbers=self.numbers, target=self.target)


_PROMPT = re.compile(r"Using \d{1,9}(?:, \d{1,9})* and \d{1,9}, make \d{1,9}(?!\.?\d)")


def read_prompt(text: str) -> Problem | None:
    """The Countdown problem in a prompt; None if the prompt has no Countdown problem.

    A text that contains only a puzzle may use any natural wording (`labkit.tasks.puzzle_words`); in a longer
    text the puzzle must have the wording of `Problem.prompt`.

    >>> read_prompt("using 3, 5, and 9 to make 24?")
    Problem(numbers=(3, 5, 9), target=24)
    """
    puzzle = puzzle_words.parse_puzzle(text)
    if puzzle is None and (match := _PROMPT.search(text)):
        puzzle = puzzle_words.parse_puzzle(match[0])
    if puzzle is None or not puzzle.is_whole:
        return None
    return Problem(tuple(map(int, puzzle.numbers)), int(puzzle.target))


problem_in = read_prompt  # the older name


def is_test(numbers: Sequence[int]) -> bool:
    """Whether problems with these numbers are held out, for any target and order.

    >>> is_test([9, 3, 5]) == is_test([3, 5, 9])
    True
    """
    key = ",".join(map(str, sorted(numbers)))
    return int(sha256(key.encode()).hexdigest(), 16) % 10 == 0


@checks_arguments
def problems(
    n: int,
    *,
    numbers: int = 3,
    split: Split = "test",
    seed: int = 0,
    low: int = 1,
    high: int = 20,
    max_target: int = 100,
) -> list[Problem]:
    """`n` different solvable problems of one split, the same for the same arguments.

    Args:
        n: number of problems, at least 1.
        numbers: count of numbers in each problem, 2 to 5.
        split: `"test"` (held out, see `is_test`) or `"train"`.
        seed: any integer.
        low, high: range of the numbers, inclusive.
        max_target: the largest target; the smallest is 1.

    Raises:
        LabkitError: an argument is out of range, or fewer than `n` problems exist.

    >>> [p.prompt for p in problems(1, seed=1)] == [p.prompt for p in problems(1, seed=1)]
    True
    """
    _check(n, numbers, split, low, high, max_target)
    distinct: dict[tuple[tuple[int, ...], int], Problem] = {}
    misses = 0
    for problem in stream(numbers=numbers, split=split, seed=seed, low=low, high=high, max_target=max_target):
        key = (tuple(sorted(problem.numbers)), problem.target)
        misses = misses + 1 if key in distinct else 0
        distinct.setdefault(key, problem)
        if len(distinct) == n:
            break
        if misses > 2_000:
            raise BadArgument(
                f"There are only about {len(distinct)} such {split} problems, and you asked for {n}.",
                why=f"{numbers} numbers from {low} to {high} make no more.",
                next=f"labkit.tasks.countdown.problems({len(distinct)}, numbers={numbers}, split={split!r})",
            )
    return list(distinct.values())


@checks_arguments
def stream(
    *,
    numbers: int = 3,
    split: Split = "train",
    seed: int = 0,
    low: int = 1,
    high: int = 20,
    max_target: int = 100,
) -> Iterator[Problem]:
    """An endless stream of solvable problems of one split: uniform numbers, then a uniform reachable target.

    Raises:
        LabkitError: an argument is out of range, or the range has no problem of that split.
    """
    _check(1, numbers, split, low, high, max_target)  # a mistyped split must not become "train"
    rng = random.Random(seed)
    dry = 0
    while dry < 10_000:
        drawn = tuple(rng.randint(low, high) for _ in range(numbers))
        dry += 1
        if is_test(drawn) != (split == "test"):
            continue
        if targets := [t for t in reachable(tuple(sorted(drawn))) if t <= max_target]:
            dry = 0
            yield Problem(drawn, rng.choice(targets))
    raise BadArgument(
        f"No {split} problem of {numbers} numbers from {low} to {high} turned up in 10,000 draws.",
        why="the range is so small that none of its numbers belong to that split.",
        next="labkit.tasks.countdown.problems(10, low=1, high=20)",
    )


@cache
def reachable(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Every positive whole number that the numbers can make, sorted; exact, by exhaustive search.

    >>> reachable((2, 3))
    (1, 5, 6)
    """
    values_made: set[Fraction] = set()

    def combine(values: tuple[Fraction, ...]) -> None:
        if len(values) == 1:
            values_made.add(values[0])
            return
        for i, j in combinations(range(len(values)), 2):
            rest = tuple(v for k, v in enumerate(values) if k not in (i, j))
            a, b = values[i], values[j]
            results = {a + b, a - b, b - a, a * b} | ({a / b} if b else set()) | ({b / a} if a else set())
            for value in results:
                combine((*rest, value))

    combine(tuple(Fraction(n) for n in numbers))
    return tuple(sorted(int(v) for v in values_made if v > 0 and v.denominator == 1))


def verify(answer: str, *, numbers: Sequence[int], target: int) -> bool:
    """Whether a text gives an expression that uses each number once and makes the target.

    `labkit.tasks.read_answer` reads the answer; text inside the thought does not count. A trailing `= 24`
    is allowed if it is true. The expression is parsed (`ast.parse`), never evaluated as code, and the
    arithmetic is exact. All four operations are binary: `-3` is not allowed.

    Args:
        answer: any text, hostile text included.
        numbers: the numbers to use, each exactly once.
        target: the number that they must make.

    Raises:
        LabkitError: numbers or target are not whole numbers.

    >>> verify("<answer>(3 * 5) + 9</answer>", numbers=[3, 5, 9], target=24)
    True
    >>> verify("24", numbers=[3, 5, 9], target=24)
    False
    """
    return judge(answer, numbers=numbers, target=target).right


def judge(answer: str, *, numbers: Sequence[int], target: int) -> Verdict:
    """The result of `verify`, with the reason and the span.

    >>> judge("</think>3 * 5", numbers=[3, 5, 9], target=24).why
    'The answer leaves out 9.'
    """
    given = read_answer(answer) if isinstance(answer, str) else answer_in("", (0, 0))
    return judge_answer(given, numbers=numbers, target=target)


def judge_answer(answer: Answer, *, numbers: Sequence[int], target: int) -> Verdict:
    """The verdict on an extracted answer: 1.0 if it solves the problem, otherwise 0.0."""
    _check_columns(numbers, target)
    why = answer.why_missing or _fault(answer.text, numbers, target)
    used = " and ".join(", ".join(map(str, numbers)).rsplit(", ", 1))
    return Verdict(
        float(not why), why or f"The answer uses {used} once each and makes {target}.", answer.span
    )


def _check_columns(numbers: Any, target: Any) -> None:
    """Refuses invalid columns, so that a mistyped column does not count as a wrong answer."""
    wrong = ""
    if isinstance(numbers, str | bytes) or not isinstance(numbers, Iterable):
        wrong = f"numbers={numbers!r}"
    elif not all(isinstance(n, Integral) for n in numbers):
        wrong = f"numbers={list(numbers)!r}"
    elif not isinstance(target, Integral):
        wrong = f"target={target!r}"
    if wrong:
        raise BadArgument(
            f"A Countdown problem cannot have {wrong[:80]}.",
            why="numbers is a list of whole numbers, and target is one whole number.",
            next='labkit.tasks.countdown.verify("3 * 5 + 9", numbers=[3, 5, 9], target=24)',
        )


def _fault(text: str, numbers: Sequence[int], target: int) -> str:
    """The error in an answer, as a sentence; empty for a right answer."""
    if len(text) > MAX_SUM:
        return f"The answer is longer than {MAX_SUM} characters: no sum of so few numbers is."
    expression, _, claimed = normalise_operators(text).strip().rstrip(".").partition("=")
    value, used = parse(expression.strip())
    if value is None:
        return "The answer is not a sum of whole numbers with + - * / and brackets that can be worked out."
    if claimed.strip() and claimed.strip() != str(target):
        return f"The answer claims another result than {target}."
    missing, extra = Counter(numbers) - Counter(used), Counter(used) - Counter(numbers)
    if missing or extra:
        faults = [
            f"{word} {_list(counts)}" for word, counts in (("leaves out", missing), ("adds", extra)) if counts
        ]
        return f"The answer {' and '.join(faults)}."
    return "" if value == target else f"The answer makes {_short(str(value))} and not {target}."


def _list(counts: Counter[int]) -> str:
    return ", ".join(_short(str(n)) for n in sorted(counts.elements())[:5])


def _short(text: str) -> str:
    return text if len(text) <= 12 else text[:11] + "…"


def _check(n: int, numbers: int, split: str, low: int, high: int, max_target: int) -> None:
    example = "labkit.tasks.countdown.problems(10, numbers=3, split='test')"
    integers = {"n": n, "numbers": numbers, "low": low, "high": high, "max_target": max_target}
    wrong = [f"{name}={value!r}" for name, value in integers.items() if type(value) is not int]
    if wrong:
        raise BadArgument(f"problems() got {', '.join(wrong)}.", why="these are whole numbers.", next=example)
    if n < 1 or not 2 <= numbers <= 5 or max_target < 1:
        raise BadArgument(
            f"problems() got n={n}, numbers={numbers} and max_target={max_target}.",
            why="n and max_target must be at least 1, and numbers from 2 to 5 (more would search too long).",
            next=example,
        )
    if split not in ("train", "test"):
        raise BadArgument(
            f"There is no split {split!r}.", why="the splits are 'train' and 'test'.", next=example
        )
    if not 1 <= low <= high:
        raise BadArgument(
            f"The range {low} to {high} is empty.", why="it needs 1 <= low <= high.", next=example
        )


def _draw(n: int, seed: int) -> list[Problem]:
    return list(islice(stream(split="train", seed=seed), n))


TASK = register(
    Task(
        "countdown", ("numbers", "target"), judge_answer, draw=_draw,
        held_out=lambda n: problems(n, split="test", seed=1), read=read_prompt,
    )
)  # fmt: skip
