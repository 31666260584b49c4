"""The colours of a compare view: a diverging scale for the difference, a sequential one for the divergence.

A piece that b expects less is amber, one that b expects more is blue: every kind of colour vision tells them apart.
The divergence is violet. All ramps begin with the colour of the page, and text keeps its contrast, as in
`labkit.views.core.color_scales`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from labkit.views.compare.contract import Measure
from labkit.views.core.color_scales import BLUE_DARK, BLUE_LIGHT, LIGHT, RGB, ramp

LESS_LIGHT: list[RGB] = LIGHT
MORE_LIGHT: list[RGB] = BLUE_LIGHT
MORE_DARK: list[RGB] = BLUE_DARK
KL_LIGHT: list[RGB] = ramp(lambda t: (1.0 - 0.27 * t, 0.13 * t**0.9, 320 - 10 * t))
KL_DARK: list[RGB] = ramp(lambda t: (0.20 + 0.33 * t, 0.15 * t**0.8, 315 - 10 * t))

TOPS = (0.5, 1.0, 2.0, 5.0)  # nats; the possible ends of a scale
VISIBLE = 0.05  # nats; smaller values do not count for the end of a scale
SHARE = 0.9  # of the visible values that are within the scale


def scale_top(values: Iterable[float]) -> float:
    """The end of a colour scale, in nats: most of the visible values are within it, and it is 5 at most.

    >>> scale_top([0.0, 0.3, -0.4]), scale_top([3.6, -0.7, 1.1]), scale_top([math.nan])
    (0.5, 2.0, 0.5)
    """
    visible = sorted(abs(value) for value in values if abs(value) > VISIBLE)
    if not visible:
        return TOPS[0]
    reached = visible[int(SHARE * (len(visible) - 1))]
    return next((top for top in TOPS if top >= reached), TOPS[-1])


def level(value: float, top: float) -> int:
    """The size of a value as a colour level: 0 to 255; 0 if the value is unknown.

    >>> level(0.0, 1.0), level(-0.5, 1.0), level(2.0, 1.0), level(math.nan, 1.0)
    (0, 128, 255, 0)
    """
    return 0 if math.isnan(value) else round(255 * min(1.0, abs(value) / top))


def color_of(measure: Measure, value: float, top: float) -> RGB:
    """The colour of a value on a light page."""
    if measure == "kl":
        return KL_LIGHT[level(value, top)]
    return (MORE_LIGHT if value > 0 else LESS_LIGHT)[level(value, top)]
