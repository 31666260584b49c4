"""The exercises of the lesson *When did it know?*."""

from labkit.course.checks import Case
from labkit.course.registry import Exercise

_COLUMN = [False, True, False, True, True, True]

EXERCISES = (
    Exercise(
        "lens-1",
        writes="appears",
        minutes=8,
        cases=(
            Case(
                (_COLUMN,),
                3,
                {
                    1: "Close: layer 1 agrees, but layer 2 does not. The agreement has to stay.",
                    5: "Close: that is the last layer. From which layer on do all of them agree?",
                    4: "Close: that is the number of layers that agree. Return the first one that stays.",
                    2: "Close: that is the last layer that disagrees. The agreement begins one layer later.",
                },
            ),
            Case(
                ([True, False],),
                -1,
                {
                    2: "Close: the last layer disagrees, so no layer stays. Return -1.",
                    0: "Close: layer 0 agrees, but the last layer does not. Return -1.",
                    None: "Close: where no layer stays, return -1.",
                },
                "-1: the last layer disagrees",
            ),
            Case(([True],), 0),
            Case(([True, True],), 0),
        ),
        hint="Begin with `layer = len(agrees)`, and step down while the layer below agrees.",
        solution=(
            "def appears(agrees):\n"
            "    layer = len(agrees)\n"
            "    while layer > 0 and agrees[layer - 1]:\n"
            "        layer -= 1\n"
            "    return layer if layer < len(agrees) else -1\n"
        ),
        talk="Ask why 'the first layer that agrees' would be a worse definition: the comma shows it.",
        wrong={
            "def appears(agrees):\n    return agrees.index(True)": "has to stay",
            "def appears(agrees):\n    return len(agrees) - 1": "the last layer",
            "def appears(agrees):\n    return sum(agrees)": "the number of layers",
            "def appears(agrees):\n"
            "    return max(i for i, a in enumerate(agrees) if not a)": "one layer later",
            "def appears(agrees):\n"
            "    layer = len(agrees)\n"
            "    while layer > 0 and agrees[layer - 1]:\n"
            "        layer -= 1\n"
            "    return layer": "Return -1",
        },
    ),
)
