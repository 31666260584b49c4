"""The saved picture of a token view.

Limits: only the beginning and the end of a long thought are drawn; the strip above always shows the
whole thought.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import ImageDraw

from labkit.traces import Block, Trace
from labkit.traces.text import with_words
from labkit.views.core.canvas import (
    GUTTER,
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
from labkit.views.core.token_lines import draw_rows, rows, rows_height
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
    height = body_y + rows_height(body) + 44
    page = Page(height)
    heading(page, trace.model, summary(trace, running=running))
    draw_prompt(page, prompt)
    title, heights = curve(trace, blocks)
    page.text(PAD, strip_y, title, MUTED, SMALL - 0.5)
    strip(page.draw, heights, (PAD, strip_y + 10, WIDTH - PAD, strip_y + 40))
    draw_rows(page, body, body_y, lambda token: LIGHT[shades[token]] if shades[token] >= FAINT else None)
    if reason := uncolored_reason(trace):
        page.text(PAD + GUTTER, height - 18, reason, MUTED, SMALL)
    else:
        legend(page, color, height - 18)
    return page.png()


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
