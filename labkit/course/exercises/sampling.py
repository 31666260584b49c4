"""The exercises of the lesson *Ask many times*."""

from labkit.course.checks import Case
from labkit.course.registry import Exercise

EXERCISES = (
    Exercise(
        "sampling-1",
        writes="majority",
        minutes=6,
        cases=(
            Case((["7", "8", "8"],), "8"),
            Case((["", "", "7"],), "7", {"": "Close: a thought without an answer does not vote."}),
            Case((["8", "7", "7", "8"],), "8", {"7": "Close: 8 and 7 are level, and 8 came first."}),
            Case(([""],), lambda answer: answer in ("", None), expected="'' or None: there is no vote"),
        ),
        hint="`max(candidates, key=answers.count)` returns the first of the candidates with the most votes.",
        solution=(
            "def majority(answers):\n"
            "    voting = [a for a in answers if a]\n"
            "    return max(voting, key=voting.count) if voting else None\n"
        ),
        talk="Ask what a paper should report about ties and about thoughts without an answer.",
        wrong={
            "def majority(answers):\n    return max(answers, key=answers.count)": "does not vote",
            "def majority(answers):\n"
            "    return max(sorted(a for a in answers if a), key=answers.count)": "8 came first",
            "def majority(answers):\n"
            "    voting = [a for a in answers if a]\n"
            "    return max(voting, key=voting.count)": "stopped in line 3",
        },
    ),
    Exercise(
        "sampling-2",
        writes="at_least_one",
        minutes=7,
        cases=(
            Case(
                (16, 4, 4),
                0.72802,
                [
                    (0.27198, "Close: that is the probability that all k are wrong."),
                    (0.68359, "Close: that formula draws the same thought twice. Count with comb."),
                    (1.0, "Is there a // in your formula? The quotient of two counts is a fraction."),
                ],
            ),
            Case((16, 0, 4), 0.0),
            Case((16, 16, 4), 1.0),
            Case((5, 1, 2), 0.4, {0.6: "Close: that is the probability that both are wrong."}),
        ),
        hint="All k thoughts are wrong in comb(n - c, k) of comb(n, k) draws.",
        solution=(
            "from math import comb\n\n\n"
            "def at_least_one(n, c, k):\n"
            "    return 1 - comb(n - c, k) / comb(n, k)\n"
        ),
        talk="Ask what the formula gives for c > n - k: comb is 0 there, so some thought must be right.",
        wrong={
            "def at_least_one(n, c, k):\n    return 1 - (1 - c / n) ** k": "draws the same thought twice",
            "from math import comb\n\n\n"
            "def at_least_one(n, c, k):\n    return comb(n - c, k) / comb(n, k)": "all k are wrong",
            "from math import comb\n\n\ndef at_least_one(n, c, k):\n    return 1 - comb(n - c, k) // comb(n, k)": "//",
        },
    ),
    Exercise(
        "sampling-3",
        writes="difference",
        minutes=6,
        cases=(
            Case(
                ([0.2, 0.4, 0.6, 0.8, 1.0], [0.3, 0.4, 0.8, 0.7, 1.0]),
                (0.04, 2),
                [
                    ((-0.04, 2), "Close: the difference is second minus first."),
                    ((-0.04, 1), "Swapped: the difference is second minus first."),
                    ((2, 0.04), "Swapped: first the mean difference, then the number of problems."),
                    ((0.2, 2), "Close: that is the sum of the differences. The mean divides it by five."),
                    ((0.04, 4), "Close: a problem on which both are equal counts for neither."),
                    ((0.04, 0.4), "Close: give the number of problems, not their share."),
                ],
                "two numbers: the mean of second - first, and how often second is ahead",
            ),
            Case(([0.5, 0.5], [0.0, 1.0]), (0.0, 1)),
        ),
        hint="`zip(first, second)` gives both values of one problem; take their difference, then the mean.",
        solution=(
            "def difference(first, second):\n"
            "    gains = [b - a for a, b in zip(first, second)]\n"
            "    return sum(gains) / len(gains), sum(gain > 0 for gain in gains)\n"
        ),
        talk="Give these pairs to bootstrap_interval: five problems cannot show a difference of 0.04.",
        wrong={
            "def difference(first, second):\n"
            "    gains = [a - b for a, b in zip(first, second)]\n"
            "    return sum(gains) / len(gains), sum(gain > 0 for gain in gains)": "second minus first",
            "def difference(first, second):\n"
            "    gains = [b - a for a, b in zip(first, second)]\n"
            "    return sum(gains > 0 for gains in gains), sum(gains) / len(gains)": "first the mean",
            "def difference(first, second):\n"
            "    gains = [b - a for a, b in zip(first, second)]\n"
            "    return sum(gains), sum(gain > 0 for gain in gains)": "sum of the differences",
            "def difference(first, second):\n"
            "    gains = [b - a for a, b in zip(first, second)]\n"
            "    return sum(gains) / len(gains), sum(gain >= 0 for gain in gains)": "counts for neither",
        },
    ),
)
