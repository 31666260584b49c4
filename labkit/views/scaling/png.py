"""The saved picture of a scaling view, drawn with Pillow at two pixels per point: one axis, and the comparisons."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image

from labkit.views.core.axes import log_ticks, percent, spaced, ticks
from labkit.views.core.canvas import (
    INK,
    LINE,
    MUTED,
    PAD,
    RULE,
    SCALE,
    SMALL,
    WIDTH,
    Page,
    font,
    heading,
    measure,
)
from labkit.views.core.color_scales import SERIES_LIGHT
from labkit.views.core.html import tint
from labkit.views.core.plot import Marker, Point, draw_band, draw_dashes, draw_line, draw_marker
from labkit.views.core.text_layout import Piece, wrap
from labkit.views.scaling import contract as wire
from labkit.views.scaling.data import extent, place_of

PLOT, LEFT, RIGHT, BELOW = (
    250,
    44,
    190,
    42,
)  # points: height, room for the ticks, for direct labels, for the axis
LABEL_GAP = 14  # points between two direct labels
OPACITY, FAINT, FEW = 0.18, 0.09, 2  # of a band; of each band if there are more than a few curves
FOOT = 16  # points: height of a sentence below the chart
LEADER = 30  # a label at most this many points away is joined to its curve
MARKERS: dict[wire.Measure, Marker] = {"pass@k": "dot", "maj@k": "ring", "accuracy": "diamond"}


class Frame(NamedTuple):
    """The box of a plot in points, and the ends of its axes."""

    left: float
    top: float
    right: float
    bottom: float
    extent: tuple[float, float]
    span: tuple[float, float]

    def at(self, place: float, value: float) -> Point:
        """The pixel of a point: logarithmic from left to right, linear upwards."""
        (first, last), (low, high) = self.extent, self.span
        across = math.log(place / first) / math.log(last / first)
        up = (value - low) / (high - low)
        x = self.left + (self.right - self.left) * across
        y = self.bottom - (self.bottom - self.top) * up
        return SCALE * x, SCALE * y


def render_png(scene: wire.Scene, focus: wire.Focus) -> bytes:
    """The picture as a PNG file."""
    lines = summary_lines(scene)
    top = 44 + LINE * len(lines)
    feet = foot_of(scene, focus)
    page = Page(top + PLOT + BELOW + 10 + FOOT * len(feet))
    heading(page, scene.title, scene.note)
    for n, line in enumerate(lines):
        for piece in line:
            page.text(PAD + piece.x, 52 + LINE * n, piece.text, INK)
    draw_chart(page, scene, focus, top)
    for n, text in enumerate(feet):
        page.text(PAD, top + PLOT + BELOW + 12 + FOOT * n, fitted(text, WIDTH - 2 * PAD, SMALL), MUTED, SMALL)
    return page.png()


def chart_png(scene: wire.Scene, focus: wire.Focus) -> bytes:
    """The chart alone, for the saved HTML."""
    page = Page(PLOT + BELOW + 8)
    draw_chart(page, scene, focus, 0)
    out = io.BytesIO()
    page.image.quantize(64, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        out, "PNG", optimize=True
    )
    return out.getvalue()


def summary_lines(scene: wire.Scene) -> list[list[Piece]]:
    """The comparisons, broken into lines."""
    return [line for text in scene.summary for line in wrap([(0, text)], WIDTH - 2 * PAD, measure)]


def shown(scene: wire.Scene, focus: wire.Focus) -> list[wire.Curve]:
    """The curves that are switched on and have a place on the axis."""
    on = [curve for i, curve in enumerate(scene.curves) if i not in focus.hidden]
    return [curve for curve in on if places(curve, focus.axis)]


def places(curve: wire.Curve, axis: wire.Axis) -> list[tuple[float, wire.Point]]:
    """The points of a curve on an axis, from left to right."""
    pairs = [(place_of(point, axis), point) for point in curve.points]
    return sorted(((place, point) for place, point in pairs if place is not None), key=lambda pair: pair[0])


def foot_of(scene: wire.Scene, focus: wire.Focus) -> list[str]:
    """The sentences below the chart: dashed lines, curves that the axis cannot show, intervals without width."""
    dashed = any(baseline(curve) is not None for curve in shown(scene, focus))
    texts = (scene.baseline if dashed else "", scene.omitted[focus.axis], scene.caution)
    return [text for text in texts if text]


def baseline(curve: wire.Curve) -> float | None:
    """The accuracy of one sample, if the curve is a pass@k with several k; otherwise None."""
    first = curve.points[0]
    return first.value if curve.measure == "pass@k" and first.k == 1 and len(curve.points) > 1 else None


def color_of(curve: wire.Curve) -> str:
    """The colour of a curve, as six hexadecimal digits after #."""
    return "#" + bytes(SERIES_LIGHT[curve.color % len(SERIES_LIGHT)]).hex()


