"""A page for saved pictures, drawn with Pillow at two pixels per point: its fonts, its colours, its text.

The font is a subset of DejaVu Sans that ships with labkit (Latin, Greek, Cyrillic, mathematical symbols), so
that a picture is the same on every machine. Other scripts are drawn as boxes here and correctly in the HTML.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parents[1] / "static" / "fonts"
SCALE = 2
WIDTH, PAD, GUTTER = 760, 20, 84  # points
TEXT, SMALL, LINE, GAP = 13, 10, 21, 5
INK, MUTED, RULE, PAPER, BOX, ACCENT = "#1f2328", "#6b7280", "#e4e6ea", "#ffffff", "#f6f7f9", "#2563a8"


@lru_cache
def font(size: float, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The shipped font, at `size` points."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(FONTS / name), size * SCALE, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=8192)
def measure(text: str) -> float:
    """Width of a text, in points."""
    return font(TEXT).getlength(text) / SCALE


class Page:
    """A picture that grows downwards; all lengths are in points."""

    def __init__(self, height: float) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, round(height * SCALE)), PAPER)
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        fill: str,
        size: float = TEXT,
        bold: bool = False,
        anchor: str = "ls",
    ) -> None:
        """Draws text at a baseline."""
        self.draw.text((x * SCALE, y * SCALE), text, fill, font(size, bold), anchor)

    def box(
        self, x0: float, y0: float, x1: float, y1: float, fill: str | tuple[int, int, int], radius: float = 0
    ) -> None:
        """Fills a rectangle; a rectangle narrower than a pixel (an accent alone) is left out."""
        corners = (x0 * SCALE, y0 * SCALE, x1 * SCALE - 1, y1 * SCALE - 1)
        if corners[0] <= corners[2] and corners[1] <= corners[3]:
            self.draw.rounded_rectangle(corners, radius * SCALE, fill)

    def png(self) -> bytes:
        """The PNG file; 128 colours are enough and need a quarter of the size."""
        out = io.BytesIO()
        self.image.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            out, "PNG", optimize=True
        )
        return out.getvalue()


def heading(page: Page, title: str, note: str) -> None:
    """Draws a title at the left, such as the model, and a short note at the right."""
    page.text(PAD, 27, title, INK, TEXT, bold=True)
    page.text(WIDTH - PAD, 27, note, MUTED, SMALL + 1, anchor="rs")


def transparent_png(width: float, height: float, draw: Callable[[ImageDraw.ImageDraw], None]) -> bytes:
    """A small picture with a transparent background, for light and dark pages; size in points."""
    image = Image.new("RGBA", (round(width * SCALE), round(height * SCALE)), "#00000000")
    draw(ImageDraw.Draw(image))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
