"""Training text of the base model of `r1-zero`: correct sums without a plan, and an unrelated answer.

R1-Zero starts from a base model without chain-of-thought training (R1 section 2.2). This is a small
counterpart. A page looks like this:

    9 - 3 = 6, 6 * 5 = 30 vs 24, 6 off.
    3 + 5 = 8, 8 + 9 = 17 vs 24, 7 off.
    </think>

    <answer>(3 + 5) + 9</answer>

So the base model can add, state the distance of a value from the target, and close a tag. It has never seen
a plan, a check, backtracking or a reason to stop: the number of lines and their contents are random, and
the last line is the answer, right or (about 93 times in 100) wrong.
"""

from __future__ import annotations

import random

from labkit.tasks.countdown import Problem
from labkit.training.sft.search_traces import expression_of, steps

GO_ON = 0.5  # probability of one more line, whatever the last result was
LARGEST = 999  # the largest number that is a single token


def write(problem: Problem, rng: random.Random) -> str:
    r"""One page for a problem of three numbers: the text from `<think>\n` to the end-of-sentence token."""
    lines: list[str] = []
    while not lines or rng.random() < GO_ON:
        a, b, left = rng.sample(problem.numbers, 3)
        first = rng.choice(list(steps(a, b)))
        last = rng.choice([s for s in steps(first.value, left) if s.value <= LARGEST])
        lines.append(f"{first}, {last} vs {problem.target}, {abs(last.value - problem.target)} off.\n")
    return "".join(lines) + f"</think>\n\n<answer>{expression_of(first, last)}</answer>"
