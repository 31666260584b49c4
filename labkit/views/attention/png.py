"""The saved picture of an attention view, drawn with Pillow at two pixels per point: all heads, and one large."""

from __future__ import annotations

import zlib

import numpy as np
from PIL import Image

from labkit.traces import Block
from labkit.views.attention.color_scale import LIGHT_STOPS, Levels, palette
from labkit.views.attention.contract import Focus, Tile
from labkit.views.attention.data import Answers
from labkit.views.attention.wording import label_of, pooled, said
from labkit.views.core.canvas import ACCENT, INK, MUTED, PAD, RULE, SCALE, SMALL, TEXT, WIDTH, Page, font

GRID, GRID_TOP, PLOT, PLOT_TOP = 250.0, 78.0, 408.0, 66.0  # points
LEFT = WIDTH - PAD - PLOT  # left edge of the large head
LABELS = 18.0  # space for the numbers of layers and heads
BACK = "#c2500a"
LOWEST = 560.0
PALETTE = palette(LIGHT_STOPS)


def png(answers: Answers, focus: Focus) -> bytes:
    """The picture as a PNG file."""
    page = Page(LOWEST)
    page.text(PAD, 27, answers.trace.model, INK, TEXT, bold=True)
    page.text(WIDTH - PAD, 27, said(answers), MUTED, SMALL + 1, anchor="rs")
    grid(page, answers, focus)
    tile = head(page, answers, focus)
    legend(page, tile, focus)
    return page.png()


def grid(page: Page, answers: Answers, focus: Focus) -> None:
    """All heads; the chosen head has a frame."""
    shaded, _ = answers.pictures()
    layers, heads = shaded.shape[:2]
    cell = min((GRID - LABELS) / heads, (PLOT - LABELS) / layers, 46.0)
    left, top = PAD + LABELS, GRID_TOP + 6
    page.text(PAD, PLOT_TOP - 14, "All heads", INK, SMALL + 1, bold=True)
    page.text(PAD + 62, PLOT_TOP - 14, "layers down, heads across", MUTED, SMALL)
    every = max(1, round(13 / cell + 0.49))
    for number in range(0, heads, every):
        page.text(left + (number + 0.5) * cell, top - 5, str(number), MUTED, SMALL - 1, anchor="ms")
    for layer in range(layers):
        if layer % every == 0:
            page.text(left - 5, top + (layer + 0.5) * cell + 3, str(layer), MUTED, SMALL - 1, anchor="rs")
        for number in range(heads):
            paste(page, shaded[layer, number], left + number * cell + 1, top + layer * cell + 1, cell - 2)
    x, y = left + focus.head * cell, top + focus.layer * cell
    box = tuple(v * SCALE for v in (x - 0.5, y - 0.5, x + cell + 0.5, y + cell + 0.5))
    page.draw.rectangle(box, outline=ACCENT, width=2 * SCALE)


