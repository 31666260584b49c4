"""The bars of a histogram; agrees with `src/views/traces/histogram-bins.ts`."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from labkit.views.traces.contract import Column
from labkit.views.traces.measures import float32

MOST_BINS = 24  # one more if the lowest value is in the middle of a bar
LEAST_BINS = 8  # so that equal values are a bar and not the whole plot
CATEGORIES = ("verdict", "finish")


class Bins(NamedTuple):
    """Bars of one width: bar `i` counts the values in `[low + i * width, low + (i + 1) * width)`.

    The values and these edges are float32; the first and the last bar also count what lies beyond them.
    """

    low: float
    width: float
    n_bars: int

    def counts(self, values: Sequence[float]) -> list[int]:
        """How many values each bar has; values that are not known are left out."""
        counts = [0] * self.n_bars
        edges = [float32(float(f"{self.low + i * self.width:.12g}")) for i in range(1, self.n_bars)]
        for value in values:
            if not math.isnan(value):
                counts[bisect_right(edges, value)] += 1
        return counts


def bins_of(column: Column, values: Sequence[float]) -> Bins | None:
    """The bars of a column: 8 to 25, of a round width; None if no value is known.

    Where values are not counts, the largest one may be the upper edge of the last bar.

    >>> bins_of(Column(name="tokens", kind="count"), [3.0, 41.0, 97.0])
    Bins(low=0.0, width=5.0, n_bars=20)
    >>> bins_of(Column(name="reward", kind="value"), [0.0, 1.0])
    Bins(low=0.0, width=0.05, n_bars=20)
    """
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return None
    if column.kind in CATEGORIES:
        return Bins(-0.5, 1.0, max(2, int(max(known)) + 1))
    low, high = min(known), max(known)
    is_count = column.kind == "count"
    width = round_width((high - low) / MOST_BINS, is_count=is_count)
    first = math.floor(low / width + 1e-9)
    end = math.floor(high / width + 1e-9) + 1 if is_count else math.ceil(high / width - 1e-6)
    return Bins(first * width, width, max(LEAST_BINS, end - first))


def round_width(least: float, *, is_count: bool) -> float:
    """1, 2 or 5 times a power of ten, at least `least`; at least 1 for whole numbers.

    >>> round_width(3.2, is_count=True), round_width(0.3, is_count=True), round_width(0.03, is_count=False)
    (5.0, 1.0, 0.05)
    """
    if is_count and least <= 1:
        return 1.0
    if not least > 0:
        return 0.1
    power = 10.0 ** math.floor(math.log10(least))
    return next(float(f"{m * power:.6g}") for m in (1, 2, 5, 10) if m * power >= least * 0.999999)
