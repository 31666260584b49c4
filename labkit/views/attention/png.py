"""The saved picture of an attention view, drawn with Pillow at two pixels per point: all heads, and one large."""

from __future__ import annotations

import zlib

import numpy as np
from PIL import Image

from labkit.traces import Block
from labkit.views.attention.color_scale import LIGHT_STOPS, Levels, palette
from labkit.views.attention.contract import Focus, Tile
from labkit.views.attention.data import AttentionQueries
from labkit.views.attention.wording import label_of, pooled, summary
from labkit.views.core.canvas import ACCENT, INK, MUTED, PAD, RULE, SCALE, SMALL, WIDTH, Page, font, heading

GRID, GRID_TOP, PLOT, PLOT_TOP = 250.0, 78.0, 408.0, 66.0  # points
LEFT = WIDTH - PAD - PLOT  # left edge of the large head
LABELS = 18.0  # space for the numbers of layers and heads
QUERY = "#c2500a"
HEIGHT = 560.0
PALETTE = palette(LIGHT_STOPS)


def render_png(queries: AttentionQueries, focus: Focus) -> bytes:
    """The picture as a PNG file."""
    page = Page(HEIGHT)
    heading(page, queries.trace.model, summary(queries))
    draw_grid(page, queries, focus)
    tile = draw_head(page, queries, focus)
    draw_legend(page, tile, focus)
    return page.png()


def draw_grid(page: Page, queries: AttentionQueries, focus: Focus) -> None:
    """All heads; the chosen head has a frame."""
    pictures, _ = queries.pictures()
    layers, heads = pictures.shape[:2]
    cell = min((GRID - LABELS) / heads, (PLOT - LABELS) / layers, 46.0)
    left, top = PAD + LABELS, GRID_TOP + 6
    page.text(PAD, PLOT_TOP - 14, "All heads", INK, SMALL + 1, bold=True)
    page.text(PAD + 62, PLOT_TOP - 14, "layers down, heads across", MUTED, SMALL)
    label_step = max(1, round(13 / cell + 0.49))
    for number in range(0, heads, label_step):
        page.text(left + (number + 0.5) * cell, top - 5, str(number), MUTED, SMALL - 1, anchor="ms")
    for layer in range(layers):
        if layer % label_step == 0:
            page.text(left - 5, top + (layer + 0.5) * cell + 3, str(layer), MUTED, SMALL - 1, anchor="rs")
        for number in range(heads):
            paste(page, pictures[layer, number], left + number * cell + 1, top + layer * cell + 1, cell - 2)
    x, y = left + focus.head * cell, top + focus.layer * cell
    box = tuple(v * SCALE for v in (x - 0.5, y - 0.5, x + cell + 0.5, y + cell + 0.5))
    page.draw.rectangle(box, outline=ACCENT, width=2 * SCALE)


