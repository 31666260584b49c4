"""The tokens or pieces of a text as the lines of a picture; the middle of a long thought is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from labkit.traces import Block, Trace
from labkit.views.core.canvas import (
    ACCENT,
    GAP,
    GUTTER,
    INK,
    LINE,
    MUTED,
    PAD,
    SMALL,
    WIDTH,
    Page,
    measure,
)
from labkit.views.core.color_scales import RGB
from labkit.views.core.drawable import drawables
from labkit.views.core.kind_colors import kind_color
from labkit.views.core.packing import texts_of
from labkit.views.core.text_layout import Piece, one_line, wrap
from labkit.views.core.wording import kind_label

HEAD_LINES, TAIL_LINES = 30, 12
OMITTED = "… the middle of this thought is not in the picture; run the cell to read it"

Row = tuple[
    Block | None, bool, list[Piece]
]  # a block, whether this is its first line, the pieces of the line


def rows(trace: Trace, blocks: Sequence[Block]) -> list[Row]:
    """The lines of the tokens of a trace."""
    return rows_of(texts_of(trace), blocks)


def rows_of(pieces: Sequence[str], blocks: Sequence[Block]) -> list[Row]:
    """The lines of pieces of text; the block of omitted lines is None."""
    lines: list[Row] = []
    texts = drawables(pieces)
    for block in blocks:
        tokens = [(i, texts[i]) for i in range(block.first, block.last)]
        for n, line in enumerate(wrap(tokens, WIDTH - 2 * PAD - GUTTER, measure)):
            lines.append((block, n == 0, line))
    omitted = len(lines) - HEAD_LINES - TAIL_LINES
    return lines if omitted <= 1 else [*lines[:HEAD_LINES], (None, True, []), *lines[-TAIL_LINES:]]


def rows_height(body: Sequence[Row]) -> float:
    """The height of lines, in points."""
    return LINE * len(body) + GAP * sum(first for _, first, _ in body)


def draw_rows(page: Page, body: Sequence[Row], y: float, color: Callable[[int], RGB | None]) -> float:
    """Draws lines from `y` on; `color` gives the background of a token, or None. Returns the bottom edge."""
    for row in body:
        y += GAP if row[1] else 0
        draw_row(page, y, row, color)
        y += LINE
    return y


def draw_row(page: Page, y: float, row: Row, color: Callable[[int], RGB | None]) -> None:
    """Draws a line of tokens; the first line of a step also has the step's number and kind."""
    block, first, line = row
    x0, base = PAD + GUTTER, y + 14.5
    if block is None:
        page.text(x0, base, OMITTED, MUTED, SMALL + 1)
        return
    if block.role == "answer":
        page.box(PAD, y - 1 - (GAP / 2 if first else 0), PAD + 3, y + LINE + 1, ACCENT)
    if first:
        draw_block_label(page, block, base)
    for token, group in groupby(line, key=lambda piece: piece.token):
        pieces, fill = list(group), color(token)
        if fill is not None:
            left, right = pieces[0].x, pieces[-1].x + pieces[-1].width
            page.box(x0 + left, y + 1.5, x0 + right, y + LINE - 2, fill, 2)
    for piece in line:
        page.text(x0 + piece.x, base, piece.text, MUTED if block.role == "tag" else INK)


def draw_block_label(page: Page, block: Block, y: float) -> None:
    """Draws the label beside the first line of a block: the number and kind of a step, or "Answer"."""
    if block.role == "step":
        page.text(PAD + 20, y, str(block.number), MUTED, SMALL, anchor="rs")
        page.text(PAD + 28, y, one_line(kind_label(block.kind), 9), kind_color(block.kind), SMALL)
    elif block.role == "answer":
        page.text(PAD + 12, y, "Answer", ACCENT, SMALL, bold=True)
