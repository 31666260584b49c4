"""Token colours: from a token's numbers to one of 256 levels, and from a level to a colour.

The ramps are even in OKLCH lightness and change hue little, so their order is the same for every kind
of colour vision, and text keeps a contrast of 7 : 1 on paper and 4.5 : 1 on a dark page at the
strongest level. Level 0 is the page's background: a token with probability 1 has no colour.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from labkit.views.core.contract import Color

LEVELS = 256
SURPRISAL_TOP = 5.0  # nats; all probabilities below 0.7 % look the same
ENTROPY_TOP = 3.0  # nats; above about 20 equally likely tokens, all values look the same

RGB = tuple[int, int, int]


def level(color: Color, logprob: float | None, entropy: float | None) -> int:
    """The colour level of a token: 0 (certain) to 255; 0 if the number is unknown.

    >>> level("probability", 0.0, None), level("surprisal", -10.0, None), level("entropy", None, 1.5)
    (0, 255, 128)
    """
    if color == "entropy":
        share = 0.0 if entropy is None else entropy / ENTROPY_TOP
    elif logprob is None:
        share = 0.0
    else:
        share = 1 - math.exp(logprob) if color == "probability" else -logprob / SURPRISAL_TOP
    return round(255 * min(1.0, max(0.0, share)))


def oklch(lightness: float, chroma: float, hue: float) -> RGB:
    """A colour of the OKLCH space (Ottosson 2020) as sRGB bytes; `hue` in degrees."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    mid = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * mid + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * mid - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * mid + 1.7076147010 * short,
    )
    r, g, b = (_byte(value) for value in linear)
    return r, g, b


def _byte(linear: float) -> int:
    v = min(1.0, max(0.0, linear))
    return round(255 * (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055))


def ramp(lch: Callable[[float], tuple[float, float, float]]) -> list[RGB]:
    """The colour of each level; `lch` gives lightness, chroma and hue of a share from 0 to 1."""
    return [oklch(*lch(i / (LEVELS - 1))) for i in range(LEVELS)]


LIGHT: list[RGB] = ramp(lambda t: (1.0 - 0.24 * t, 0.16 * t**0.9, 90 - 30 * t))
DARK: list[RGB] = ramp(lambda t: (0.20 + 0.35 * t, 0.13 * t**0.8, 75 - 22 * t))
# Blue, which differs from the amber of `LIGHT` and `DARK` for every kind of colour vision.
BLUE_LIGHT: list[RGB] = ramp(lambda t: (1.0 - 0.25 * t, 0.115 * t**0.9, 235 + 15 * t))
BLUE_DARK: list[RGB] = ramp(lambda t: (0.20 + 0.33 * t, 0.13 * t**0.8, 240 + 15 * t))

# Colours of the series of a chart, in this order. Each pair differs by at least 0.13 in OKLab for normal vision and for
# the three kinds of colour blindness (Machado 2009), and each colour has a contrast of 3 : 1 with its page.
_SERIES_LIGHT = ("2563a8", "c17d00", "a32745", "8a72f7", "531700", "310a77")
_SERIES_DARK = ("7fb2e8", "f28f29", "ca3056", "7359db", "f2ed2b", "00ffe9")


def _rgb(digits: str) -> RGB:
    r, g, b = bytes.fromhex(digits)
    return r, g, b


SERIES_LIGHT: list[RGB] = [_rgb(digits) for digits in _SERIES_LIGHT]
SERIES_DARK: list[RGB] = [_rgb(digits) for digits in _SERIES_DARK]
