"""The saved picture of a fork view, drawn with Pillow at two pixels per point.

Limits: of a long thought, only the first lines and the importances of the first steps are drawn; below are
the last six forks, each with its six most frequent outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import ImageDraw

from labkit.traces import Trace, blocks
from labkit.views.core.canvas import (
    ACCENT,
    GUTTER,
    INK,
    LINE,
    MUTED,
    PAD,
    RULE,
    SCALE,
    SMALL,
    WIDTH,
    Page,
    heading,
    transparent_png,
)
from labkit.views.core.kind_colors import kind_color
from labkit.views.core.plot import draw_interval
from labkit.views.core.prompt_box import draw_prompt, prompt_bottom, prompt_lines
from labkit.views.core.text_layout import one_line
from labkit.views.core.token_lines import Row, draw_block_label, rows
from labkit.views.core.wording import kind_label, plural, prompt_shown, summary
from labkit.views.fork.contract import ForkSummary, ImportanceBar
from labkit.views.fork.wording import VERDICTS, fork_summary, letter, share_text

if TYPE_CHECKING:
    from labkit.inside import Fork
    from labkit.rewards import Group

LINES = 16  # lines of the thought
FORKS, GROUPS, STEPS = 6, 6, 14
RIGHT, WRONG, UNJUDGED = "#0f857a", "#b8580c", "#2f74bd"
FILL, HARM, WHISKER = "#7cc5bc", "#efb98a", "#134e4a"
ROW, TITLE, STEP = 24.0, 30.0, 19.0  # points
TREE, BAR = 150, 130  # width of the tree's curves, and of a share's bar
NOTE = "Bars: share of right answers; the line is its 95 % interval (Wilson)."
EMPTY = "No fork yet: pick a token, put something else there, and press Sample."


def color_of(correct: bool | None) -> str:
    """The colour for right, wrong, or not judged."""
    return {True: RIGHT, False: WRONG, None: UNJUDGED}[correct]


def render_png(trace: Trace, forks: Sequence[Fork], bars: Sequence[ImportanceBar] = ()) -> bytes:
    """The picture as a PNG file; `bars` are importances of one measure."""
    lines = [row for row in rows(trace, blocks(trace)) if row[0] is not None]
    body, omitted = lines[:LINES], len(lines) - LINES
    prompt = prompt_lines(prompt_shown(trace), 4)
    last = list(enumerate(forks))[-FORKS:]
    top = prompt_bottom(prompt) + 14
    body_height = LINE * (len(body) + (omitted > 0)) + 4 * sum(first for _, first, _ in body)
    bars_height = STEP * len(bars[:STEPS]) + TITLE + 16 if bars else 0
    forks_height = sum(fork_height(fork) for _, fork in last) if last else 20
    height = top + body_height + 20 + bars_height + forks_height + 40
    page = Page(height)
    heading(page, trace.model, f"{summary(trace)}; {plural(len(forks), 'fork')}")
    draw_prompt(page, prompt)
    y = draw_thought(page, body, omitted, top + LINE, {f.at: letter(i) for i, f in reversed(last)})
    y = draw_bars(page, trace, bars, y) if bars else y
    page.box(PAD, y - 8, WIDTH - PAD, y - 7, RULE)
    for number, fork in last:
        y = draw_fork(page, fork, number, y)
    page.text(PAD, height - 18, NOTE if last else EMPTY, MUTED, SMALL)
    return page.png()


def draw_thought(page: Page, body: Sequence[Row], omitted: int, y: float, marks: dict[int, str]) -> float:
    """Draws the first lines of the thought, and marks each fork. Returns the bottom edge."""
    for block, first, line in body:
        if block is None:
            continue
        y += 4 * first
        if first:
            draw_block_label(page, block, y)
        for piece in line:
            x = PAD + GUTTER + piece.x
            if piece.token in marks and piece.text.strip():
                page.box(x - 1, y - 14, x + piece.width + 1, y + 4, "#f7d9b8", 3)
            page.text(x, y, piece.text, MUTED if block.role == "tag" else INK)
        y += LINE
    if omitted > 0:
        page.text(PAD + GUTTER, y, f"… {plural(omitted, 'more line')}", MUTED, SMALL)
        y += LINE
    return y


def draw_bars(page: Page, trace: Trace, bars: Sequence[ImportanceBar], y: float) -> float:
    """Draws the importance of each step: a bar to the right means that it helped. Returns the bottom edge."""
    page.box(PAD, y - 8, WIDTH - PAD, y - 7, RULE)
    title = f"{bars[0].name.capitalize()} importance: change in the share of right answers"
    page.text(PAD, y + 14, title, MUTED, SMALL)
    y += TITLE + 6
    steps = {step.number: step for step in trace.steps}
    for bar in bars[:STEPS]:
        kind, gist = steps[bar.step].kind, steps[bar.step].gist
        page.text(PAD + 20, y, str(bar.step), MUTED, SMALL, anchor="rs")
        page.text(PAD + 28, y, one_line(kind_label(kind), 9), kind_color(kind), SMALL)
        page.text(PAD + GUTTER, y, one_line(gist, 42), INK, SMALL + 1)
        draw_bar(page, bar, y)
        y += STEP
    return y + 10


def draw_bar(page: Page, bar: ImportanceBar, y: float) -> None:
    """Draws one importance: its bar, its interval and its figures."""
    zero, half = WIDTH - PAD - 250, 110.0  # the middle of the bars, and half their width
    page.box(zero - 0.25, y - 11, zero + 0.25, y + 4, "#c9cdd3")
    if bar.change is None:
        page.text(zero + half + 12, y, "unknown: always written again", MUTED, SMALL)
        return
    color = FILL if bar.change >= 0 else HARM
    page.box(zero + half * min(0, bar.change), y - 8, zero + half * max(0, bar.change) + 1, y + 1, color)
    draw_interval(page.draw, zero + half * bar.low, zero + half * bar.high, y - 10, y + 3, WHISKER)
    figures = f"{bar.change:+.0%}, {bar.low:+.0%} to {bar.high:+.0%}"
    page.text(WIDTH - PAD, y, figures, MUTED, SMALL, anchor="rs")


def fork_height(fork: Fork) -> float:
    """The height of a fork in points."""
    return TITLE + ROW * max(1, min(GROUPS, len(fork.groups))) + 14


def draw_fork(page: Page, fork: Fork, number: int, y: float) -> float:
    """Draws letter, change and share, then the tree. Returns the bottom edge."""
    line = fork_summary(fork)
    page.box(PAD, y + 6, PAD + 22, y + 24, ACCENT, 9)
    page.text(PAD + 11, y + 19, letter(number), "#ffffff", SMALL, bold=True, anchor="ms")
    page.text(PAD + 30, y + 20, one_line(line.where, 44), INK)
    if line.share is not None:
        draw_share(page.draw, line, (WIDTH - PAD - 330, y + 8, WIDTH - PAD - 330 + BAR, y + 22))
    page.text(WIDTH - PAD, y + 20, share_text(line), MUTED, SMALL + 1, anchor="rs")
    groups = fork.groups[:GROUPS]
    y += TITLE
    draw_tree(page, groups, len(fork.rollouts), y)
    for i, group in enumerate(groups):
        base = y + ROW * i + ROW / 2 + 4
        correct = group.outcome.correct
        page.text(PAD + TREE + 40, base, f"{len(group)} ×", INK, anchor="rs")
        page.text(PAD + TREE + 48, base, VERDICTS[correct], color_of(correct), SMALL, bold=True)
        page.text(PAD + TREE + 90, base, one_line(group.outcome.answer or "no answer", 60), INK)
    return y + ROW * max(1, len(groups)) + 14


def draw_tree(page: Page, groups: Sequence[Group], n: int, y: float) -> None:
    """Draws a curve from the trunk to each outcome; its width shows the outcome's frequency."""
    x0, x1 = PAD + 34, PAD + TREE
    middle = y + ROW * max(1, len(groups)) / 2
    for i, group in enumerate(groups):
        end = y + ROW * i + ROW / 2
        points = [curve(t / 24, (x0, middle), (x1, end)) for t in range(25)]
        width = round(SCALE * (1.5 + 8 * len(group) / max(1, n)))
        pixels = [(x * SCALE, v * SCALE) for x, v in points]
        page.draw.line(pixels, color_of(group.outcome.correct), width, "curve")
    page.draw.line([((PAD + 2) * SCALE, middle * SCALE), (x0 * SCALE, middle * SCALE)], MUTED, 5 * SCALE)
    page.box(x0 - 5, middle - 5, x0 + 5, middle + 5, INK, 5)


