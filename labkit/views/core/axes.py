"""The axes of a chart: round ticks, linear and logarithmic, and shares as text. Agrees with src/core/axes.ts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

LEAST_LOG_TICKS, MOST_LOG_TICKS = 3, 8


def ticks(low: float, high: float, intervals: int = 3) -> list[float]:
    """Round numbers between two ends: steps of 1, 2 or 5 times a power of ten.

    >>> ticks(0, 1), ticks(120, 260)
    ([0.0, 0.5, 1.0], [150, 200, 250])
    """
    if not high > low:
        return [low]
    least = (high - low) / intervals
    power = 10 ** math.floor(math.log10(least))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= least * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 10) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Ticks of a logarithmic axis: 1, 2 and 5 times the powers of ten, or these powers alone if there are too many.

    Args:
        low: the lower end, above 0.
        high: the upper end. If fewer than three of these numbers are between the ends, the ticks are evenly spaced.

    >>> log_ticks(90, 2300), log_ticks(130, 390), log_ticks(1, 1e6)
    ([100, 200, 500, 1000, 2000], [150, 200, 250, 300, 350], [1, 10, 100, 1000, 10000, 100000, 1000000])
    """
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1,)):
        inside = [m * 10**e for e in exponents for m in factors if low <= m * 10**e <= high]
        if len(inside) < LEAST_LOG_TICKS:
            return ticks(low, high, 6)
        if len(inside) <= MOST_LOG_TICKS:
            return inside
    return inside[:: -(-len(inside) // MOST_LOG_TICKS)]


def spaced(heights: Sequence[float], bottom: float, gap: float) -> list[float]:
    """Moves labels apart, so that two are at least `gap` apart and none is below `bottom`; keeps their order.

    >>> spaced([100, 101, 50], 200, 14), spaced([100, 101, 50], 110, 14)
    ([100, 114, 50], [96, 110, 50])
    """
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    result = list(heights)
    for above, below in pairwise(order):
        result[below] = max(result[below], result[above] + gap)
    limit = bottom
    for i in reversed(order):
        result[i] = min(result[i], limit)
        limit = result[i] - gap
    return result


def percent(share: float) -> str:
    """A share as a percentage without decimals; halves round up, as in the browser.

    >>> percent(0.625)
    '63 %'
    """
    return f"{math.floor(100 * share + 0.5)} %"
