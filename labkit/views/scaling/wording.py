"""Texts of a scaling view. Labels come from the user or from a model's name: one line, printable, bounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.views.core.text_layout import one_line
from labkit.views.core.wording import plural
from labkit.views.scaling import contract as wire

if TYPE_CHECKING:
    from labkit.views.scaling.data import Curve, Difference, Measurement, ScalingPoint

MINUS = "\u2212"
MAX_LABEL = 40
HEADS = ("curve", "k", "tokens", "right answers", "95 % interval", "problems")
AXIS_TITLES: dict[wire.Axis, str] = {
    "k": "k, samples a problem (logarithmic)",
    "tokens": "mean tokens a problem, all samples together (logarithmic)",
}
BASELINE = "Dashed: accuracy of one sample (pass@1)."
FLAT = "An interval without width is not certainty: all problems have the same value there."


def label(text: str) -> str:
    """A label of a curve, in one line.

    >>> label("T = 0.6"), label("")
    ('T = 0.6', '(no name)')
    """
    return one_line(text, MAX_LABEL).strip() or "(no name)"


def share(value: float) -> str:
    """A share as a percentage with one decimal.

    >>> share(0.928), share(1)
    ('92.8 %', '100.0 %')
    """
    return f"{100 * value:.1f} %"


def points(value: float) -> str:
    """A difference of shares in percentage points, with its sign.

    >>> points(0.035), points(-0.02), points(0)
    ('+3.5', '−2.0', '0.0')
    """
    rounded = round(100 * value, 1)
    return f"{rounded:+.1f}".replace("-", MINUS) if rounded else "0.0"


def interval(low: float | None, high: float | None) -> str:
    """An interval of shares in percent; a dash if the interval is missing.

    >>> interval(0.894, 0.957), interval(None, None)
    ('89.4 to 95.7', '–')
    """
    return "–" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}"


def cells(point: ScalingPoint) -> list[str]:
    """The texts of a point in the table, without its curve."""
    k = "–" if point.k is None else f"{point.k:,}"
    tokens = (
        "–"
        if point.tokens is None
        else f"{point.tokens:,.0f}"
        if point.tokens >= 10
        else f"{point.tokens:.1f}"
    )
    return [k, tokens, share(point.value), interval(point.low, point.high), f"{point.n:,}"]


def spread(counts: Sequence[int], noun: str) -> str:
    """A count, or the range of several.

    >>> spread([50, 50], "problem"), spread([20, 50], "problem"), spread([], "problem")
    ('50 problems', '20 to 50 problems', '')
    """
    if not counts:
        return ""
    low, high = min(counts), max(counts)
    return plural(low, noun) if low == high else f"{low:,} to {plural(high, noun)}"


def title(measurement: Measurement) -> str:
    """The models, if the traces name them."""
    return one_line(", ".join(map(label, measurement.models[:3])), 60) or "Test-time compute"


def note(measurement: Measurement) -> str:
    """The number of problems, and of rollouts a problem."""
    problems = spread([point.n for point in measurement.points], "problem")
    rollouts = spread(measurement.rollouts, "rollout")
    return f"{problems}, {rollouts} each" if rollouts else problems


def omitted(curves: Sequence[Curve], axis: wire.Axis) -> str:
    """A sentence that names the curves that an axis cannot show; empty if it shows all."""
    names = [label(curve.name) for curve in curves if not curve.on(axis)]
    what = "has no k" if axis == "k" else "has no number of tokens"
    if not names:
        return ""
    return f"Not on this axis: {'; '.join(names)} ({what})."


def caution(points: Sequence[ScalingPoint]) -> str:
    """A sentence about intervals without width; empty if there are none."""
    flat = any(point.low == point.high and point.low is not None for point in points)
    return FLAT if flat else ""


def summary(measurement: Measurement) -> list[str]:
    """One sentence for each comparison: paired if the problems are known, otherwise the ends of each curve."""
    paired = {difference.source for difference in measurement.differences}
    others = [curve for curve in measurement.curves if curve.source not in paired]
    return [*map(difference_text, measurement.differences), *map(ends_text, others)]


def difference_text(difference: Difference) -> str:
    """The paired difference as a sentence."""
    prefix = f"{label(difference.source)}: " if difference.source else ""
    begin = f"{prefix}maj@{difference.k} {MINUS} pass@1 = {points(difference.value)} points"
    if difference.interval is None:
        return f"{begin} (1 problem, so there is no interval over problems)."
    low, high = difference.interval
    between = f"paired 95 % interval {points(low)} to {points(high)}, {plural(difference.n, 'problem')}"
    return f"{begin} ({between}{'; the interval contains 0' if low <= 0 <= high else ''})."


def ends_text(curve: Curve) -> str:
    """The first and the last point of a curve as a sentence."""
    ends = [curve.points[i] for i in sorted({0, len(curve.points) - 1})]
    return f"{label(curve.name)}: {', then '.join(map(end_text, ends))}."


def end_text(point: ScalingPoint) -> str:
    """A point in a few words."""
    place = f"k = {point.k:,}" if point.k is not None else f"{cells(point)[1]} tokens"
    bounds = "" if point.low is None else f" ({interval(point.low, point.high)})"
    return f"{share(point.value)}{bounds} at {place}"


def one_line_text(measurement: Measurement) -> str:
    """What is shown, without figures, for the plain-text output."""
    sources = list(dict.fromkeys(curve.source for curve in measurement.curves if curve.source))
    ks = [point.k for point in measurement.points if point.k is not None]
    samples = (
        f"k = {min(ks)} to {max(ks)}" if ks else f"{plural(len(measurement.points), 'point')} against tokens"
    )
    names = one_line(", ".join(map(label, sources)), 60)
    problems = spread([point.n for point in measurement.points], "problem")
    return f"{names + ': ' if names else ''}{samples}, {problems}"
