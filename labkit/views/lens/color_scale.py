"""The colours of a lens view: a higher probability has a stronger colour; probability 0 has none.

The colour is blue, to differ from the amber of surprisal. The ramp is even in OKLCH lightness, and pale
enough that text has a contrast of 7 : 1 on paper and 4.5 : 1 on a dark page at the strongest level.
"""

from __future__ import annotations

from labkit.views.core.color_scales import BLUE_DARK, BLUE_LIGHT, RGB

LIGHT: list[RGB] = BLUE_LIGHT
DARK: list[RGB] = BLUE_DARK


def level(probability: float) -> int:
    """A probability as one of 256 levels.

    >>> level(0.0), level(0.5), level(1.0)
    (0, 128, 255)
    """
    return round(255 * min(1.0, max(0.0, probability)))