def draw_chart(page: Page, scene: wire.Scene, focus: wire.Focus, top: float) -> None:
    """Draws the axes, the bands, the curves and their labels below the height `top`."""
    curves = shown(scene, focus)
    room = min(RIGHT, 34 + max((width_of(curve.name, SMALL + 1) for curve in curves), default=0))
    box = (PAD + LEFT, top + 12, WIDTH - PAD - room, top + PLOT)
    frame = Frame(*box, extent(scene, focus.axis), scene.span)
    draw_axes(page, scene, focus, frame)
    for curve in curves:
        points = [p for p in places(curve, focus.axis) if p[1].low is not None and p[1].high is not None]
        ends = [(frame.at(x, p.low or 0.0), frame.at(x, p.high or 0.0)) for x, p in points]
        draw_band(page, ends, tint(color_of(curve), OPACITY if len(curves) <= FEW else FAINT))
    for curve in curves:
        draw_curve(page, curve, [frame.at(x, p.value) for x, p in places(curve, focus.axis)], frame)
    draw_labels(page, curves, focus, frame)


def draw_axes(page: Page, scene: wire.Scene, focus: wire.Focus, frame: Frame) -> None:
    """Draws the ticks of both axes and the title of the horizontal one."""
    for tick in ticks(*scene.span, 5):
        _, y = frame.at(frame.extent[0], tick)
        page.draw.line((SCALE * frame.left, y, SCALE * frame.right, y), RULE, SCALE // 2)
        page.text(frame.left - 8, y / SCALE + 3.5, percent(tick), MUTED, SMALL, anchor="rs")
    bottom = SCALE * frame.bottom
    page.draw.line((SCALE * frame.left, bottom, SCALE * frame.right, bottom), MUTED, SCALE // 2)
    for tick in axis_ticks(scene, focus.axis):
        x, _ = frame.at(tick, frame.span[0])
        page.draw.line((x, SCALE * frame.bottom, x, SCALE * (frame.bottom + 4)), MUTED, SCALE // 2)
        page.text(x / SCALE, frame.bottom + 16, f"{tick:,.0f}", MUTED, SMALL, anchor="ms")
    page.text(
        (frame.left + frame.right) / 2, frame.bottom + 33, scene.titles[focus.axis], MUTED, SMALL, anchor="ms"
    )


def axis_ticks(scene: wire.Scene, axis: wire.Axis) -> list[float]:
    """The ticks of an axis: each k that occurs, if these are few; round numbers of tokens."""
    low, high = extent(scene, axis)
    ks = sorted({point.k for curve in scene.curves for point in curve.points if point.k is not None})
    return [*map(float, ks)] if axis == "k" and len(ks) <= 8 else log_ticks(low, high)


def draw_curve(page: Page, curve: wire.Curve, points: Sequence[Point], frame: Frame) -> None:
    """Draws the line and the markers of a curve, and the accuracy of one sample as a dashed line."""
    color = color_of(curve)
    if (level := baseline(curve)) is not None:
        draw_dashes(page, frame.at(frame.extent[0], level), SCALE * frame.right, color)
    draw_line(page, points, color)
    for at in points:
        draw_marker(page, at, color, MARKERS[curve.measure], 3.2)


def draw_labels(page: Page, curves: Sequence[wire.Curve], focus: wire.Focus, frame: Frame) -> None:
    """Writes the name of each curve beside the right edge, at the height of its last point."""
    ends = [frame.at(*last(places(curve, focus.axis))) for curve in curves]
    heights = spaced([y / SCALE for _, y in ends], frame.bottom, LABEL_GAP)
    for curve, (x, y), height in zip(curves, ends, heights, strict=True):
        left = SCALE * (frame.right + 10)
        if left - x <= LEADER * SCALE:
            page.draw.line((x + 8, y, left - 6, SCALE * height), color_of(curve), 1)
        draw_marker(page, (left + 4, SCALE * height), color_of(curve), MARKERS[curve.measure], 3.2)
        page.text(frame.right + 20, height + 4, fitted(curve.name, RIGHT - 34, SMALL + 1), INK, SMALL + 1)


def last(pairs: Sequence[tuple[float, wire.Point]]) -> tuple[float, float]:
    """Place and value of the last point."""
    place, point = pairs[-1]
    return place, point.value


def width_of(text: str, size: float) -> float:
    """Width of a text of a font size, in points."""
    return font(size).getlength(text) / SCALE


def fitted(text: str, width: float, size: float) -> str:
    """A text shortened to a width in points.

    >>> fitted("pass@k, T = 0.6", 200, 10), fitted("pass@k, T = 0.6", 50, 10)
    ('pass@k, T = 0.6', 'pass@k…')
    """
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1].rstrip()
    return text + "…"
