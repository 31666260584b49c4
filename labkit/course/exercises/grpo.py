"""The exercises of the lesson *GRPO by hand*."""

from collections.abc import Callable
from typing import Any

import numpy as np

from labkit.course.checks import Case
from labkit.course.registry import Exercise


def _near(*values: float) -> Callable[[Any], bool]:
    return lambda answer: bool(np.allclose(answer, values, atol=0.01))


EXERCISES = (
    Exercise(
        "grpo-1",
        writes="rloo",
        minutes=6,
        cases=(
            Case(
                ([1, 0, 0, 0],),
                [1, -1 / 3, -1 / 3, -1 / 3],
                [
                    (
                        _near(0.75, -0.25, -0.25, -0.25),
                        "Close: that is the mean of all. Leave its own reward out.",
                    ),
                    (_near(1, 0, 0, 0), "Close: nothing is subtracted. Subtract the mean of the others."),
                    (
                        _near(1.732, -0.577, -0.577, -0.577),
                        "Close: that is GRPO's. Do not divide by the std.",
                    ),
                    (_near(-1, 1 / 3, 1 / 3, 1 / 3), "Swapped: its own reward minus the mean of the others."),
                ],
                "four numbers, one a rollout, and the first 1 - 0 = 1",
            ),
            Case(([2, 4],), [-2, 2], expected="[-2, 2]: with two rollouts the other one is the mean"),
        ),
        hint="The mean of the others: the sum of all rewards minus its own, divided by one less than there are.",
        solution=(
            "def rloo(rewards):\n"
            "    n = len(rewards)\n"
            "    return [r - (sum(rewards) - r) / (n - 1) for r in rewards]\n"
        ),
        done="Right: the right rollout is 1 above the others.",
        talk="RLOO is Dr. GRPO's advantage times n / (n - 1): ask the class to show it.",
        wrong={
            "def rloo(rewards):\n    return [r - sum(rewards) / len(rewards) for r in rewards]": "mean of all",
            "def rloo(rewards):\n    return rewards": "nothing is subtracted",
            "def rloo(rewards):\n"
            "    mean = sum(rewards) / len(rewards)\n"
            "    std = (sum((r - mean) ** 2 for r in rewards) / len(rewards)) ** 0.5\n"
            "    return [(r - mean) / std for r in rewards]": "GRPO's",
            "def rloo(rewards):\n"
            "    n = len(rewards)\n"
            "    return [(sum(rewards) - r) / (n - 1) - r for r in rewards]": "Swapped",
        },
    ),
    Exercise(
        "grpo-2",
        writes="my_limit, my_higher",
        value=True,
        asks="two probabilities",
        minutes=6,
        cases=(
            Case(
                (),
                (0.06, 0.064),
                [
                    ((0.064, 0.06), "Swapped: my_higher is the limit with 0.28."),
                    ((1.2, 1.28), "Close: those are ratios. How likely is the token?"),
                    ((0.25, 0.33), "Close: the clip multiplies. It is on the ratio, not on the probability."),
                    (
                        lambda two: max(two) > 0.2,
                        "Close: the clip is on the ratio, not on the probability.",
                    ),
                    ((0.06, 0.06), "Close: the second limit has 0.28 in place of 0.2."),
                    (lambda two: min(two) >= 0, "The ratio may reach 1.2 (1.28): times what it was."),
                ],
                "two probabilities: 0.05 times what the ratio may reach",
            ),
        ),
        hint="The ratio is now / old, and old is 0.05.",
        solution="my_limit, my_higher = 0.05 * 1.2, 0.05 * 1.28\n",
        talk=(
            "A token at 90 % can rise to certainty within the clip, and one at 5 % cannot even reach 7 %. Rare ideas "
            "are held down, and the entropy of the policy falls. A higher clip gives them room."
        ),
        wrong={
            "my_limit, my_higher = 0.064, 0.06": "Swapped",
            "my_limit, my_higher = 1.2, 1.28": "those are ratios",
            "my_limit, my_higher = 0.25, 0.33": "multiplies",
            "my_limit, my_higher = 0.06, 0.06": "0.28 in place of 0.2",
            "my_limit, my_higher = 0.05 * 0.8, 0.05 * 0.72": "may reach 1.2",
            "my_limit, my_higher = 0.06, None": "Not answered yet",
        },
    ),
)
