"""The saved picture of a fork view, drawn with Pillow at two pixels per point.

Limits: of a long thought, only the first lines and the importances of the first steps are drawn; below are
the last six forks, each with its six most frequent outcomes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from labkit.traces import Trace, blocks
from labkit.views.core.canvas import (
    ACCENT,
    BOX,
    GUTTER,
    INK,
    KINDS,
    LINE,
    MUTED,
    PAD,
    RULE,
    SCALE,
    SMALL,
    WIDTH,
    Page,
    heading,
    measure,
)
from labkit.views.core.text_layout import printable, wrap
from labkit.views.core.token_lines import Row, rows
from labkit.views.core.wording import prompt_shown, said
from labkit.views.fork.contract import Bar, Line
from labkit.views.fork.wording import letter, line_of, share_said

if TYPE_CHECKING:
    from labkit.inside import Fork
    from labkit.rewards import Group

LINES = 16  # lines of the thought
FORKS, GROUPS, STEPS = 6, 6, 14
RIGHT, WRONG, UNJUDGED = "#0f857a", "#b8580c", "#2f74bd"
FILL, WHISKER = "#7cc5bc", "#134e4a"
ROW, TITLE, STEP = 24.0, 30.0, 19.0  # points
TREE, BAR = 150, 130  # width of the tree's curves, and of a share's bar
NOTE = "Bars: share of right answers; the line is its 95 % interval (Wilson)."
EMPTY = "No fork yet: pick a token, put something else there, and press Sample."


def color_of(correct: bool | None) -> str:
    """The colour for right, wrong, or not judged."""
    return {True: RIGHT, False: WRONG, None: UNJUDGED}[correct]


def png(trace: Trace, forks: Sequence[Fork], bars: Sequence[Bar] = ()) -> bytes:
    """The picture as a PNG file; `bars` are importances of one measure."""
    body = [row for row in rows(trace, blocks(trace)) if row[0] is not None]
    shown, left = body[:LINES], len(body) - LINES
    asked = wrap([(0, prompt_shown(trace))], WIDTH - 2 * PAD - GUTTER, measure)[:4]
    last = list(enumerate(forks))[-FORKS:]
    top = 50 + LINE * len(asked) + 22
    tall = LINE * (len(shown) + (left > 0)) + 4 * sum(first for _, first, _ in shown)
    weights = STEP * len(bars[:STEPS]) + TITLE + 16 if bars else 0
    height = top + tall + 20 + weights + (sum(fork_height(f) for _, f in last) if last else 20) + 40
    page = Page(height)
    many = f"{len(forks)} fork{'' if len(forks) == 1 else 's'}"
    heading(page, trace.model, f"{said(trace)}; {many}")
    page.box(PAD, 42, WIDTH - PAD, 58 + LINE * len(asked), BOX, 6)
    page.text(PAD + 12, 64, "Prompt", MUTED, SMALL)
    for n, words in enumerate(asked):
        for piece in words:
            page.text(PAD + GUTTER + piece.x, 64.5 + LINE * n, piece.text, INK)
    y = draw_thought(page, shown, left, top + LINE, {f.at: letter(i) for i, f in reversed(last)})
    y = draw_bars(page, trace, bars, y) if bars else y
    page.box(PAD, y - 8, WIDTH - PAD, y - 7, RULE)
    for number, fork in last:
        y = draw_fork(page, fork, number, y)
    page.text(PAD, height - 18, NOTE if last else EMPTY, MUTED, SMALL)
    return page.png()


def draw_thought(page: Page, shown: Sequence[Row], left: int, y: float, marks: dict[int, str]) -> float:
    """Draws the first lines of the thought, with a letter at each fork. Returns the bottom edge."""
    for block, first, line in shown:
        if block is None:
            continue
        y += 4 * first
        if first and block.role == "step":
            page.text(PAD + 20, y, str(block.number), MUTED, SMALL, anchor="rs")
            page.text(PAD + 28, y, block.kind if block.kind != "other" else "step", KINDS[block.kind], SMALL)
        elif first and block.role == "answer":
            page.text(PAD + 12, y, "Answer", ACCENT, SMALL, bold=True)
        for piece in line:
            x = PAD + GUTTER + piece.x
            if piece.token in marks and piece.text.strip():
                page.box(x - 1, y - 14, x + piece.width + 1, y + 4, "#f7d9b8", 3)
            page.text(x, y, piece.text, MUTED if block.role == "tag" else INK)
        y += LINE
    if left > 0:
        page.text(PAD + GUTTER, y, f"… {left} more line{'' if left == 1 else 's'}", MUTED, SMALL)
        y += LINE
    return y


def draw_bars(page: Page, trace: Trace, bars: Sequence[Bar], y: float) -> float:
    """Draws the importance of each step: a bar to the right means that it helped. Returns the bottom edge."""
    page.box(PAD, y - 8, WIDTH - PAD, y - 7, RULE)
    page.text(
        PAD,
        y + 14,
        f"{bars[0].name.capitalize()} importance: change in the share of right answers",
        MUTED,
        SMALL,
    )
    y += TITLE + 6
    kinds = {step.number: (step.kind, step.gist) for step in trace.steps}
    x, wide = WIDTH - PAD - 250, 110.0  # the middle of the bars, and half their width
    for bar in bars[:STEPS]:
        kind, gist = kinds[bar.step]
        page.text(PAD + 20, y, str(bar.step), MUTED, SMALL, anchor="rs")
        page.text(PAD + 28, y, kind if kind != "other" else "step", KINDS[kind], SMALL)
        page.text(PAD + GUTTER, y, cut(gist, 42), INK, SMALL + 1)
        page.box(x - 0.25, y - 11, x + 0.25, y + 4, "#c9cdd3")
        if bar.change is None:
            page.text(x + wide + 12, y, "unknown: always written again", MUTED, SMALL)
        else:
            color = FILL if bar.change >= 0 else "#efb98a"
            page.box(x + wide * min(0, bar.change), y - 8, x + wide * max(0, bar.change) + 1, y + 1, color)
            draw_interval(page.draw, x + wide * bar.low, x + wide * bar.high, y - 10, y + 3)
            page.text(
                WIDTH - PAD,
                y,
                f"{bar.change:+.0%}, {bar.low:+.0%} to {bar.high:+.0%}",
                MUTED,
                SMALL,
                anchor="rs",
            )
        y += STEP
    return y + 10


def fork_height(fork: Fork) -> float:
    """The height of a fork in points."""
    return TITLE + ROW * max(1, min(GROUPS, len(fork.groups))) + 14


def draw_fork(page: Page, fork: Fork, number: int, y: float) -> float:
    """Draws letter, change and share, then the tree. Returns the bottom edge."""
    line = line_of(fork)
    page.box(PAD, y + 6, PAD + 22, y + 24, ACCENT, 9)
    page.text(PAD + 11, y + 19, letter(number), "#ffffff", SMALL, bold=True, anchor="ms")
    page.text(PAD + 30, y + 20, cut(line.where, 44), INK)
    if line.share is not None:
        draw_share(page.draw, line, (WIDTH - PAD - 330, y + 8, WIDTH - PAD - 330 + BAR, y + 22))
    page.text(WIDTH - PAD, y + 20, share_said(line), MUTED, SMALL + 1, anchor="rs")
    groups = fork.groups[:GROUPS]
    y += TITLE
    draw_tree(page, groups, len(fork.rollouts), y)
    for i, group in enumerate(groups):
        base = y + ROW * i + ROW / 2 + 4
        mark = {True: "right", False: "wrong", None: ""}[group.outcome.correct]
        page.text(PAD + TREE + 40, base, f"{len(group)} ×", INK, anchor="rs")
        page.text(PAD + TREE + 48, base, mark, color_of(group.outcome.correct), SMALL, bold=True)
        page.text(PAD + TREE + 90, base, cut(group.outcome.answer or "no answer", 60), INK)
    return y + ROW * max(1, len(groups)) + 14


def draw_tree(page: Page, groups: Sequence[Group], n: int, y: float) -> None:
    """Draws a curve from the trunk to each outcome; its width shows the outcome's frequency."""
    x0, x1 = PAD + 34, PAD + TREE
    middle = y + ROW * max(1, len(groups)) / 2
    for i, group in enumerate(groups):
        end = y + ROW * i + ROW / 2
        points = [curve(t / 24, (x0, middle), (x1, end)) for t in range(25)]
        wide = round(SCALE * (1.5 + 8 * len(group) / max(1, n)))
        page.draw.line(
            [(x * SCALE, v * SCALE) for x, v in points], color_of(group.outcome.correct), wide, "curve"
        )
    page.draw.line([((PAD + 2) * SCALE, middle * SCALE), (x0 * SCALE, middle * SCALE)], MUTED, 5 * SCALE)
    page.box(x0 - 5, middle - 5, x0 + 5, middle + 5, INK, 5)


