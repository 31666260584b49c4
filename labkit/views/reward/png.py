"""The saved picture of a reward view, drawn with Pillow at two pixels per point.

Left out: rows after the first 32, and the text of an open row.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw

from labkit.views.core.canvas import (
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
from labkit.views.reward import contract as wire
from labkit.views.reward import data
from labkit.views.reward.wording import bars, extent, lesson, number, order, plural

ROWS, ROW = 32, 24.0
COLORS = ("#0f8577", "#3b6fc4", "#b8862a", "#8a56c2", "#c4527a", "#5c7a29")
UP, DOWN, AXIS = "#3b6fc4", "#c2570c", "#9aa0a8"
STRIP = KINDS | {"try": "#a3abb5", "other": "#a3abb5", "answer": "#c99a1c", "tag": "#d3d7dc"}
# Left edges, in points: number, reward bars, reward, advantage, tokens, thought, answer.
AT = {"bars": 46.0, "reward": 226.0, "gain": 236.0, "tokens": 422.0, "strip": 432.0, "answer": 590.0}
BARS, GAIN, THOUGHT = 140.0, 130.0, 148.0  # widths

Box = tuple[float, float, float, float]


def png(judged: data.Judged, focus: wire.Focus) -> bytes:
    """The picture as a PNG file."""
    scene = data.scene_of(judged)
    rewards = data.totals(judged, focus.weights)
    gains = data.advantages(rewards, focus.kind)
    rows = order(rewards, gains, [r.count for r in scene.rollouts], focus.sort, focus.down)
    asked = wrap([(0, scene.prompt)], WIDTH - 2 * PAD - GUTTER, measure)[:4]
    top = 50 + LINE * len(asked) + 16
    left_out = max(0, len(rows) - ROWS)
    height = top + 74 + ROW * (len(rows) - left_out) + (22 if left_out else 0) + 36
    page = Page(height)
    heading(page, scene.model, plural(len(rows), "rollout"))
    page.box(PAD, 42, WIDTH - PAD, 58 + LINE * len(asked), BOX, 6)
    page.text(PAD + 12, 64, "Prompt", MUTED, SMALL)
    for n, line in enumerate(asked):
        for piece in line:
            page.text(PAD + GUTTER + piece.x, 64.5 + LINE * n, piece.text, INK)
    legend(page, scene.rules, focus.weights, top + 10)
    page.text(PAD, top + 32, lesson(rewards, focus.kind), INK, SMALL + 1)
    y = top + 56
    for x, words, anchor in (
        (PAD, "#", "ls"), (AT["bars"], "reward by rule", "ls"), (AT["gain"] + 10, "advantage", "ls"),
        (AT["tokens"], "tokens", "rs"), (AT["strip"], "thought", "ls"), (AT["answer"], "answer", "ls"),
    ):  # fmt: skip
        page.text(x, y, words, MUTED, SMALL, anchor=anchor)
    page.box(PAD, y + 6, WIDTH - PAD, y + 7, RULE)
    stacked = [bars(r.values, focus.weights) for r in scene.rollouts]
    longest = max((r.count for r in scene.rollouts), default=1) or 1
    for i, row in enumerate(rows[:ROWS]):
        base = y + 10 + ROW * i
        rollout = scene.rollouts[row]
        page.text(PAD + 16, base + 16, str(row + 1), MUTED, SMALL + 1, anchor="rs")
        middle = base + ROW / 2 - 6
        stack(page.draw, stacked[row], extent(stacked), (AT["bars"], middle, AT["bars"] + BARS, middle + 12))
        page.text(AT["reward"], base + 16, number(rewards[row]), INK, anchor="rs")
        gain(page.draw, gains, row, (AT["gain"] + 10, middle, AT["gain"] + 10 + GAIN - 44, middle + 12))
        said = number(gains[row], sign=True) if rewards[row] is not None else "–"
        page.text(AT["gain"] + GAIN + 12, base + 16, said, INK, anchor="rs")
        page.text(AT["tokens"], base + 16, f"{rollout.count:,}", INK, anchor="rs")
        strip(page.draw, rollout.strip, longest, (AT["strip"], middle, AT["strip"] + THOUGHT, middle + 12))
        words, color = verdict(rollout)
        page.text(AT["answer"], base + 16, cut(words, 19), color)
    if left_out:
        page.text(PAD, height - 40, f"… {plural(left_out, 'more rollout')}", MUTED, SMALL)
    kinds = {part.kind for rollout in scene.rollouts for part in rollout.strip}
    squares(page, [kind for kind in STRIP if kind in kinds], AT["strip"], height - 16)
    return page.png()


def verdict(rollout: wire.Rollout) -> tuple[str, str]:
    """The answer; a colour and a tick or cross show whether it is right."""
    said = rollout.answer or ("cut off" if rollout.finish != "stop" else "no answer")
    sign, color = {True: ("✓ ", "#0f766e"), False: ("✗ ", "#b45309"), None: ("", INK)}[rollout.right]
    return sign + said, color


def legend(page: Page, rules: Sequence[str], weights: Sequence[float], y: float) -> None:
    """Draws a square, the name and the weight of each rule."""
    x = float(PAD)
    for i, (name, weight) in enumerate(zip(rules, weights, strict=True)):
        words = f"{name} × {weight:g}".replace("-", "−")
        wide = measure(words) * (SMALL + 1) / 13
        if x + wide + 16 > WIDTH - PAD:
            page.text(x, y, "…", MUTED, SMALL)
            return
        page.box(x, y - 9, x + 9, y, COLORS[i % len(COLORS)], 2)
        page.text(x + 14, y, words, INK, SMALL + 1)
        x += wide + 30


def squares(page: Page, kinds: Sequence[str], x: float, y: float) -> None:
    """Draws the legend for the colours of the thoughts."""
    for kind in kinds:
        page.box(x, y - 8, x + 8, y, STRIP[kind], 2)
        page.text(x + 12, y, kind if kind != "other" else "step", MUTED, SMALL)
        x += measure(kind) * SMALL / 13 + 24


def stack(
    draw: ImageDraw.ImageDraw, row: Sequence[tuple[int, float, float]], span: tuple[float, float], box: Box
) -> None:
    """Draws bars of the rules: rewards to the right of the zero line, penalties to the left."""
    low, high = span
    x0, y0, x1, y1 = (edge * SCALE for edge in box)

    def at(value: float) -> float:
        return x0 + (value - low) / (high - low) * (x1 - x0)

    for rule, start, end in row:
        draw.rectangle((at(start), y0, max(at(end) - 1, at(start)), y1), COLORS[rule % len(COLORS)])
    draw.rectangle((at(0) - 1, y0 - 4, at(0), y1 + 4), AXIS)


def gain(draw: ImageDraw.ImageDraw, gains: Sequence[float], row: int, box: Box) -> None:
    """Draws the advantage as a bar from the middle."""
    x0, y0, x1, y1 = (edge * SCALE for edge in box)
    middle = (x0 + x1) / 2
    most = max(map(abs, gains)) or 1.0
    end = middle + gains[row] / most * (x1 - x0) / 2
    if abs(end - middle) >= 1:
        draw.rectangle((min(middle, end), y0, max(middle, end), y1), UP if end > middle else DOWN)
    draw.rectangle((middle - 1, y0 - 4, middle, y1 + 4), AXIS)


def strip(draw: ImageDraw.ImageDraw, parts: Sequence[wire.Stretch], longest: int, box: Box) -> None:
    """Draws the steps by kind, with widths in proportion to their tokens."""
    x0, y0, x1, y1 = (edge * SCALE for edge in box)
    at = 0
    for part in parts:
        left = x0 + at / longest * (x1 - x0)
        at += part.tokens
        right = x0 + at / longest * (x1 - x0)
        draw.rectangle((left, y0, max(left, right - 2), y1), STRIP[part.kind])


def stack_png(stacked: Sequence[Sequence[tuple[int, float, float]]], row: int) -> bytes:
    """The reward bars of one rollout with a transparent background, for light and dark pages."""
    return _small(BARS, lambda pen, box: stack(pen, stacked[row], extent(stacked), box))


def gain_png(gains: Sequence[float], row: int) -> bytes:
    """The advantage of one rollout, with a transparent background."""
    return _small(GAIN - 44, lambda pen, box: gain(pen, gains, row, box))


def strip_png(rollout: wire.Rollout, longest: int) -> bytes:
    """The thought of one rollout as a strip, with a transparent background."""
    return _small(THOUGHT, lambda pen, box: strip(pen, rollout.strip, longest, box))


def _small(width: float, draw: Callable[[ImageDraw.ImageDraw, Box], None]) -> bytes:
    image = Image.new("RGBA", (round(width * SCALE), 16 * SCALE), "#00000000")
    draw(ImageDraw.Draw(image), (1, 2, width - 1, 14))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def cut(text: str, most: int) -> str:
    """One line of at most `most` printable characters."""
    flat = " ".join(printable(text).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
