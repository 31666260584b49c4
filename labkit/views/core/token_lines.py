"""The tokens of a trace as the lines of a picture; the middle of a long thought is left out."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.traces import Block, Trace
from labkit.views.core.canvas import GUTTER, PAD, WIDTH, measure
from labkit.views.core.drawable import drawables
from labkit.views.core.packing import texts_of
from labkit.views.core.text_layout import Piece, wrap

HEAD_LINES, TAIL_LINES = 30, 12

Row = tuple[
    Block | None, bool, list[Piece]
]  # block, whether this is its first line, and the pieces of the line


def rows(trace: Trace, blocks: Sequence[Block]) -> list[Row]:
    """The lines of the picture; None marks omitted lines."""
    found: list[Row] = []
    texts = drawables(texts_of(trace))
    for block in blocks:
        tokens = [(i, texts[i]) for i in range(block.first, block.last)]
        for n, line in enumerate(wrap(tokens, WIDTH - 2 * PAD - GUTTER, measure)):
            found.append((block, n == 0, line))
    left = len(found) - HEAD_LINES - TAIL_LINES
    return found if left <= 1 else [*found[:HEAD_LINES], (None, True, []), *found[-TAIL_LINES:]]