def curve(t: float, start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """A point of the cubic curve with horizontal ends."""
    (x0, y0), (x1, y1) = start, end
    ease = t * t * (3 - 2 * t)
    return x0 + (x1 - x0) * t, y0 + (y1 - y0) * ease


def draw_share(draw: ImageDraw.ImageDraw, line: Line, box: tuple[float, float, float, float]) -> None:
    """Draws a share as a bar, and its interval as a line across it; lengths in points."""
    x0, y0, x1, y1 = (edge * SCALE for edge in box)
    wide = x1 - x0
    draw.rounded_rectangle((x0, y0 + 4, x1, y1 - 4), 3 * SCALE, "#e6e8eb")
    if line.share:
        draw.rounded_rectangle((x0, y0 + 4, x0 + line.share * wide, y1 - 4), 3 * SCALE, FILL)
    left = box[0]
    across = box[2] - left
    draw_interval(draw, left + line.low * across, left + line.high * across, box[1], box[3])


def draw_interval(draw: ImageDraw.ImageDraw, low: float, high: float, top: float, bottom: float) -> None:
    """Draws a line between two ends, in points."""
    x0, x1, y0, y1 = (edge * SCALE for edge in (low, high, top, bottom))
    middle = (y0 + y1) / 2
    draw.line((x0, middle, x1, middle), WHISKER, SCALE)
    for edge in (x0, x1):
        draw.line((edge, y0, edge, y1), WHISKER, SCALE)


def share_png(line: Line) -> bytes:
    """The bar of one fork with a transparent background, for light and dark pages."""
    image = Image.new("RGBA", (BAR * SCALE + 4, 14 * SCALE), "#00000000")
    pen = ImageDraw.Draw(image)
    wide, middle, bottom = BAR * SCALE, 7 * SCALE, 14 * SCALE - 1
    pen.rounded_rectangle((0, 8, wide, bottom - 7), 3 * SCALE, "#80808050")
    if line.share:
        pen.rounded_rectangle((0, 8, line.share * wide, bottom - 7), 3 * SCALE, "#2aa897")
    low, high = line.low * wide + 1, line.high * wide + 1
    pen.line((low, middle, high, middle), "#7d8590", SCALE)
    for edge in (low, high):
        pen.line((edge, 0, edge, bottom), "#7d8590", SCALE)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def cut(text: str, most: int) -> str:
    """One line of at most `most` printable characters."""
    flat = " ".join(printable(text).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
