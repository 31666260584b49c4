"""The exercises of the lesson *Attention in a thought*."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from labkit.course.checks import Case
from labkit.course.registry import Exercise
from labkit.traces import Trace

_WEIGHTS = np.array([[1.0, 0.0, 0.0], [0.6, 0.4, 0.0], [0.1, 0.8, 0.1]])


def _on_sign(trace: Trace) -> Sequence[Case]:
    """The mean weight on a plus and on a times, with the likeliest other numbers."""
    from labkit.inside import attention  # torch is loaded only when the exercise is checked

    weights: Any = attention(trace, 0, 0)
    tokens = trace.prompt_texts + trace.tokens.texts
    rows = [i for i, text in enumerate(tokens) if text == " = "]

    def case(sign: str) -> Case:
        at = np.array([i for i in rows if tokens[i - 2] == sign])
        right = float(weights[at, at - 2].mean())
        slips = [
            (float(weights[rows, np.array(rows) - 2].mean()),
             "Close: that is the mean over all calculations. Take only those with this sign."),
            (float(weights[at, at - 2].sum()), "Close: that is a sum of weights. Divide by their number."),
            (float(weights[at, at - 1].mean()), "Close: that is the token before the =. The sign stands two before."),
            (float(weights[at, at - 3].mean()), "Close: that is the first number. The sign stands two before the =."),
            (float(weights[at - 2, at].mean()), "Swapped: the row is the token that reads, so it comes first."),
        ]  # fmt: skip
        return Case((sign,), right, slips, f"{right:.2f}, the mean weight on {sign!r}")

    return [case(" + "), case(" * "), case(" - ")]


_ROWS = (
    "    tokens = trace.prompt_texts + trace.tokens.texts\n"
    '    at = [i for i, text in enumerate(tokens) if text == " = "]\n'
)
_HEAD = "def on_sign(sign):\n    weights = inside.attention(trace, 0, 0)\n"
_CHOSEN = "    i = np.array([i for i in at if tokens[i - 2] == sign])\n"

EXERCISES = (
    Exercise(
        "attention-1",
        writes="previous",
        minutes=6,
        cases=(
            Case(
                (_WEIGHTS,),
                0.7,
                {
                    0.5: "Close: that is how much each token reads itself.",
                    0.0: "Close: that is the token after. A row reads, a column is read.",
                    0.6: "Close: that is a single row. Use all rows but the first.",
                    1.4 / 3: "Close: the first row has no token before it, so it does not count.",
                    1.4: "Close: that is the sum. Divide by the number of rows that have a token before them.",
                },
            ),
            Case((np.array([[1.0, 0.0], [0.25, 0.75]]),), 0.25),
        ),
        hint="The weights stand just below the diagonal. `np.diagonal(weights, offset=...)` takes such a line.",
        solution="def previous(weights):\n    return np.diagonal(weights, offset=-1).mean()\n",
        done="Right. previous(inside.attention(trace, 0, 0)) is 0.42: the head of the sign is the best one.",
        talk="R1-mini is too small to use a head for one thing: its best previous-token head has another job.",
        wrong={
            "def previous(weights):\n    return np.diagonal(weights).mean()": "reads itself",
            "def previous(weights):\n    return np.diagonal(weights, offset=1).mean()": "the token after",
            "def previous(weights):\n"
            "    return np.diagonal(weights, offset=-1).sum() / len(weights)": "has no token before it",
            "def previous(weights):\n    return np.diagonal(weights, offset=-1).sum()": "Divide",
            "def previous(weights):\n    return weights[1, 0]": "a single row",
        },
        setup=("import numpy as np",),
    ),
    Exercise(
        "attention-2",
        writes="on_sign",
        minutes=8,
        cases=_on_sign,
        hint="The rows with one sign: `[i for i in rows if tokens[i - 2] == sign]`, as an array.",
        solution=_HEAD + _ROWS + _CHOSEN + "    return weights[i, i - 2].mean()\n",
        done="Right. Compare ' + ', ' - ', ' * ' and ' / ': which one does the head miss?",
        talk="At a minus the head reads a number. Whether later layers use that, attention does not say.",
        wrong={
            _HEAD
            + _ROWS
            + "    i = np.array(at)\n    return weights[i, i - 2].mean()": "over all calculations",
            _HEAD + _ROWS + _CHOSEN + "    return weights[i, i - 2].sum()": "Divide",
            _HEAD + _ROWS + _CHOSEN + "    return weights[i, i - 1].mean()": "before the =",
            _HEAD + _ROWS + _CHOSEN + "    return weights[i, i - 3].mean()": "the first number",
            _HEAD + _ROWS + _CHOSEN + "    return weights[i - 2, i].mean()": "Swapped",
        },
        setup=("import numpy as np", "model = labkit.load()"),
        context="trace=trace",
    ),
)
