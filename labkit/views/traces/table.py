"""What the saved outputs of a traces view show: the columns with values, the histograms, and the first rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from labkit.views.core.wording import plural
from labkit.views.traces.contract import Column, Focus, Scene
from labkit.views.traces.data import MeasuredThoughts
from labkit.views.traces.histogram import Bins, bins_of
from labkit.views.traces.selection import shown_rows
from labkit.views.traces.wording import filters_text, value_text

MOST_ROWS = 20


class Histogram(NamedTuple):
    """The counts of all thoughts, and of those that are shown."""

    column: Column
    bins: Bins
    counts: list[int]
    shown: list[int]


class Row(NamedTuple):
    """A row: the number of the thought from 1, its values as text, and the beginnings of its texts."""

    number: int
    values: list[str]
    prompt: str
    answer: str


class Table(NamedTuple):
    """What is drawn."""

    title: str
    note: str
    columns: list[Column]
    histograms: list[Histogram]
    rows: list[Row]
    n_more: int

    def shortened(self, n_rows: int) -> Table:
        """The table with at most this many rows."""
        left_out = max(0, len(self.rows) - n_rows)
        return self._replace(rows=self.rows[:n_rows], n_more=self.n_more + left_out)


def table_of(
    scene: Scene,
    thoughts: MeasuredThoughts,
    values: Sequence[Sequence[float]],
    focus: Focus,
    matches: Sequence[int] | None,
    *,
    is_all: bool,
) -> Table:
    """The table of the first thoughts, whose values are given, or of all."""
    total = len(values[0])
    rows = shown_rows(scene.columns, values, focus, matches)
    first = rows[:MOST_ROWS]
    known = drawn_columns(scene.columns, values)
    columns = [scene.columns[i] for i in known]
    histograms = []
    for i, column in zip(known, columns, strict=True):
        bins = bins_of(column, values[i])
        if bins is not None:
            shown = bins.counts([values[i][row] for row in rows])
            histograms.append(Histogram(column, bins, bins.counts(values[i]), shown))
    drawn = [
        Row(
            text.row + 1,
            [value_text(scene.columns[i], values[i][text.row]) for i in known],
            text.prompt,
            text.answer,
        )
        for text in thoughts.texts(first)
    ]
    note = note_of(scene, len(rows), total, is_all=is_all)
    filters = filters_text(scene.columns, focus)
    return Table(
        scene.title,
        f"{note}: {filters}" if filters else note,
        columns,
        histograms,
        drawn,
        len(rows) - len(drawn),
    )


def drawn_columns(columns: Sequence[Column], values: Sequence[Sequence[float]]) -> list[int]:
    """The numbers of the columns that are drawn: those with a known value, and of the two lengths one."""
    unknown = [sum(map(math.isnan, column)) for column in values]
    counted = {column.name for column, n in zip(columns, unknown, strict=True) if not n}
    left_out = {"characters"} if "tokens" in counted else set()
    return [
        i for i, column in enumerate(columns) if unknown[i] < len(values[i]) and column.name not in left_out
    ]


def note_of(scene: Scene, shown: int, total: int, *, is_all: bool) -> str:
    """How many thoughts are shown, of how many."""
    if is_all:
        return plural(total, "thought") if shown == total else f"{shown:,} of {plural(total, 'thought')}"
    first = f"the first {plural(total, 'thought')} of {plural(scene.expected, 'record')}"
    return first if shown == total else f"{shown:,} of {first}"
