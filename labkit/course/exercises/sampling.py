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
)
