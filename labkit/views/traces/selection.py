"""Which thoughts a focus shows, and in which order; agrees with `src/views/traces/selection.ts`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from labkit.views.traces.contract import Column, Focus, Range
from labkit.views.traces.measures import float32

EXTREME = 5  # thoughts of "worst" and "best"
Values = Sequence[float]


def passes(value: float, chosen: Range) -> bool:
    """Whether a value is in a range; one that is not known is in none. The ends are rounded to float32 like the values.

    >>> passes(2.0, Range(column="reward", low=2.0)), passes(2.0, Range(column="reward", high=2.0))
    (True, False)
    """
    if math.isnan(value):
        return False
    low, high = chosen.low, chosen.high
    return (low is None or value >= float32(low)) and (high is None or value < float32(high))


def shown_rows(
    columns: Sequence[Column], values: Sequence[Values], focus: Focus, matches: Sequence[int] | None
) -> list[int]:
    """The rows that pass all filters, in the order of the focus.

    Args:
        columns: the columns.
        values: their values, a list for each column.
        focus: the filters and the order.
        matches: the rows that the search found; None without a search.
    """
    by_name = {column.name: values[i] for i, column in enumerate(columns)}
    filters = [(by_name[chosen.column], chosen) for chosen in focus.ranges]
    rows = range(len(values[0])) if matches is None else matches
    rows = [row for row in rows if all(passes(column[row], chosen) for column, chosen in filters)]
    judge = judge_of(columns, values)
    if focus.extreme and judge:
        rows = ordered(rows, by_name[judge], down=focus.extreme == "best")[:EXTREME]
        rows = [row for row in rows if not math.isnan(by_name[judge][row])]
        if focus.sort == "number":
            return rows
    if focus.sort == "number":
        return rows[::-1] if focus.down else rows
    return ordered(rows, by_name[focus.sort], down=focus.down)


def ordered(rows: Sequence[int], values: Values, *, down: bool) -> list[int]:
    """Rows by value; equal ones keep their order, and those that are not known come last.

    >>> ordered([0, 1, 2, 3], [2.0, math.nan, 5.0, 2.0], down=True)
    [2, 0, 3, 1]
    """
    known = [row for row in rows if not math.isnan(values[row])]
    known.sort(key=lambda row: -values[row] if down else values[row])
    return known + [row for row in rows if math.isnan(values[row])]


def judge_of(columns: Sequence[Column], values: Sequence[Values]) -> str:
    """The column by which thoughts are better or worse: the reward, otherwise the verdict; empty if none is known."""
    known = {c.name for c, column in zip(columns, values, strict=True) if not all(map(math.isnan, column))}
    return next((name for name in ("reward", "correct") if name in known), "")