def head(page: Page, answers: Answers, focus: Focus) -> Tile:
    """One head, with its steps as lines, and the chosen token."""
    page.text(LEFT, PLOT_TOP - 14, f"Layer {focus.layer}, head {focus.head}", INK, SMALL + 1, bold=True)
    count = answers.count
    every = (0, count)
    header, data = answers.tile(focus.layer, focus.head, every, every, -(-count // round(PLOT)), focus.how)
    assert isinstance(header, Tile)
    levels = np.frombuffer(zlib.decompress(data), np.uint8).reshape(header.height, header.width)
    gain = (header.top / header.bright) ** 0.5
    paste(page, np.minimum(255, levels * gain).astype(np.uint8), LEFT, PLOT_TOP, PLOT)
    scale = PLOT / count
    steps(page, answers.parts(), count, scale)
    if focus.token is not None:
        chosen(page, focus.token, scale)
    return header


def steps(page: Page, parts: list[Block], count: int, scale: float) -> None:
    """A thin line up to the diagonal at the beginning of a step, and the step's number."""
    line = page.draw.line
    line([(LEFT * SCALE, PLOT_TOP * SCALE), ((LEFT + PLOT) * SCALE, (PLOT_TOP + PLOT) * SCALE)], RULE, SCALE)
    drawn = down = across = -1e9
    for part in parts:
        at = part.first * scale
        if part.first and at - drawn >= 4:
            drawn = at
            x, y = (LEFT + at) * SCALE, (PLOT_TOP + at) * SCALE
            line([(LEFT * SCALE, y), (x, y)], RULE, 1)
            line([(x, y), (x, (PLOT_TOP + PLOT) * SCALE)], RULE, 1)
        middle, words = (part.first + part.last) / 2 * scale, label_of(part)
        if not words:
            continue
        if middle - down >= 11:
            page.text(LEFT - 6, PLOT_TOP + middle + 3.5, words, MUTED, SMALL - 1, anchor="rs")
            down = middle
        half = font(SMALL - 1).getlength(words) / SCALE / 2
        if middle - half >= across + 4 and middle + half <= PLOT + 8:
            page.text(LEFT + middle, PLOT_TOP + PLOT + 13, words, MUTED, SMALL - 1, anchor="ms")
            across = middle + half
    page.draw.rectangle(
        [LEFT * SCALE, PLOT_TOP * SCALE, (LEFT + PLOT) * SCALE, (PLOT_TOP + PLOT) * SCALE],
        outline=RULE,
        width=SCALE,
    )


def chosen(page: Page, token: int, scale: float) -> None:
    """The row of the chosen token (its keys) and its column (its queries)."""
    at, thick = (token + 0.5) * scale, max(scale, 2.0) / 2 + 0.75
    row = [LEFT - 1, PLOT_TOP + at - thick, LEFT + at + thick, PLOT_TOP + at + thick]
    column = [LEFT + at - thick, PLOT_TOP + at + thick, LEFT + at + thick, PLOT_TOP + PLOT + 1]
    for box, color in ((row, ACCENT), (column, BACK)):
        if box[3] > box[1]:
            page.draw.rectangle([v * SCALE for v in box], outline=color, width=SCALE)


def legend(page: Page, tile: Tile, focus: Focus) -> None:
    """The ends of the colour scale, and the weights per pixel."""
    y = PLOT_TOP + PLOT + 36
    page.text(LEFT, y, "0", MUTED, SMALL)
    for i in range(256):
        page.box(LEFT + 12 + i * 0.4, y - 8, LEFT + 12.5 + i * 0.4, y + 1, tuple(int(v) for v in PALETTE[i]))  # type: ignore[arg-type]
    page.text(LEFT + 120, y, ends(tile), MUTED, SMALL)
    page.text(LEFT, y + 18, pooled(tile.down, tile.across, focus.how), MUTED, SMALL)
    page.text(LEFT + PLOT - 8, PLOT_TOP + 16, "Nothing up here: a token", MUTED, SMALL - 1, anchor="rs")
    page.text(LEFT + PLOT - 8, PLOT_TOP + 28, "sees only what came before it.", MUTED, SMALL - 1, anchor="rs")


def ends(tile: Tile) -> str:
    """The top of the colour scale."""
    words = f"{tile.bright:.3g}" if tile.bright > 1 else f"{100 * tile.bright:.3g} %"
    return words if tile.top <= tile.bright else f"{words} or more"


def paste(page: Page, levels: Levels, x: float, y: float, side: float) -> None:
    """Draws a square of levels on the page."""
    size = round(side * SCALE)
    shrinks = max(levels.shape) > size
    image = Image.fromarray(PALETTE[levels], "RGB")
    image = image.resize((size, size), Image.Resampling.BOX if shrinks else Image.Resampling.NEAREST)
    page.image.paste(image, (round(x * SCALE), round(y * SCALE)))
