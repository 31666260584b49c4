"""The tokens of a trace as the lines of a picture; the middle of a long thought is left out."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.traces import Block, Trace
from labkit.views.core.canvas import ACCENT, GUTTER, MUTED, PAD, SMALL, WIDTH, Page, measure
from labkit.views.core.drawable import drawables
from labkit.views.core.kind_colors import kind_color
from labkit.views.core.packing import texts_of
from labkit.views.core.text_layout import Piece, one_line, wrap
from labkit.views.core.wording import kind_label

HEAD_LINES, TAIL_LINES = 30, 12

Row = tuple[
    Block | None, bool, list[Piece]
]  # a block, whether this is its first line, the pieces of the line


def rows(trace: Trace, blocks: Sequence[Block]) -> list[Row]:
    """The lines of the picture; the block of omitted lines is None."""
    lines: list[Row] = []
    texts = drawables(texts_of(trace))
    for block in blocks:
        tokens = [(i, texts[i]) for i in range(block.first, block.last)]
        for n, line in enumerate(wrap(tokens, WIDTH - 2 * PAD - GUTTER, measure)):
            lines.append((block, n == 0, line))
    omitted = len(lines) - HEAD_LINES - TAIL_LINES
    return lines if omitted <= 1 else [*lines[:HEAD_LINES], (None, True, []), *lines[-TAIL_LINES:]]


def draw_block_label(page: Page, block: Block, y: float) -> None:
    """Draws the label beside the first line of a block: the number and kind of a step, or "Answer"."""
    if block.role == "step":
        page.text(PAD + 20, y, str(block.number), MUTED, SMALL, anchor="rs")
        page.text(PAD + 28, y, one_line(kind_label(block.kind), 9), kind_color(block.kind), SMALL)
    elif block.role == "answer":
        page.text(PAD + 12, y, "Answer", ACCENT, SMALL, bold=True)
