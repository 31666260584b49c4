"""The words of a traces view in its saved outputs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from labkit.views.traces.contract import Column, Focus, Range
from labkit.views.traces.measures import FINISHES
from labkit.views.traces.selection import passes

LABELS = {
    "number": "#", "tokens": "tokens", "characters": "characters", "reward": "reward",
    "correct": "right", "reflections": "reflections", "repeats": "repeats", "language_mixing": "other script",
    "finish": "finish",
}  # fmt: skip
VERDICTS = ("wrong", "right")
ENDS = ("ended", "cut off", "interrupted")
CATEGORY_NAMES = {"verdict": VERDICTS, "finish": ENDS}
assert len(ENDS) == len(FINISHES)


def label(name: str) -> str:
    """The heading of a column."""
    return LABELS.get(name, name)


def value_text(column: Column, value: float) -> str:
    """A value as its column writes it; empty if it is not known.

    >>> value_text(Column(name="repeats", kind="share"), 0.123), value_text(Column(name="tokens", kind="count"), 4096.0)
    ('12 %', '4,096')
    """
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if column.kind in CATEGORY_NAMES:
        return CATEGORY_NAMES[column.kind][int(value)]
    if column.kind == "share":
        return f"{math.floor(100 * value + 0.5)} %"
    is_whole = column.kind == "count" or abs(value) >= 1000
    text = f"{math.floor(value + 0.5):,}" if is_whole else f"{value:.3g}"
    return text.replace("-", "−")


def range_text(column: Column, chosen: Range) -> str:
    """A filter in words.

    >>> range_text(Column(name="tokens", kind="count"), Range(column="tokens", low=100, high=200))
    'tokens 100 to 199'
    >>> range_text(Column(name="finish", kind="finish"), Range(column="finish", low=0.5))
    'cut off, interrupted'
    """
    name = label(column.name)
    if column.kind in CATEGORY_NAMES:
        categories = enumerate(CATEGORY_NAMES[column.kind])
        return ", ".join(word for i, word in categories if passes(i, chosen)) or name
    high = chosen.high
    if high is not None and column.kind == "count":
        high -= 1
    if high is None:
        return f"{name} from {value_text(column, chosen.low or 0.0)} on"
    if chosen.low is None:
        return f"{name} up to {value_text(column, high)}"
    return f"{name} {value_text(column, chosen.low)} to {value_text(column, high)}"


def filters_text(columns: Sequence[Column], focus: Focus) -> str:
    """All filters and the order, in one line; empty if all thoughts are shown in their order."""
    by_name = {column.name: column for column in columns}
    parts = [range_text(by_name[chosen.column], chosen) for chosen in focus.ranges]
    parts += [f"with {focus.search!r}"] if focus.search else []
    parts += [f"the 5 {focus.extreme}"] if focus.extreme else []
    parts += [f"by {label(focus.sort)}"] if focus.sort != "number" else []
    return ", ".join(parts)
