"""The exercises of the lesson *The R1 pipeline*."""

from labkit.course.checks import Case
from labkit.course.registry import Exercise

_GOOD = "6 + 16 / 2"
_LONG = _GOOD + " " * 40

EXERCISES = (
    Exercise(
        "pipeline-1",
        writes="keep",
        minutes=8,
        cases=(
            Case(
                ([_GOOD, "16 - 2", _GOOD, _LONG],),
                [_GOOD],
                [
                    (lambda texts: "16 - 2" in texts, "16 - 2 leaves out the 6. Ask puzzle.verify."),
                    (lambda texts: len(texts) > len({*texts}), "One text is there twice. Teach it once."),
                    (lambda texts: _LONG in texts, "The last one has 50 characters, and the limit is 40."),
                ],
                "a list with one text",
            ),
            Case(
                ([_GOOD, "16 - 2", _GOOD, _LONG], 60),
                [_GOOD, _LONG],
                [([_GOOD], "With limit=60 the long text stays. Use limit, not 40.")],
                "two texts, in order",
            ),
        ),
        hint="`dict.fromkeys(texts)` drops doubles and keeps the order; then ask puzzle.verify and len.",
        solution=(
            "def keep(texts, limit=40):\n"
            "    return [t for t in dict.fromkeys(texts)\n"
            "            if len(t) <= limit and puzzle.verify(t)]\n"
        ),
        talk="Ask what a filter can never do: it cannot make a wrong thought less likely.",
        wrong={
            "def keep(texts, limit=40):\n    return [t for t in dict.fromkeys(texts) if len(t) <= limit]": "leaves out",
            "def keep(texts, limit=40):\n"
            "    return [t for t in texts if len(t) <= limit and puzzle.verify(t)]": "twice",
            "def keep(texts, limit=40):\n"
            "    return [t for t in dict.fromkeys(texts) if puzzle.verify(t)]": "limit is 40",
            "def keep(texts, limit=40):\n"
            "    return [t for t in dict.fromkeys(texts) if len(t) <= 40 and puzzle.verify(t)]": "Use limit",
        },
        setup=("import tomllib", "puzzle ="),
    ),
    Exercise(
        "pipeline-2",
        writes="my_run",
        value=True,
        asks="a letter",
        minutes=4,
        cases=(
            Case(
                (),
                "C",
                [
                    ("c", "Write the letter as a capital."),
                    (
                        "A",
                        "r1-mini rises, and its rewards are true. It shows that something teaches, not what.",
                    ),
                    (
                        "B",
                        "The filter has true labels, too, and no GRPO. Which run changes the rewards alone?",
                    ),
                    (
                        "D",
                        "That run was paid for claims: its rewards are false in one direction, not random.",
                    ),
                ],
                "one of the letters A, B, C, D",
            ),
        ),
        hint="A control changes one thing. Which run has R1-mini's recipe with other rewards?",
        solution='my_run = "C"\n',
        done="Right: the coins change the rewards and nothing else.",
        talk="A control changes one thing. Ask for the control that would show what the number of updates does.",
        wrong={
            'my_run = "A"': "not what",
            'my_run = "B"': "the rewards alone",
            'my_run = "D"': "not random",
            'my_run = "c"': "capital",
        },
    ),
)
