"""The saved picture of a token view.

Limits: only the beginning and the end of a long thought are drawn; the strip above always shows the
whole thought.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PIL import ImageDraw

from labkit.traces import Block, Trace
from labkit.traces.text import with_words
from labkit.views.core.canvas import (
    ACCENT,
    GAP,
    GUTTER,
    INK,
    LINE,
    MUTED,
    PAD,
    SCALE,
    SMALL,
    WIDTH,
    Page,
    heading,
)
from labkit.views.core.color_scales import ENTROPY_TOP, LEVELS, LIGHT, SURPRISAL_TOP, level
from labkit.views.core.contract import Color
from labkit.views.core.prompt_box import draw_prompt, prompt_bottom, prompt_lines
from labkit.views.core.text_layout import Piece
from labkit.views.core.token_lines import draw_block_label, rows
from labkit.views.core.wording import (
    LEGEND,
    LENGTHS,
    STRIP,
    SURPRISALS,
    prompt_shown,
    summary,
    uncolored_reason,
)

FAINT = 3  # levels below this are not coloured
BARS, BASELINE = "#b5651d", "#a0a4aa80"
OMITTED = "… the middle of this thought is not in the picture; run the cell to read it"


def levels(trace: Trace, color: Color) -> list[int]:
    """The level of every token, (T,)."""
    t = trace.tokens
    return [
        level(color, t.logprobs[i] if t.logprobs else None, t.entropies[i] if t.entropies else None)
        for i in range(len(t))
    ]


def render_png(trace: Trace, blocks: Sequence[Block], color: Color, *, running: bool = False) -> bytes:
    """The picture as a PNG file."""
    trace = with_words(trace)
    body, shades = rows(trace, blocks), levels(trace, color)
    prompt = prompt_lines(prompt_shown(trace), 6)
    strip_y = prompt_bottom(prompt) + 20
    body_y = strip_y + 40 + 12
    gaps = GAP * sum(first for _, first, _ in body)
    height = body_y + LINE * len(body) + gaps + 44
    page = Page(height)
    heading(page, trace.model, summary(trace, running=running))
    draw_prompt(page, prompt)
    title, heights = curve(trace, blocks)
    page.text(PAD, strip_y, title, MUTED, SMALL - 0.5)
    strip(page.draw, heights, (PAD, strip_y + 10, WIDTH - PAD, strip_y + 40))
    y = body_y
    for block, first, line in body:
        y += GAP if first else 0
        draw_row(page, y, block, first, line, shades)
        y += LINE
    if reason := uncolored_reason(trace):
        page.text(PAD + GUTTER, height - 18, reason, MUTED, SMALL)
    else:
        legend(page, color, height - 18)
    return page.png()


def draw_row(
    page: Page, y: float, block: Block | None, first: bool, line: Sequence[Piece], shades: Sequence[int]
) -> None:
    """Draws a line of tokens; the first line of a step also has the step's number and kind."""
    x0, base = PAD + GUTTER, y + 14.5
    if block is None:
        page.text(x0, base, OMITTED, MUTED, SMALL + 1)
        return
    if block.role == "answer":
        page.box(PAD, y - 1 - (GAP / 2 if first else 0), PAD + 3, y + LINE + 1, ACCENT)
    if first:
        draw_block_label(page, block, base)
    for token, group in groupby(line, key=lambda piece: piece.token):
        pieces = list(group)
        if shades[token] >= FAINT:
            left, right = pieces[0].x, pieces[-1].x + pieces[-1].width
            page.box(x0 + left, y + 1.5, x0 + right, y + LINE - 2, LIGHT[shades[token]], 2)
    for piece in line:
        page.text(x0 + piece.x, base, piece.text, MUTED if block.role == "tag" else INK)


def curve(trace: Trace, blocks: Sequence[Block]) -> tuple[str, list[float]]:
    """The strip's title and heights: entropies, or surprisals (available from servers), or lengths of steps."""
    tokens = trace.tokens
    if tokens.entropies:
        return STRIP, [entropy / ENTROPY_TOP for entropy in tokens.entropies]
    if tokens.logprobs:
        return SURPRISALS, [-p / SURPRISAL_TOP for p in tokens.logprobs]
    return LENGTHS, lengths(blocks)


def lengths(blocks: Sequence[Block]) -> list[float]:
    """Block length per token as a share of the longest block, (T,); 0 at a block's end, to separate blocks."""
    longest = max((b.last - b.first for b in blocks), default=1)
    return [
        0.0 if i + 1 == b.last and b.last - b.first > 1 else (b.last - b.first) / longest
        for b in blocks
        for i in range(b.first, b.last)
    ]


def strip(
    draw: ImageDraw.ImageDraw, heights: Sequence[float], box: tuple[float, float, float, float]
) -> None:
    """Draws a curve over the whole thought as bars in `box` (points), the maximum per column; 1 is the top."""
    left, top, right, bottom = (edge * SCALE for edge in box)
    draw.rectangle((left, bottom - 1, right, bottom), BASELINE)
    columns = min(len(heights), round((right - left) / 4)) or 1
    for c in range(columns):
        part = heights[c * len(heights) // columns : (c + 1) * len(heights) // columns]
        bar = min(1.0, max(part, default=0.0)) * (bottom - top - 1)
        x0, x1 = left + (right - left) * c / columns, left + (right - left) * (c + 1) / columns
        if bar >= 1:
            end = max(x0 + 1, x1 - (2 if x1 - x0 > 5 else 1))
            draw.rectangle((x0, bottom - 1 - bar, end, bottom - 2), BARS)


def legend(page: Page, color: Color, y: float) -> None:
    """Draws the ramp, with its two ends in words."""
    low, high = LEGEND[color]
    x = PAD + GUTTER
    page.text(x - 8, y, low, MUTED, SMALL, anchor="rs")
    for i in range(LEVELS):
        page.box(x + i * 0.5, y - 8, x + i * 0.5 + 0.5, y + 1, LIGHT[i])
    page.text(x + 128 + 8, y, high, MUTED, SMALL)
