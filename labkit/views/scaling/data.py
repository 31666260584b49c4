"""Curves of test-time compute: points, paired differences, and the scene of a scaling view."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.rewards import bootstrap_interval
from labkit.views.scaling import contract as wire
from labkit.views.scaling import wording

EXAMPLE = (
    'labkit.ScalingPoint("budget forcing", k=None, tokens=138.0, value=0.61, low=0.56, high=0.67, n=200)'
)
MEASURED = 'labkit.ScalingPoint.measured("forced", [[1, 0], [1, 1]], [[90, 80], [70, 80]])'
AXES: tuple[wire.Axis, ...] = ("k", "tokens")
LEAST_SPAN = 0.2  # the vertical axis covers at least 20 points
FROM_ZERO_BELOW = 0.3  # if a value is lower, the vertical axis begins at 0


@dataclass(frozen=True)
class ScalingPoint:
    """One measurement of test-time compute.

    Attributes:
        label: the name of its curve.
        k: samples a problem, at least 1; None for serial compute, such as budget forcing.
        tokens: mean completion tokens a problem, all samples together, above 0; None if unknown.
        value: share of right answers, 0 to 1.
        low: lower end of the 95 % interval, 0 to 1; None if there is no interval, and then `high` is None too.
        high: upper end.
        n: number of problems, at least 1.

    Raises:
        LabkitError: a number is outside its range.
    """

    label: str
    k: int | None
    tokens: float | None
    value: float
    low: float | None
    high: float | None
    n: int

    def __post_init__(self) -> None:
        for name in ("k", "n"):
            self._convert(name, int)
        for name in ("tokens", "value", "low", "high"):
            self._convert(name, float)
        low, high = (self.value if end is None else end for end in (self.low, self.high))
        for fits, name, rule in (
            (0 <= self.value <= 1, "value", "a share runs from 0 to 1"),
            ((self.low is None) == (self.high is None), "low", "an interval has two ends, or both are None"),
            (0 <= low <= high <= 1, "low", "an interval runs from low to high, within 0 to 1"),
            (self.k is None or self.k >= 1, "k", "k counts samples, from 1"),
            (self.tokens is None or 0 < self.tokens < math.inf, "tokens", "tokens are above 0, or None"),
            (self.k is not None or self.tokens is not None, "k", "a point needs k or tokens"),
            (self.n >= 1, "n", "n counts problems, from 1"),
        ):
            if not fits:
                raise self._bad(name, rule)

    def _convert(self, name: str, convert: Callable[[Any], float]) -> None:
        """Makes a number of numpy one of Python."""
        given = getattr(self, name)
        if given is None and name in ("k", "tokens", "low", "high"):
            return
        try:
            number = convert(given)
        except (TypeError, ValueError, OverflowError):
            raise self._bad(name, f"{name} is a number") from None
        if isinstance(given, str) or number != given == given:
            raise self._bad(name, f"{name} is a {'whole ' if convert is int else ''}number")
        object.__setattr__(self, name, number)

    def _bad(self, name: str, rule: str) -> BadArgument:
        message = f"ScalingPoint cannot take {name}={reprlib.repr(getattr(self, name))}."
        return BadArgument(message, why=f"{rule}.", next=EXAMPLE)

    @classmethod
    @checks_arguments
    def measured(
        cls, label: str, right: ArrayLike, tokens: ArrayLike, *, k: int | None = None
    ) -> ScalingPoint:
        """The point of rollouts that were judged: their accuracy and tokens, with an interval over problems.

        Args:
            label: the name of its curve.
            right: (problems, n) of 0 and 1; the accuracy of a problem is the mean of its row.
            tokens: (problems, n), completion tokens of each rollout.
            k: samples a problem that one rollout stands for; by default None, serial compute.

        Raises:
            LabkitError: the shapes differ, or a value is outside its range.

        >>> ScalingPoint.measured("forced", [[1, 0], [1, 1]], [[90, 80], [70, 80]])
        ScalingPoint(label='forced', k=None, tokens=80.0, value=0.75, low=0.5, high=1.0, n=2)
        """
        table, lengths = numbers("right", right), numbers("tokens", tokens)
        if table.shape != lengths.shape or table.min() < 0 or table.max() > 1:
            raise BadArgument(
                f"ScalingPoint.measured cannot take right of shape {table.shape} and tokens of shape {lengths.shape}.",
                why="both have the shape (problems, n), and right holds 0 and 1.",
                next=MEASURED,
            )
        return cls(label, k, float(lengths.mean()), *mean_of(table.mean(1)), len(table))

    def at(self, axis: wire.Axis) -> float | None:
        """Its place on an axis; None if it has none."""
        return self.k if axis == "k" else self.tokens


def mean_of(values: ArrayLike) -> tuple[float, float | None, float | None]:
    """The mean over problems, and the ends of its 95 % bootstrap interval; one problem has no interval."""
    rows = np.asarray(values, dtype=float)
    mean = min(1.0, max(0.0, float(rows.mean())))
    if len(rows) == 1:
        return mean, None, None
    low, high = bootstrap_interval(rows)
    return mean, max(0.0, low), min(1.0, high)


def numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """An argument of `ScalingPoint.measured` as an array, (problems, n)."""
    try:
        table = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        table = np.empty(0)
    if table.ndim != 2 or not table.size:
        why = f"{name} is a table of numbers, (problems, n)."
        raise BadArgument(
            f"ScalingPoint.measured cannot take {name}={reprlib.repr(values)}.", why=why, next=MEASURED
        )
    return table


@dataclass(frozen=True)
class Curve:
    """Points of one measure. `source` is the label that the user gave; empty if the user gave no label."""

    source: str
    measure: wire.Measure
    points: tuple[ScalingPoint, ...]

    @property
    def name(self) -> str:
        """The label of all of its points."""
        return self.points[0].label

    def on(self, axis: wire.Axis) -> bool:
        """Whether it can be drawn on an axis."""
        return any(point.at(axis) is not None for point in self.points)


@dataclass(frozen=True)
class Difference:
    """maj@k minus pass@1 on the same problems, with its paired 95 % interval; `interval` is None for one problem."""

    source: str
    k: int
    value: float
    interval: tuple[float, float] | None
    n: int


@dataclass(frozen=True)
class Measurement:
    """All that one view shows: curves, paired differences, the models, and the rollouts of each problem."""

    curves: tuple[Curve, ...]
    differences: tuple[Difference, ...] = ()
    models: tuple[str, ...] = ()
    rollouts: tuple[int, ...] = ()

    @property
    def points(self) -> list[ScalingPoint]:
        """The points of all curves."""
        return [point for curve in self.curves for point in curve.points]

    def axes(self) -> list[wire.Axis]:
        """The axes on which at least one curve can be drawn."""
        return [axis for axis in AXES if any(curve.on(axis) for curve in self.curves)]


def merge(measurements: Iterable[Measurement]) -> Measurement:
    """Several measurements in one view."""
    parts = tuple(measurements)
    return Measurement(
        tuple(curve for part in parts for curve in part.curves),
        tuple(difference for part in parts for difference in part.differences),
        tuple(dict.fromkeys(model for part in parts for model in part.models)),
        tuple(count for part in parts for count in part.rollouts),
    )


def scene_of(measurement: Measurement, title: str) -> wire.Scene:
    """The labels of a scaling view."""
    colors = colors_of(measurement.curves)
    return wire.Scene(
        title=title or wording.title(measurement), note=wording.note(measurement),
        summary=wording.summary(measurement),
        curves=[curve_of(curve, color) for curve, color in zip(measurement.curves, colors, strict=True)],
        axes=measurement.axes(), titles=wording.AXIS_TITLES, heads=list(wording.HEADS), baseline=wording.BASELINE,
        caution=wording.caution(measurement.points),
        omitted={axis: wording.omitted(measurement.curves, axis) for axis in AXES},
        span=span(measurement.points),
    )  # fmt: skip


def curve_of(curve: Curve, color: int) -> wire.Curve:
    """One curve with the texts of its points."""
    return wire.Curve(
        name=wording.label(curve.name), measure=curve.measure, color=color,
        points=[
            wire.Point(k=p.k, tokens=p.tokens, value=p.value, low=p.low, high=p.high, cells=wording.cells(p))
            for p in curve.points
        ],
    )  # fmt: skip


def colors_of(curves: Sequence[Curve]) -> list[int]:
    """A colour for each source; if there is one source, a colour for each curve."""
    sources = list(dict.fromkeys(curve.source for curve in curves))
    if len(sources) == 1:
        return list(range(len(curves)))
    return [sources.index(curve.source) for curve in curves]


def span(points: Sequence[ScalingPoint]) -> tuple[float, float]:
    """The ends of the vertical axis: tens of percent around all values and intervals.

    >>> def at(low, high):
    ...     return ScalingPoint("a", 1, None, low, low, high, 9)
    >>> span([at(0.55, 0.72)]), span([at(0.95, 1.0)]), span([at(0.1, 0.9)])
    ((0.5, 0.8), (0.8, 1.0), (0.0, 0.9))
    """
    values = [v for p in points for v in (p.value, p.low, p.high) if v is not None]
    low = math.floor(10 * min(values) + 1e-9) / 10
    high = math.ceil(10 * max(values) - 1e-9) / 10
    if low < FROM_ZERO_BELOW:
        low = 0.0
    if high - low < LEAST_SPAN:
        high = min(1.0, low + LEAST_SPAN)
        low = max(0.0, high - LEAST_SPAN)
    return round(low, 10), round(high, 10)


def extent(scene: wire.Scene, axis: wire.Axis) -> tuple[float, float]:
    """The ends of the horizontal axis, over all curves; a single value gets room on both sides."""
    places = [place_of(point, axis) for curve in scene.curves for point in curve.points]
    known = [place for place in places if place is not None]
    low, high = min(known), max(known)
    return (low, high) if low < high else (low / 2, low * 2)


def place_of(point: wire.Point, axis: wire.Axis) -> float | None:
    """The place of a point on an axis; None if it has none."""
    return point.k if axis == "k" else point.tokens
