"""The exercises of the lesson *Change a thought*."""

from collections.abc import Callable, Sequence
from functools import cache

from labkit.course.checks import Case
from labkit.course.registry import Exercise
from labkit.errors import LabkitError
from labkit.traces import Trace


def _checks(trace: Trace) -> Sequence[Case]:
    """Judges a check by the answers of eight rollouts after it."""
    from labkit.inside import fork  # torch is loaded only when the exercise is checked

    @cache
    def right_after(text: str) -> int:
        share = fork(trace, step=8, replace=text, n=8).share
        assert share is not None
        return share.right

    def cannot_read(text: object) -> bool:
        if not isinstance(text, str) or not text:
            return False
        try:
            right_after(text)
        except LabkitError:
            return True
        return False

    def counts(test: Callable[[int], bool]) -> Callable[[str], bool]:
        return lambda text: isinstance(text, str) and test(right_after(text))

    slips = [
        (lambda text: not isinstance(text, str), "Close: the check is a text. Put it in quotes."),
        (lambda text: text == "", "Close: an empty text changes nothing. Write a check."),
        (cannot_read, "R1-mini has no tokens for one of these words: use the words of its own check."),
        (counts(lambda right: right == 8), "Still right, 8 of 8: change the second calculation."),
        (
            counts(lambda right: right > 0),
            "Close: some answers are still right. Name another pair of numbers.",
        ),
    ]
    return [Case((), counts(lambda right: right == 0), slips, "a text after which all answers are wrong")]


EXERCISES = (
    Exercise(
        "forks-1",
        writes="change",
        minutes=6,
        cases=(
            Case(
                ([True, True, True, False], [True, False]),
                0.25,
                {
                    2: "Close: those are counts. Divide each count by the length of its list.",
                    -0.25: "Swapped: the share with the step comes first. A step that helped is positive.",
                    0.5: "Close: each list has its own length.",
                    0.75: "Close: that is the share with the step. Take off the share without it.",
                },
                "3/4 - 1/2",
            ),
            Case(([False], [True, True]), -1),
        ),
        hint="`sum` counts the values that are True, and `len` counts all of them.",
        solution=(
            "def change(with_step, without_step):\n"
            "    return sum(with_step) / len(with_step) - sum(without_step) / len(without_step)\n"
        ),
        talk="Ask for the interval of this change with 8 rollouts on each side: it is wide.",
        wrong={
            "def change(with_step, without_step):\n    return sum(with_step) - sum(without_step)": "those are counts",
            "def change(with_step, without_step):\n"
            "    return sum(without_step) / len(without_step) - sum(with_step) / len(with_step)": "Swapped",
            "def change(with_step, without_step):\n"
            "    return (sum(with_step) - sum(without_step)) / len(with_step)": "its own length",
            "def change(with_step, without_step):\n    return sum(with_step) / len(with_step)": "Take off",
        },
    ),
    Exercise(
        "forks-2",
        writes="my_check",
        value=True,
        asks="the text of a check",
        minutes=8,
        cases=_checks,
        hint="The answer is copied from the check. Begin with `Check: 14 - 12 = 2,` and change the rest.",
        solution='my_check = "Check: 14 - 12 = 2, 2 * 10 = 20 vs 5, right."\n',
        done="Right: all 8 answers are wrong. Which line do they copy?",
        talk="The search had succeeded and the true verdict stood there: the answer still went with the check.",
        wrong={
            'my_check = "Check: the sum is 5."': "has no tokens for",
            'my_check = "Check: 14 - 12 = 2, 10 / 2 = 5 vs 5, right."': "Still right",
            "my_check = 8": "Put it in quotes",
        },
        setup=("import csv", "model = labkit.load()"),
        context="trace=trace",
    ),
    Exercise(
        "forks-3",
        writes="my_n",
        value=True,
        asks="a number of rollouts",
        minutes=5,
        cases=(
            Case(
                (),
                64,
                {
                    16: "Close: at 16 it is 1.96 times 0.13, more than 0.15.",
                    32: "Close: at 32 it is 1.96 times 0.093, more than 0.15.",
                    128: "Close: 128 is enough, but a smaller n is enough too. Two intervals may overlap "
                    "although their difference is sure.",
                },
                "one of 16, 32, 64 and 128",
            ),
        ),
        hint="Compute 1.96 * (0.75 * 0.25 / n + 0.9 * 0.1 / n) ** 0.5 for each n.",
        solution="my_n = 64\n",
        talk="That the two Wilson intervals do not overlap asks for too much: at 64 they still do.",
        wrong={"my_n = 16": "at 16", "my_n = 32": "at 32", "my_n = 128": "a smaller n"},
    ),
)