def curve(t: float, start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """A point of the cubic curve with horizontal ends."""
    (x0, y0), (x1, y1) = start, end
    ease = t * t * (3 - 2 * t)
    return x0 + (x1 - x0) * t, y0 + (y1 - y0) * ease


def draw_share(draw: ImageDraw.ImageDraw, line: ForkSummary, box: tuple[float, float, float, float]) -> None:
    """Draws a share as a bar, and its interval as a line across it; lengths in points."""
    x0, y0, x1, y1 = (edge * SCALE for edge in box)
    draw.rounded_rectangle((x0, y0 + 4, x1, y1 - 4), 3 * SCALE, "#e6e8eb")
    if line.share:
        draw.rounded_rectangle((x0, y0 + 4, x0 + line.share * (x1 - x0), y1 - 4), 3 * SCALE, FILL)
    left, width = box[0], box[2] - box[0]
    draw_interval(draw, left + line.low * width, left + line.high * width, box[1], box[3], WHISKER)


def share_png(line: ForkSummary) -> bytes:
    """The bar of one fork with a transparent background, for light and dark pages."""
    width, middle, bottom = BAR * SCALE, 7 * SCALE, 14 * SCALE - 1

    def draw_into(draw: ImageDraw.ImageDraw) -> None:
        draw.rounded_rectangle((0, 8, width, bottom - 7), 3 * SCALE, "#80808050")
        if line.share:
            draw.rounded_rectangle((0, 8, line.share * width, bottom - 7), 3 * SCALE, "#2aa897")
        low, high = line.low * width + 1, line.high * width + 1
        draw.line((low, middle, high, middle), "#7d8590", SCALE)
        for edge in (low, high):
            draw.line((edge, 0, edge, bottom), "#7d8590", SCALE)

    return transparent_png(BAR + 2, 14, draw_into)
