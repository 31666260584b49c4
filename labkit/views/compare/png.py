"""The saved picture of a compare view: the coloured text, the means and the largest differences.

Limits: only the beginning and the end of a long text are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.views.compare import contract as wire
from labkit.views.compare.color_scale import KL_LIGHT, LESS_LIGHT, MORE_LIGHT, color_of, level
from labkit.views.compare.data import LAST_KINDS, blocks_of, largest
from labkit.views.compare.wording import (
    KL_NOTE,
    ends,
    figures,
    kind_name,
    kinds_title,
    nats,
    note,
    probability,
    title,
)
from labkit.views.core.canvas import (
    GUTTER,
    INK,
    MUTED,
    PAD,
    RULE,
    SMALL,
    WIDTH,
    Page,
    heading,
)
from labkit.views.core.color_scales import RGB
from labkit.views.core.kind_colors import kind_color
from labkit.views.core.plot import draw_interval
from labkit.views.core.prompt_box import draw_prompt, prompt_bottom, prompt_lines
from labkit.views.core.text_layout import printable, token_label
from labkit.views.core.token_lines import draw_rows, rows_height, rows_of

if TYPE_CHECKING:  # its package needs torch
    from labkit.inside import Comparison

FAINT = 3  # levels below this are not coloured
LISTED = 6  # largest differences
ROW, TITLE = 17, 26  # points: height of a row of a table, and of its title
LESS, MORE, WHISKER = "#d9822b", "#2f7fd0", "#4b5563"
BAR_LEFT, BAR_RIGHT = PAD + GUTTER, PAD + 400  # of the bars of the means
RAMP, RAMP_STEP = 256, 0.5  # levels of the legend, and points of each


def render_png(comparisons: Sequence[Comparison], scene: wire.Scene, focus: wire.Focus) -> bytes:
    """The picture as a PNG file."""
    comparison = comparisons[focus.text]
    body = rows_of([piece.text for piece in comparison.segments], blocks_of(comparison))
    prompt = prompt_lines(scene.texts[focus.text].prompt, 6)
    listed = largest(comparison, LISTED)
    body_y = prompt_bottom(prompt) + 14
    legend_y = body_y + rows_height(body) + 26
    kinds_y = legend_y + (36 if focus.color == "kl" else 20)
    largest_y = kinds_y + TITLE + ROW * len(scene.kinds) + 14
    page = Page(largest_y + (TITLE + ROW * len(listed) if listed else 0) + 8)
    heading(page, title(scene), note(scene, focus.text))
    draw_prompt(page, prompt)
    draw_rows(page, body, body_y, lambda index: _fill(comparison, index, scene, focus.color))
    draw_legend(page, scene, focus.color, legend_y)
    draw_kinds(page, scene, kinds_y)
    draw_largest(page, comparison, listed, largest_y)
    return page.png()


def _fill(comparison: Comparison, index: int, scene: wire.Scene, measure: wire.Measure) -> RGB | None:
    piece = comparison.segments[index]
    value, top = (piece.kl, scene.kl_top) if measure == "kl" else (piece.difference, scene.top)
    return color_of(measure, value, top) if level(value, top) >= FAINT else None


def draw_legend(page: Page, scene: wire.Scene, measure: wire.Measure, y: float) -> None:
    """Draws the colour scale between its two ends, with 0 in the middle of a diverging one."""
    low, high = ends(scene, measure)
    shades = KL_LIGHT if measure == "kl" else [*reversed(LESS_LIGHT[::2]), *MORE_LIGHT[::2]]
    middle = WIDTH / 2
    left = middle - RAMP * RAMP_STEP / 2
    page.text(left - 8, y, low, MUTED, SMALL, anchor="rs")
    for i, shade in enumerate(shades):
        page.box(left + i * RAMP_STEP, y - 8, left + (i + 1) * RAMP_STEP, y + 1, shade)
    page.text(left + RAMP * RAMP_STEP + 8, y, high, MUTED, SMALL)
    if measure == "kl":
        page.text(PAD, y + 18, KL_NOTE, MUTED, SMALL)
    else:
        page.text(middle, y + 11, "0", MUTED, SMALL - 1, anchor="ms")


def draw_kinds(page: Page, scene: wire.Scene, y: float) -> None:
    """Draws the mean difference of each kind as a bar from 0, with its interval and its figures."""
    page.box(PAD, y, WIDTH - PAD, y + 0.5, RULE)
    page.text(PAD, y + 18, kinds_title(scene), INK, SMALL, bold=True)
    ends_ = [edge for mean in scene.kinds for edge in (mean.mean, mean.low, mean.high) if edge is not None]
    reach = max((abs(edge) for edge in ends_), default=0.0) or 1.0
    zero, half = (BAR_LEFT + BAR_RIGHT) / 2, (BAR_RIGHT - BAR_LEFT) / 2 - 4
    top = y + TITLE
    page.box(zero - 0.25, top, zero + 0.25, top + ROW * len(scene.kinds), "#c9cdd3")
    for row, mean in enumerate(scene.kinds):
        base = top + ROW * row + 12
        page.text(PAD, base, printable(kind_name(mean.kind)), _ink(mean.kind), SMALL + 1)
        edge = zero + half * mean.mean / reach
        page.box(min(zero, edge), base - 9, max(zero, edge), base + 1, MORE if mean.mean > 0 else LESS)
        if mean.low is not None and mean.high is not None:
            span = zero + half * mean.low / reach, zero + half * mean.high / reach
            draw_interval(page.draw, *span, base - 8, base, WHISKER)
        page.text(BAR_RIGHT + 12, base, figures(mean, len(scene.texts) > 1), MUTED, SMALL + 1)


def _ink(kind: str) -> str:
    """The colour of the name of a kind; answers and tags have none of their own."""
    return MUTED if kind in LAST_KINDS else kind_color(kind)


def draw_largest(page: Page, comparison: Comparison, listed: Sequence[int], y: float) -> None:
    """Draws the largest differences, one a row."""
    if not listed:
        return
    page.box(PAD, y, WIDTH - PAD, y + 0.5, RULE)
    page.text(PAD, y + 18, "Largest differences", INK, SMALL, bold=True)
    for row, index in enumerate(listed):
        piece = comparison.segments[index]
        base = y + TITLE + ROW * row + 12
        page.text(PAD, base, token_label(piece.text)[:24], INK, SMALL + 1)
        page.text(PAD + 250, base, f"{nats(piece.difference)} nats", INK, SMALL + 1, anchor="rs")
        shares = f"p(a) {probability(piece.logprob_a)} \u2192 p(b) {probability(piece.logprob_b)}"
        page.text(PAD + 274, base, shares, MUTED, SMALL + 1)
        page.text(WIDTH - PAD, base, f"character {piece.start:,}", MUTED, SMALL + 1, anchor="rs")
