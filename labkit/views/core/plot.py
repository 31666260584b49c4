"""The parts of a chart in a saved picture: bands, lines and markers. Coordinates are pixels of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PIL import ImageDraw

from labkit.views.core.canvas import PAPER, SCALE, Page

Point = tuple[float, float]
Marker = Literal["dot", "ring", "diamond"]


def draw_band(page: Page, intervals: Sequence[tuple[Point, Point]], color: str) -> None:
    """Draws intervals, each a (low, high) pair, as a band; a single one as a line. `color` may be translucent."""
    draw = ImageDraw.Draw(page.image, "RGBA")
    if len(intervals) > 1:
        draw.polygon([high for _, high in intervals] + [low for low, _ in reversed(intervals)], color)
    elif intervals:
        draw.line(intervals[0], color, 4 * SCALE)


def draw_line(page: Page, points: Sequence[Point], color: str) -> None:
    """Draws a line through points."""
    if len(points) > 1:
        page.draw.line(list(points), color, round(1.6 * SCALE), joint="curve")


def draw_dashes(page: Page, left: Point, right: float, color: str) -> None:
    """Draws a level as a dashed line from the point `left` to the abscissa `right`."""
    x, y = left
    while x < right:
        page.draw.line((x, y, min(x + 4 * SCALE, right), y), color, SCALE // 2)
        x += 7 * SCALE


def draw_marker(page: Page, at: Point, color: str, marker: Marker = "dot", radius: float = 2.0) -> None:
    """Draws a point: a disc, a ring or a diamond of `radius` points."""
    x, y = at
    r = radius * SCALE
    if marker == "diamond":
        page.draw.polygon([(x, y - 1.3 * r), (x + 1.3 * r, y), (x, y + 1.3 * r), (x - 1.3 * r, y)], color)
        return
    page.draw.ellipse((x - r, y - r, x + r, y + r), color)
    if marker == "ring":
        inner = r - 1.4 * SCALE
        page.draw.ellipse((x - inner, y - inner, x + inner, y + inner), PAPER)


def draw_interval(
    draw: ImageDraw.ImageDraw, low: float, high: float, top: float, bottom: float, color: str
) -> None:
    """Draws an interval as a line with two ends, in points."""
    x0, x1, y0, y1 = (edge * SCALE for edge in (low, high, top, bottom))
    middle = (y0 + y1) / 2
    draw.line((x0, middle, x1, middle), color, SCALE)
    for edge in (x0, x1):
        draw.line((edge, y0, edge, y1), color, SCALE)
