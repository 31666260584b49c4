"""The prompt in a picture: a grey box under the heading."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.views.core.canvas import BOX, GUTTER, INK, LINE, MUTED, PAD, SMALL, WIDTH, Page, measure
from labkit.views.core.text_layout import Piece, wrap


def prompt_lines(prompt: str, limit: int) -> list[list[Piece]]:
    """The first `limit` lines of the prompt."""
    return wrap([(0, prompt)], WIDTH - 2 * PAD - GUTTER, measure)[:limit]


def prompt_bottom(lines: Sequence[Sequence[Piece]]) -> float:
    """The bottom edge of the box, in points."""
    return 58.0 + LINE * len(lines)


def draw_prompt(page: Page, lines: Sequence[Sequence[Piece]]) -> None:
    """Draws the box with its label and its lines."""
    page.box(PAD, 42, WIDTH - PAD, prompt_bottom(lines), BOX, 6)
    page.text(PAD + 12, 64, "Prompt", MUTED, SMALL)
    for n, line in enumerate(lines):
        for piece in line:
            page.text(PAD + GUTTER + piece.x, 64.5 + LINE * n, piece.text, INK)
