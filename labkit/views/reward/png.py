"""The saved picture of a reward view, drawn with Pillow at two pixels per point.

Left out: rows after the first 32, and the text of an open row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PIL import ImageDraw

from labkit.views.core.canvas import (
    INK,
    MUTED,
    PAD,
    RULE,
    SCALE,
    SMALL,
    TEXT,
    WIDTH,
    Page,
    heading,
    measure,
    transparent_png,
)
from labkit.views.core.kind_colors import KNOWN, color_name, kind_color
from labkit.views.core.prompt_box import draw_prompt, prompt_bottom, prompt_lines
from labkit.views.core.text_layout import one_line
from labkit.views.core.wording import kind_label, plural
from labkit.views.reward import contract as wire
from labkit.views.reward.data import GradedGroup
from labkit.views.reward.table import Table, table_of
from labkit.views.reward.wording import Bars, lesson, number

MAX_ROWS, ROW = 32, 24.0
COLORS = ("#0f8577", "#3b6fc4", "#b8862a", "#8a56c2", "#c4527a", "#5c7a29")
UP, DOWN, AXIS = "#3b6fc4", "#c2570c", "#9aa0a8"
STRIP = {"plain": "#a3abb5", "answer": "#c99a1c", "tag": "#d3d7dc"}
# In points: left edges; right edges of the figures.
LEFT = {"bars": 46.0, "advantage": 246.0, "strip": 432.0, "answer": 590.0}
RIGHT = {"number": PAD + 16, "reward": 226.0, "advantage": 378.0, "tokens": 422.0}
BARS, ADVANTAGE, THOUGHT = 140.0, 86.0, 148.0  # widths

Box = tuple[float, float, float, float]


def render_png(group: GradedGroup, focus: wire.Focus) -> bytes:
    """The picture as a PNG file."""
    table = table_of(group, focus)
    rows, rollouts = table.rows, table.scene.rollouts
    prompt = prompt_lines(table.scene.prompt, 4)
    top = prompt_bottom(prompt) + 8
    omitted = max(0, len(rows) - MAX_ROWS)
    height = top + 74 + ROW * (len(rows) - omitted) + (22 if omitted else 0) + 36
    page = Page(height)
    heading(page, table.scene.model, plural(len(rows), "rollout"))
    draw_prompt(page, prompt)
    draw_rules(page, table.scene.rules, focus.weights, top + 10)
    page.text(PAD, top + 32, lesson(table.rewards, focus.kind), INK, SMALL + 1)
    draw_heads(page, top + 56)
    for i, row in enumerate(rows[:MAX_ROWS]):
        draw_row(page, table, row, top + 66 + ROW * i)
    if omitted:
        page.text(PAD, height - 40, f"… {plural(omitted, 'more rollout')}", MUTED, SMALL)
    kinds = {part.kind for rollout in rollouts for part in rollout.strip}
    draw_kinds(page, sorted(kinds, key=place_in_legend), LEFT["strip"], height - 16)
    return page.png()


def draw_heads(page: Page, y: float) -> None:
    """Draws the headings of the columns, and a rule below them."""
    for x, title, anchor in (
        (float(PAD), "#", "ls"), (LEFT["bars"], "reward by rule", "ls"), (LEFT["advantage"], "advantage", "ls"),
        (RIGHT["tokens"], "tokens", "rs"), (LEFT["strip"], "thought", "ls"), (LEFT["answer"], "answer", "ls"),
    ):  # fmt: skip
        page.text(x, y, title, MUTED, SMALL, anchor=anchor)
    page.box(PAD, y + 6, WIDTH - PAD, y + 7, RULE)


def draw_row(page: Page, table: Table, row: int, y: float) -> None:
    """Draws one rollout; `y` is the top edge."""
    rollout, baseline, middle = table.scene.rollouts[row], y + 16, y + ROW / 2 - 6
    answer, color = verdict(rollout)

    def box(left: float, width: float) -> Box:
        return left, middle, left + width, middle + 12

    page.text(RIGHT["number"], baseline, str(row + 1), MUTED, SMALL + 1, anchor="rs")
    draw_bars(page.draw, table.bars[row], table.extent, box(LEFT["bars"], BARS))
    page.text(RIGHT["reward"], baseline, number(table.rewards[row]), INK, anchor="rs")
    draw_advantage(page.draw, table.advantages, row, box(LEFT["advantage"], ADVANTAGE))
    page.text(RIGHT["advantage"], baseline, table.advantage(row), INK, anchor="rs")
    page.text(RIGHT["tokens"], baseline, f"{rollout.count:,}", INK, anchor="rs")
    draw_strip(page.draw, rollout.strip, table.longest, box(LEFT["strip"], THOUGHT))
    page.text(LEFT["answer"], baseline, one_line(answer, 19), color)


def verdict(rollout: wire.Rollout) -> tuple[str, str]:
    """The answer; a colour and a tick or cross show whether it is right."""
    answer = rollout.answer or ("cut off" if rollout.finish != "stop" else "no answer")
    sign, color = {True: ("✓ ", "#0f766e"), False: ("✗ ", "#b45309"), None: ("", INK)}[rollout.right]
    return sign + answer, color


def draw_rules(page: Page, rules: Sequence[str], weights: Sequence[float], y: float) -> None:
    """Draws a square, the name and the weight of each rule."""
    x = float(PAD)
    for i, (name, weight) in enumerate(zip(rules, weights, strict=True)):
        label = f"{name} × {weight:g}".replace("-", "−")
        width = measure(label) * (SMALL + 1) / TEXT
        if x + width + 16 > WIDTH - PAD:
            page.text(x, y, "…", MUTED, SMALL)
            return
        page.box(x, y - 9, x + 9, y, COLORS[i % len(COLORS)], 2)
        page.text(x + 14, y, label, INK, SMALL + 1)
        x += width + 30


def strip_color(kind: str) -> str:
    """The colour of a part of a thought: the kind of a step, "answer" or "tag"."""
    return STRIP.get(kind) or STRIP.get(color_name(kind)) or kind_color(kind)


def place_in_legend(kind: str) -> tuple[int, str]:
    """The key by which the legend is sorted: labkit's kinds, other kinds, answer, tag."""
    ends = [*STRIP].index(kind) if kind in STRIP else 0
    return (len(KNOWN) + ends, "") if ends else ([*KNOWN, kind].index(kind), kind)


