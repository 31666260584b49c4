"""The measures of thoughts as the columns of a traces view."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Literal, get_args

from labkit.traces.measures import MeasureTable
from labkit.traces.trace import Finish
from labkit.views.traces.contract import Column

FINISHES: tuple[str, ...] = get_args(Finish)
KINDS: dict[str, Literal["count", "share", "verdict"]] = {
    "tokens": "count",
    "characters": "count",
    "reflections": "count",
    "repeats": "share",
    "language_mixing": "share",
    "correct": "verdict",
}
ORDER = ("tokens", "characters", "reward", "correct", "reflections", "repeats", "language_mixing")
LEFT_OUT = ("steps",)  # a column of its own would say nearly what the length says


def columns_of(names: Sequence[str]) -> list[Column]:
    """The columns of measures: those of labkit in their order, those of the user, and how the thought ended."""
    own = [name for name in names if name not in (*ORDER, *LEFT_OUT)]
    measures = [*(name for name in ORDER if name in names), *own]
    columns = [Column(name=name, kind=KINDS.get(name, "value")) for name in measures]
    return [*columns, Column(name="finish", kind="finish")]


def float32(value: float) -> float:
    """The value as the browser gets it.

    >>> float32(0.75), float32(0.7) < 0.7
    (0.75, True)
    """
    return array("f", [value])[0]


def values_of(table: MeasureTable, column: Column, first: int = 0) -> array[float]:
    """The values of a column from thought `first` on, as float32; NaN if it is not known."""
    if column.kind == "finish":
        return array("f", [FINISHES.index(finish) for finish in table.finish[first:]])
    values = table[column.name][first:]
    if column.name == "tokens":  # 0 for a thought that was read as text
        return array("f", [value or float("nan") for value in values])
    return array("f", values)
