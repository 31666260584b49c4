"""Heat-map colours: from weights to levels, and from levels to colours.

Attention weights span decades, and most are small. A level is therefore the square root of a weight's
share of the scale's top: a weight of 1 % still has a tenth of the full strength. The colours darken
monotonically (on a dark page they lighten), so their order is the same for every kind of colour vision.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from labkit.views.core.color_scales import RGB, oklch

STOPS = 17
Floats = NDArray[np.float32]
Levels = NDArray[np.uint8]

_LIGHT = (
    (1.0, 0.0, 250),
    (0.90, 0.055, 240),
    (0.74, 0.115, 248),
    (0.56, 0.165, 262),
    (0.40, 0.17, 276),
    (0.24, 0.11, 288),
)
_DARK = (
    (0.25, 0.0, 250),
    (0.36, 0.09, 268),
    (0.46, 0.14, 262),
    (0.64, 0.15, 248),
    (0.82, 0.11, 220),
    (0.97, 0.04, 190),
)


def _stops(anchors: tuple[tuple[float, float, float], ...]) -> list[RGB]:
    grid, given = np.linspace(0, 1, STOPS), np.linspace(0, 1, len(anchors))
    columns = [np.interp(grid, given, [anchor[k] for anchor in anchors]) for k in range(3)]
    return [oklch(*(float(v) for v in stop)) for stop in zip(*columns, strict=True)]


LIGHT_STOPS: list[RGB] = _stops(_LIGHT)
DARK_STOPS: list[RGB] = _stops(_DARK)


def palette(stops: list[RGB]) -> Levels:
    """The colour of each level, (256, 3), interpolated linearly between the stops."""
    grid = np.linspace(0, STOPS - 1, 256)
    channels = [np.interp(grid, range(STOPS), [stop[k] for stop in stops]) for k in range(3)]
    return np.stack(channels, 1).round().astype(np.uint8)


def levels(weights: Floats, top: float) -> Levels:
    """The level of each weight, 0 to 255; weights above `top` count as `top`.

    >>> levels(np.array([0, 0.01, 0.25, 1, 2], np.float32), 1).tolist()
    [0, 26, 128, 255, 255]
    """
    share = np.clip(weights / top, 0, 1) if top > 0 else np.zeros_like(weights)
    return np.floor(255 * np.sqrt(share) + 0.5).astype(np.uint8)


def upper_limit(weights: Floats) -> float:
    """The upper limit of a map's colour scale: 1, 2 or 5 times a power of ten, above 98 % of the weights.

    With the maximum as the limit, a single weight of 1 would make all other weights pale.

    >>> upper_limit(np.array([0, 0, 0.11, 0.13, 0.12], np.float32)), upper_limit(np.zeros(3, np.float32))
    (0.2, 1.0)
    """
    visible = weights[weights > 1e-4]
    if not visible.size:
        return 1.0
    quantile = float(np.quantile(visible, 0.98))
    power = 10.0 ** math.floor(math.log10(quantile))
    top = next(m * power for m in (1, 2, 5, 10) if m * power >= 0.999 * quantile)
    return float(f"{top:.1g}")
