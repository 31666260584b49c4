"""The saved picture of a lens view, drawn with Pillow at two pixels per point.

Limits: it shows one window of columns, around the chosen token or the beginning of the answer; the
strip above shows the depth of every token of the trace, if that could be computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import ImageDraw

from labkit.views.core.canvas import ACCENT, INK, MUTED, PAD, RULE, SCALE, SMALL, WIDTH, Page, font, heading
from labkit.views.core.text_layout import printable
from labkit.views.lens.color_scale import LIGHT, level
from labkit.views.lens.contract import NEVER, UNREAD, Focus, Piece, Scene
from labkit.views.lens.data import LensData

COLUMNS = 10
GUTTER = 74
ROW, LOW_ROW = 24, 17  # points; LOW_ROW is for models with many layers
DEPTH, MISSED, MISSED_FAINT = "#3b6fb0", "#b5651d", "#cda781"
KINDS = {"logit": "logit lens", "tuned": "tuned lens"}
STRIP = "From which layer on each token is the likeliest: a tall bar was settled late, amber never was"
SOME = "; only the tokens below were read"
MARKED = "already says the token that came"
UNTRAINED = (
    "Each layer is read as if it were the last. Lower layers write in a basis of their own: "
    "nonsense there is no proof of ignorance."
)
TRAINED = (
    "Each layer goes through a map trained to say what the last layer says. "
    "It may find more than the layers above make use of."
)


@dataclass(frozen=True)
class Picture:
    """A window for the saved outputs: arrays (layers + 1, W), row 0 the embedding."""

    scene: Scene
    focus: Focus
    target: Piece
    first: int
    texts: list[list[str]]
    shares: np.ndarray
    agree: np.ndarray
    came: list[str]
    depths: np.ndarray

    @property
    def title(self) -> str:
        """The right part of the heading."""
        n = self.scene.count + 1
        return f"{KINDS[self.focus.kind]}, {n:,} tokens, {self.scene.layers} layers"

    @property
    def legend(self) -> str:
        """The meaning of the colour."""
        meant = {
            "top": "the cell's token",
            "came": "the token that came",
            "target": f"“{cell_text(self.target.text)}”",
        }
        return f"probability of {meant[self.focus.color]}"

    @property
    def note(self) -> str:
        """The limits of this lens."""
        return TRAINED if self.focus.kind == "tuned" else UNTRAINED


def picture(data: LensData, scene: Scene, focus: Focus) -> Picture:
    """Computes the window for the saved outputs."""
    wanted = focus.position if focus.position is not None else max(scene.answer, 0)
    first = max(0, min(wanted - COLUMNS // 3, scene.count - COLUMNS))
    tile = data.columns(focus.kind, focus.target, first, first + COLUMNS)
    _, depths = data.depths(focus.kind)
    shares: Any = {"top": tile.probabilities, "came": tile.came_probabilities, "target": tile.followed}[
        focus.color
    ]
    return Picture(
        scene, focus, data.piece(focus.target), first, [[data.text_of(int(i)) for i in row] for row in tile.ids],
        shares, tile.ids == tile.came, [data.text_of(int(i)) for i in tile.came], np.frombuffer(depths, "u1"),
    )  # fmt: skip


def cell_text(text: str) -> str:
    r"""A token's text in a cell: without surrounding spaces; a blank token is shown by symbols.

    >>> cell_text(" vs "), cell_text(".\n"), cell_text("  ")
    ('vs', '.⏎', '␣')
    """
    shown = printable(text).strip(" ").replace("\n", "⏎")
    return shown or ("␣" if text else "∅")


def row_name(layer: int, layers: int) -> str:
    """The label of a row."""
    return "embedding" if layer == 0 else f"{layer} (last)" if layer == layers else str(layer)


def png(shown: Picture) -> bytes:
    """The picture as a PNG file."""
    rows = len(shown.texts)
    tall = ROW if rows <= 16 else LOW_ROW
    strip_y, grid_y = 60.0, 134.0
    page = Page(grid_y + tall * rows + 70)
    heading(page, shown.scene.model, shown.title)
    said = STRIP if (shown.depths != UNREAD).any() else STRIP + SOME
    page.text(PAD, strip_y - 8, said, MUTED, SMALL - 0.5)
    strip(page.draw, shown, (PAD, strip_y, WIDTH - PAD, strip_y + 36))
    wide = (WIDTH - 2 * PAD - GUTTER) / max(1, len(shown.came))
    page.text(PAD, grid_y - 9, "came", MUTED, SMALL)
    for column, text in enumerate(shown.came):
        middle = PAD + GUTTER + wide * (column + 0.5)
        write(page, text, middle, grid_y - 9, wide, 12)
    for at, layer in enumerate(reversed(range(rows))):
        draw_row(page, shown, layer, grid_y + tall * at, tall, wide)
    legend(page, shown, grid_y + tall * rows + 22)
    page.text(PAD, grid_y + tall * rows + 48, shown.note, MUTED, SMALL - 0.5)
    return page.png()


def draw_row(page: Page, shown: Picture, layer: int, y: float, tall: float, wide: float) -> None:
    """One layer: its name and its cells."""
    page.text(PAD, y + tall / 2 + 3.5, row_name(layer, shown.scene.layers), MUTED, SMALL)
    size = 11 if tall == ROW else 9.5
    for column, text in enumerate(shown.texts[layer]):
        x = PAD + GUTTER + wide * column
        page.box(
            x + 1, y + 1, x + wide - 1, y + tall - 1, LIGHT[level(float(shown.shares[layer, column]))], 3
        )
        agree = bool(shown.agree[layer, column])
        if agree:
            page.box(x + 1, y + tall - 3, x + wide - 1, y + tall - 1, ACCENT, 1)
        write(page, text, x + wide / 2, y + tall / 2 + size / 3, wide, size)


def write(page: Page, text: str, middle: float, y: float, wide: float, size: float) -> None:
    """Draws a token in the middle of its cell, in a smaller size if it is long."""
    words = cell_text(text)
    size -= 1.5 if len(words) > 6 else 0
    page.text(middle, y, fitted(words, wide - 5, size), INK, size, anchor="ms")


@lru_cache(maxsize=4096)
def fitted(text: str, width: float, size: float) -> str:
    """Draws as much of a text as fits, in points; never in bold, since that font lacks symbols for spaces."""
    face = font(size)
    if face.getlength(text) <= width * SCALE:
        return text
    while text and face.getlength(text + "…") > width * SCALE:
        text = text[:-1]
    return text + "…"


def strip(
    draw: ImageDraw.ImageDraw, shown: Picture, box: tuple[float, float, float, float], ground: str = "#e7effa"
) -> None:
    """Draws every token's depth as bars in `box` (points), the deepest per column; `ground` marks the window."""
    left, top, right, bottom = (edge * SCALE for edge in box)
    draw.rectangle((left, bottom, right, bottom + 1), "#a0a4aa80")
    depths, layers = shown.depths, shown.scene.layers
    columns = max(1, min(len(depths), round((right - left) / 4)))
    x0, x1 = (left + (right - left) * i / len(depths) for i in (shown.first, shown.first + len(shown.came)))
    draw.rounded_rectangle((x0 - 2, top - 4, x1 + 2, bottom + 4), 4, ground, ACCENT, 2)
    for column in range(columns):
        part = depths[column * len(depths) // columns : (column + 1) * len(depths) // columns]
        known = part[part < NEVER]
        never = bool((part == NEVER).any())
        tall = (1.0 if never else int(known.max()) / layers if len(known) else 0.0) * (bottom - top - 2)
        x0, x1 = left + (right - left) * column / columns, left + (right - left) * (column + 1) / columns
        if tall >= 1:
            end = max(x0 + 1, x1 - (2 if x1 - x0 > 5 else 1))
            asked = (column + 1) / columns < shown.scene.prompt / len(depths)  # the prompt
            ink = (MISSED_FAINT if asked else MISSED) if never else DEPTH
            draw.rectangle((x0, bottom - tall, end, bottom - 1), ink)


def legend(page: Page, shown: Picture, y: float) -> None:
    """The ramp, and the meaning of the mark."""
    x = PAD + GUTTER
    page.text(x - 8, y, "0 %", MUTED, SMALL, anchor="rs")
    page.box(x - 0.5, y - 8.5, x + 100.5, y + 1.5, RULE)
    for i in range(200):
        page.box(x + i * 0.5, y - 8, x + i * 0.5 + 0.5, y + 1, LIGHT[255 * i // 199])
    page.text(x + 108, y, f"100 %   {shown.legend}", MUTED, SMALL)
    edge = WIDTH - PAD - font(SMALL).getlength(MARKED) / SCALE - 8
    page.box(edge - 20, y - 4, edge, y - 2, ACCENT, 1)
    page.text(WIDTH - PAD, y, MARKED, MUTED, SMALL, anchor="rs")
