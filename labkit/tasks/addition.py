"""Addition: a sum of three numbers and its value. The smallest task, and a template for your own tasks.

    labkit.training.grpo(labkit.load("r1-mini-cold"), task="addition")

The held-out split follows the rule of Countdown: `labkit.tasks.countdown.is_test` on the numbers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, ClassVar

from labkit._arguments import checks_arguments
from labkit.tasks.answers import Answer, read_answer
from labkit.tasks.countdown import is_test
from labkit.tasks.task import Task, register
from labkit.tasks.verdict import Verdict

_PROMPT = re.compile(r"(\d{1,3}) \+ (\d{1,3}) \+ (\d{1,3}) =")


@dataclass(frozen=True)
class Problem:
    """Three numbers to add.

    >>> Problem((3, 5, 9)).prompt, Problem((3, 5, 9)).verify("It is clear.</think>17")
    ('3 + 5 + 9 =', True)
    """

    task: ClassVar[str] = "addition"

    addends: tuple[int, ...]

    @property
    def prompt(self) -> str:
        """The question in the wording for the model."""
        return f"{' + '.join(map(str, self.addends))} ="

    @property
    def columns(self) -> dict[str, Any]:
        """The columns for reward functions."""
        return {"addends": list(self.addends)}

    def verify(self, answer: str) -> bool:
        """Whether the answer of a completion is the sum."""
        return judge(read_answer(answer), addends=self.addends).right


def judge(answer: Answer, *, addends: Sequence[int]) -> Verdict:
    """1.0 if the answer is the sum of the numbers, otherwise 0.0."""
    if not answer.text:
        return Verdict(0.0, answer.why_missing, answer.span)
    right = answer.text == str(sum(addends))
    why = "It is the sum." if right else f"The sum is {sum(addends)}."
    return Verdict(float(right), why, answer.span)


@checks_arguments
def problems(n: int, *, split: str = "test", seed: int = 0) -> list[Problem]:
    """`n` problems with numbers from 1 to 20, drawn with replacement; the same for the same seed."""
    addends = combinations_with_replacement(range(1, 21), 3)
    pool = [numbers for numbers in addends if is_test(numbers) == (split == "test")]
    return [Problem(numbers) for numbers in random.Random(seed).choices(pool, k=n)]


def read_prompt(prompt: str) -> Problem | None:
    """The problem in a prompt with the wording of `Problem.prompt`."""
    match = _PROMPT.fullmatch(prompt.strip())
    return Problem(tuple(map(int, match.groups()))) if match else None


TASK = register(
    Task(
        "addition", ("addends",), judge, read=read_prompt,
        draw=lambda n, seed: problems(n, split="train", seed=seed),
        held_out=lambda n: problems(n, split="test", seed=1),
    )
)  # fmt: skip
