"""The saved picture of a lens view, drawn with Pillow at two pixels per point.

Limits: it shows one window of columns, around the chosen token or the beginning of the answer; the
strip above shows the depth of every token of the trace, if that could be computed.
"""

from __future__ import annotations

from functools import lru_cache

from PIL import ImageDraw

from labkit.views.core.canvas import ACCENT, INK, MUTED, PAD, RULE, SCALE, SMALL, WIDTH, Page, font, heading
from labkit.views.core.text_layout import token_label
from labkit.views.lens.color_scale import LIGHT, level
from labkit.views.lens.contract import NEVER
from labkit.views.lens.window import Window, row_name

GUTTER = 74
ROW, LOW_ROW = 24, 17  # points; LOW_ROW is for models with many layers
DEPTH, MISSED, MISSED_FAINT = "#3b6fb0", "#b5651d", "#cda781"
MARKED = "already says the token that came"


def render_png(window: Window) -> bytes:
    """The picture as a PNG file."""
    rows = len(window.texts)
    height = ROW if rows <= 16 else LOW_ROW
    strip_y, grid_y = 60.0, 134.0
    bottom = grid_y + height * rows
    page = Page(bottom + 70)
    heading(page, window.scene.model, window.title)
    page.text(PAD, strip_y - 8, window.strip_title, MUTED, SMALL - 0.5)
    draw_strip(page.draw, window, (PAD, strip_y, WIDTH - PAD, strip_y + 36))
    width = (WIDTH - 2 * PAD - GUTTER) / max(1, len(window.came))
    page.text(PAD, grid_y - 9, "came", MUTED, SMALL)
    for column, text in enumerate(window.came):
        draw_token(page, text, PAD + GUTTER + width * (column + 0.5), grid_y - 9, width, 12)
    for row, layer in enumerate(reversed(range(rows))):
        draw_row(page, window, layer, grid_y + height * row, height, width)
    draw_legend(page, window, bottom + 22)
    page.text(PAD, bottom + 48, window.note, MUTED, SMALL - 0.5)
    return page.png()


def draw_row(page: Page, window: Window, layer: int, y: float, height: float, width: float) -> None:
    """One layer: its name and its cells of `height` x `width` points."""
    page.text(PAD, y + height / 2 + 3.5, row_name(layer, window.scene.layers), MUTED, SMALL)
    size = 11 if height == ROW else 9.5
    for column, text in enumerate(window.texts[layer]):
        left, right = PAD + GUTTER + width * column + 1, PAD + GUTTER + width * (column + 1) - 1
        share = float(window.shares[layer, column])
        page.box(left, y + 1, right, y + height - 1, LIGHT[level(share)], 3)
        if window.agree[layer, column]:
            page.box(left, y + height - 3, right, y + height - 1, ACCENT, 1)
        draw_token(page, text, left - 1 + width / 2, y + height / 2 + size / 3, width, size)


def draw_token(page: Page, text: str, center: float, y: float, width: float, size: float) -> None:
    """Draws a token in the middle of its cell, in a smaller size if it is long."""
    label = token_label(text)
    size -= 1.5 if len(label) > 6 else 0
    page.text(center, y, fitted(label, width - 5, size), INK, size, anchor="ms")


@lru_cache(maxsize=4096)
def fitted(text: str, width: float, size: float) -> str:
    """As much of a text as fits into `width` points; never in bold, since that font lacks symbols for spaces."""
    face = font(size)
    if face.getlength(text) <= width * SCALE:
        return text
    while text and face.getlength(text + "…") > width * SCALE:
        text = text[:-1]
    return text + "…"


def draw_strip(
    draw: ImageDraw.ImageDraw,
    window: Window,
    box: tuple[float, float, float, float],
    background: str = "#e7effa",
) -> None:
    """Draws every token's depth as bars in `box` (points), the deepest per column; `background` marks the window."""
    left, top, right, bottom = (edge * SCALE for edge in box)
    draw.rectangle((left, bottom, right, bottom + 1), "#a0a4aa80")
    depths, layers = window.depths, window.scene.layers
    columns = max(1, min(len(depths), round((right - left) / 4)))
    x0, x1 = (
        left + (right - left) * i / len(depths) for i in (window.first, window.first + len(window.came))
    )
    draw.rounded_rectangle((x0 - 2, top - 4, x1 + 2, bottom + 4), 4, background, ACCENT, 2)
    for column in range(columns):
        part = depths[column * len(depths) // columns : (column + 1) * len(depths) // columns]
        known = part[part < NEVER]
        never = bool((part == NEVER).any())
        height = (1.0 if never else int(known.max()) / layers if len(known) else 0.0) * (bottom - top - 2)
        x0, x1 = left + (right - left) * column / columns, left + (right - left) * (column + 1) / columns
        if height >= 1:
            end = max(x0 + 1, x1 - (2 if x1 - x0 > 5 else 1))
            in_prompt = (column + 1) / columns < window.scene.prompt / len(depths)
            color = (MISSED_FAINT if in_prompt else MISSED) if never else DEPTH
            draw.rectangle((x0, bottom - height, end, bottom - 1), color)


def draw_legend(page: Page, window: Window, y: float) -> None:
    """The ramp, and the meaning of the mark."""
    x = PAD + GUTTER
    page.text(x - 8, y, "0 %", MUTED, SMALL, anchor="rs")
    page.box(x - 0.5, y - 8.5, x + 100.5, y + 1.5, RULE)
    for i in range(200):
        page.box(x + i * 0.5, y - 8, x + i * 0.5 + 0.5, y + 1, LIGHT[255 * i // 199])
    page.text(x + 108, y, f"100 %   {window.legend}", MUTED, SMALL)
    edge = WIDTH - PAD - font(SMALL).getlength(MARKED) / SCALE - 8
    page.box(edge - 20, y - 4, edge, y - 2, ACCENT, 1)
    page.text(WIDTH - PAD, y, MARKED, MUTED, SMALL, anchor="rs")
