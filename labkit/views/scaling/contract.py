"""The messages between a scaling view and the browser: all data is sent once, and the browser draws one axis."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.views.core.contract import Wire

Axis = Literal["k", "tokens"]
Measure = Literal["pass@k", "maj@k", "accuracy"]
Index = Annotated[int, Field(ge=0)]


class Point(Wire):
    """One measurement; `cells` are its texts in the table: k, tokens, value, interval, problems."""

    k: int | None
    tokens: float | None
    value: float
    low: float | None
    high: float | None
    cells: list[str]


class Curve(Wire):
    """Measurements in the order of k or of tokens; `color` is an index of the series colours."""

    name: str
    measure: Measure
    color: int
    points: list[Point]


class Scene(Wire):
    """The labels of a scaling view.

    Attributes:
        note: the number of problems and of rollouts.
        summary: one sentence for each comparison.
        axes: the axes on which there is something to draw.
        titles: the title of each axis.
        heads: the heads of the table's columns; the first column holds the name of the curve.
        baseline: the meaning of the dashed lines.
        caution: a sentence about intervals without width; empty if there are none.
        omitted: for each axis, a sentence that names the curves that it cannot show; empty if it shows all.
        span: the ends of the vertical axis, shares of right answers.
    """

    title: str
    note: str
    summary: list[str]
    curves: list[Curve]
    axes: list[Axis]
    titles: dict[Axis, str]
    heads: list[str]
    baseline: str
    caution: str
    omitted: dict[Axis, str]
    span: tuple[float, float]


class Focus(Wire):
    """The user's selection: an axis, a point of a curve, and the curves that are switched off."""

    axis: Axis
    curve: Index | None = None
    point: Index | None = None
    hidden: list[Index] = Field(default_factory=list)