def draw_head(page: Page, queries: AttentionQueries, focus: Focus) -> Tile:
    """One head, with its steps as lines, and the chosen token."""
    page.text(LEFT, PLOT_TOP - 14, f"Layer {focus.layer}, head {focus.head}", INK, SMALL + 1, bold=True)
    count = queries.count
    span = (0, count)
    header, data = queries.tile(focus.layer, focus.head, span, span, -(-count // round(PLOT)), focus.how)
    assert isinstance(header, Tile)
    levels = np.frombuffer(zlib.decompress(data), np.uint8).reshape(header.height, header.width)
    gain = (header.top / header.bright) ** 0.5
    paste(page, np.minimum(255, levels * gain).astype(np.uint8), LEFT, PLOT_TOP, PLOT)
    scale = PLOT / count
    draw_parts(page, queries.parts(), scale)
    if focus.token is not None:
        draw_token(page, focus.token, scale)
    return header


def draw_parts(page: Page, parts: list[Block], scale: float) -> None:
    """A thin line up to the diagonal at the beginning of a step, and the step's number."""
    line = page.draw.line
    line([(LEFT * SCALE, PLOT_TOP * SCALE), ((LEFT + PLOT) * SCALE, (PLOT_TOP + PLOT) * SCALE)], RULE, SCALE)
    last_line = last_row_label = (
        last_column_label
    ) = -1e9  # positions, so that lines and labels do not collide
    for part in parts:
        start = part.first * scale
        if part.first and start - last_line >= 4:
            last_line = start
            x, y = (LEFT + start) * SCALE, (PLOT_TOP + start) * SCALE
            line([(LEFT * SCALE, y), (x, y)], RULE, 1)
            line([(x, y), (x, (PLOT_TOP + PLOT) * SCALE)], RULE, 1)
        middle, label = (part.first + part.last) / 2 * scale, label_of(part)
        if not label:
            continue
        if middle - last_row_label >= 11:
            page.text(LEFT - 6, PLOT_TOP + middle + 3.5, label, MUTED, SMALL - 1, anchor="rs")
            last_row_label = middle
        half = font(SMALL - 1).getlength(label) / SCALE / 2
        if middle - half >= last_column_label + 4 and middle + half <= PLOT + 8:
            page.text(LEFT + middle, PLOT_TOP + PLOT + 13, label, MUTED, SMALL - 1, anchor="ms")
            last_column_label = middle + half
    frame = [v * SCALE for v in (LEFT, PLOT_TOP, LEFT + PLOT, PLOT_TOP + PLOT)]
    page.draw.rectangle(frame, outline=RULE, width=SCALE)


def draw_token(page: Page, token: int, scale: float) -> None:
    """The row of the chosen token (its keys) and its column (its queries)."""
    center, half = (token + 0.5) * scale, max(scale, 2.0) / 2 + 0.75
    row = [LEFT - 1, PLOT_TOP + center - half, LEFT + center + half, PLOT_TOP + center + half]
    column = [LEFT + center - half, PLOT_TOP + center + half, LEFT + center + half, PLOT_TOP + PLOT + 1]
    for box, color in ((row, ACCENT), (column, QUERY)):
        if box[3] > box[1]:
            page.draw.rectangle([v * SCALE for v in box], outline=color, width=SCALE)


def draw_legend(page: Page, tile: Tile, focus: Focus) -> None:
    """The ends of the colour scale, and the weights per pixel."""
    y = PLOT_TOP + PLOT + 36
    page.text(LEFT, y, "0", MUTED, SMALL)
    for i in range(256):
        page.box(LEFT + 12 + i * 0.4, y - 8, LEFT + 12.5 + i * 0.4, y + 1, tuple(int(v) for v in PALETTE[i]))  # type: ignore[arg-type]
    page.text(LEFT + 120, y, scale_top(tile), MUTED, SMALL)
    page.text(LEFT, y + 18, pooled(tile.down, tile.across, focus.how), MUTED, SMALL)
    page.text(LEFT + PLOT - 8, PLOT_TOP + 16, "Nothing up here: a token", MUTED, SMALL - 1, anchor="rs")
    page.text(LEFT + PLOT - 8, PLOT_TOP + 28, "sees only what came before it.", MUTED, SMALL - 1, anchor="rs")


def scale_top(tile: Tile) -> str:
    """The top of the colour scale, in words."""
    top = f"{tile.bright:.3g}" if tile.bright > 1 else f"{100 * tile.bright:.3g} %"
    return top if tile.top <= tile.bright else f"{top} or more"


def paste(page: Page, levels: Levels, x: float, y: float, side: float) -> None:
    """Draws a square of levels on the page."""
    size = round(side * SCALE)
    shrinks = max(levels.shape) > size
    image = Image.fromarray(PALETTE[levels], "RGB")
    image = image.resize((size, size), Image.Resampling.BOX if shrinks else Image.Resampling.NEAREST)
    page.image.paste(image, (round(x * SCALE), round(y * SCALE)))