def draw_kinds(page: Page, kinds: Sequence[str], x: float, y: float) -> None:
    """Draws the legend for the colours of the thoughts."""
    for kind in kinds:
        if x + 12 + measure(one_line(kind_label(kind), 12)) * SMALL / TEXT > WIDTH - PAD:
            page.text(x, y, "…", MUTED, SMALL)
            return
        page.box(x, y - 8, x + 8, y, strip_color(kind), 2)
        page.text(x + 12, y, one_line(kind_label(kind), 12), MUTED, SMALL)
        x += measure(one_line(kind_label(kind), 12)) * SMALL / TEXT + 24


def draw_bars(draw: ImageDraw.ImageDraw, row: Bars, span: tuple[float, float], box: Box) -> None:
    """Draws bars of the rules: rewards to the right of the zero line, penalties to the left."""
    low, high = span
    x0, y0, x1, y1 = (edge * SCALE for edge in box)

    def x_of(value: float) -> float:
        return x0 + (value - low) / (high - low) * (x1 - x0)

    for rule, start, end in row:
        draw.rectangle((x_of(start), y0, max(x_of(end) - 1, x_of(start)), y1), COLORS[rule % len(COLORS)])
    draw.rectangle((x_of(0) - 1, y0 - 4, x_of(0), y1 + 4), AXIS)


def draw_advantage(draw: ImageDraw.ImageDraw, advantages: Sequence[float], row: int, box: Box) -> None:
    """Draws the advantage as a bar from the middle."""
    x0, y0, x1, y1 = (edge * SCALE for edge in box)
    middle = (x0 + x1) / 2
    largest = max(map(abs, advantages)) or 1.0
    end = middle + advantages[row] / largest * (x1 - x0) / 2
    if abs(end - middle) >= 1:
        draw.rectangle((min(middle, end), y0, max(middle, end), y1), UP if end > middle else DOWN)
    draw.rectangle((middle - 1, y0 - 4, middle, y1 + 4), AXIS)


def draw_strip(draw: ImageDraw.ImageDraw, parts: Sequence[wire.StripSegment], longest: int, box: Box) -> None:
    """Draws the steps by kind, with widths in proportion to their tokens."""
    x0, y0, x1, y1 = (edge * SCALE for edge in box)
    tokens = 0
    for part in parts:
        left = x0 + tokens / longest * (x1 - x0)
        tokens += part.tokens
        right = x0 + tokens / longest * (x1 - x0)
        draw.rectangle((left, y0, max(left, right - 2), y1), strip_color(part.kind))


def bars_png(table: Table, row: int) -> bytes:
    """The reward bars of one rollout with a transparent background, for light and dark pages."""
    return small_png(BARS, lambda draw, box: draw_bars(draw, table.bars[row], table.extent, box))


def advantage_png(table: Table, row: int) -> bytes:
    """The advantage of one rollout, with a transparent background."""
    return small_png(ADVANTAGE, lambda draw, box: draw_advantage(draw, table.advantages, row, box))


def strip_png(table: Table, row: int) -> bytes:
    """The thought of one rollout as a strip, with a transparent background."""
    strip = table.scene.rollouts[row].strip
    return small_png(THOUGHT, lambda draw, box: draw_strip(draw, strip, table.longest, box))


def small_png(width: float, draw_into: Callable[[ImageDraw.ImageDraw, Box], None]) -> bytes:
    """A picture for one cell of the HTML table, 16 points high."""
    return transparent_png(width, 16, lambda draw: draw_into(draw, (1, 2, width - 1, 14)))
