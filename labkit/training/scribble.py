"""What the base of `r1-zero` has read: true sums without a plan, and an answer that follows from nothing.

R1-Zero begins at a base model with no chain of thought in it (R1 section 2.2). This is ours, in small.
A page reads like this:

    9 - 3 = 6, 6 * 5 = 30 vs 24, 6 off.
    3 + 5 = 8, 8 + 9 = 17 vs 24, 7 off.
    </think>

    <answer>(3 + 5) + 9</answer>

So the base can do sums, say how far off a value is, and close a tag. It has never seen a plan, a check,
a step back or a reason to stop: how many lines there are and what they hold is drawn by lot, and the
last line is the answer, right or (some 93 times in 100) wrong.
"""

from __future__ import annotations

import random

from labkit.tasks.countdown import Problem
from labkit.training.search import expression_of, steps

GO_ON = 0.5  # the chance of one more line, whatever the last one came to
LARGEST = 999  # the largest number with a token of its own


def write(problem: Problem, rng: random.Random) -> str:
    r"""One page for a problem of three numbers: what follows `<think>\n`, up to the end-of-sentence token."""
    lines: list[str] = []
    while not lines or rng.random() < GO_ON:
        a, b, left = rng.sample(problem.numbers, 3)
        first = rng.choice(list(steps(a, b)))
        last = rng.choice([s for s in steps(first.value, left) if s.value <= LARGEST])
        lines.append(f"{first}, {last} vs {problem.target}, {abs(last.value - problem.target)} off.\n")
    return "".join(lines) + f"</think>\n\n<answer>{expression_of(first, last)}</answer>"
