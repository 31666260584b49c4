"""The saved picture of a training view, drawn with Pillow at two pixels per point.

Left out: kept rollouts, and all thoughts about the watched problem except the first and the last.
"""

from __future__ import annotations

from collections.abc import Sequence

from labkit.training.run import Kept, Run
from labkit.views.core.canvas import (
    BOX,
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
    measure,
)
from labkit.views.core.text_layout import Piece, printable, wrap
from labkit.views.training import contract as wire
from labkit.views.training.data import STATES, number, percent, span, ticks

LINE_COLOR, BAND, WRONG, WARN = "#2563a8", "#d6e4f5", "#b45309", "#fdf1e3"
GAP, TALL, TOP = 20, 78, 20  # points: gap between panels, height of a plot, height of its title
MOST, COLUMNS = 7, 4  # lines per thought; columns of panels, of which pass@1 takes two


def png(run: Run, scene: wire.Scene) -> bytes:
    """The picture as a PNG file."""
    rows = -(-(len(scene.curves) + 2) // COLUMNS)
    said = [wrap([(0, f"{f.what} {f.why}")], WIDTH - 2 * PAD - 24, measure) for f in scene.findings]
    told = [run.watched[i] for i in sorted({0, len(run.watched) - 1}) if run.watched]
    bodies = [lines_of(k) for k in told]
    tall = TOP + TALL + 34
    height = 84.0 + rows * tall + sum(len(s) * LINE + 30 for s in said)
    height += sum(max(2, len(b)) * LINE + 28 for b in bodies) + (LINE + 22 if told else 0) + 12
    page = Page(height)
    steps = f"{len(run)} step{'' if len(run) == 1 else 's'}, {STATES[scene.state]}"
    heading(page, f"{scene.model} on {scene.task}", steps)
    page.text(PAD, 54, scene.summary, INK, SMALL + 2)
    wide = (WIDTH - 2 * PAD - (COLUMNS - 1) * GAP) / COLUMNS
    panel(page, scene, None, (PAD, 72, 2 * wide + GAP))
    for i, curve in enumerate(scene.curves, 2):
        x, top = PAD + (i % COLUMNS) * (wide + GAP), 72 + (i // COLUMNS) * tall
        panel(page, scene, curve, (x, top, wide))
    y = 72.0 + rows * tall + 6
    for finding, lines in zip(scene.findings, said, strict=True):
        y = told_of(page, finding, lines, y)
    if told:
        page.text(
            PAD,
            y + 16,
            f"The same problem through time: {printable(told[0].trace.prompt)}"[:100],
            MUTED,
            SMALL + 1,
        )
        y += LINE + 8
    for kept, body in zip(told, bodies, strict=True):
        y = thought(page, kept, body, y)
    return page.png()


def panel(page: Page, scene: wire.Scene, curve: wire.Curve | None, place: tuple[float, float, float]) -> None:
    """Draws one curve over the steps; None means pass@1 with its interval."""
    x, y, wide = place
    last = max(scene.wanted, 1)
    values = [c.high for c in scene.checks] if curve is None else curve.values
    low, high = (0.0, 1.0) if curve is None else span(values, curve.percent, curve.digits)
    top, bottom, left, right = y + TOP, y + TOP + TALL, x + 34, x + wide
    title = "held-out pass@1" if curve is None else curve.title
    now = "–"
    if curve is None and scene.checks:
        now = percent(scene.checks[-1].value)
    elif curve is not None and curve.values:
        now = number(curve, curve.values[-1])
    page.text(x, y + 10, title, INK, SMALL + 1, bold=True)
    page.text(right, y + 10, now, INK, SMALL + 1, anchor="rs")

    def at(step: float, value: float) -> tuple[float, float]:
        return (
            SCALE * (left + (right - left) * step / last),
            SCALE * (bottom - (bottom - top) * (value - low) / (high - low)),
        )

    for tick in ticks(low, high, 2):
        _, level = at(0, tick)
        page.draw.line((SCALE * left, level, SCALE * right, level), RULE, SCALE // 2)
        words = f"{100 * tick:.0f} %" if curve is None or curve.percent else f"{tick:g}"
        page.text(left - 5, level / SCALE + 3, words, MUTED, SMALL - 1.5, anchor="rs")
    page.text(left, bottom + 13, "0", MUTED, SMALL - 1.5)
    page.text(right, bottom + 13, f"step {last}", MUTED, SMALL - 1.5, anchor="rs")
    if curve is None:
        if len(scene.checks) > 1:
            band = [at(c.step, c.high) for c in scene.checks] + [
                at(c.step, c.low) for c in reversed(scene.checks)
            ]
            page.draw.polygon(band, BAND)
        elif scene.checks:
            only = scene.checks[0]
            page.draw.line((at(only.step, only.low), at(only.step, only.high)), BAND, 4 * SCALE)
        draw_line(page, [at(c.step, c.value) for c in scene.checks])
    else:
        draw_line(page, [at(i, v) for i, v in enumerate(curve.values, 1) if v is not None])


def draw_line(page: Page, points: Sequence[tuple[float, float]]) -> None:
    """Draws a line through points; a few points are also drawn as dots."""
    if len(points) > 1:
        page.draw.line(list(points), LINE_COLOR, round(1.6 * SCALE), joint="curve")
    if len(points) <= 24:
        for x, y in points:
            page.draw.ellipse((x - 2 * SCALE, y - 2 * SCALE, x + 2 * SCALE, y + 2 * SCALE), LINE_COLOR)


def told_of(page: Page, finding: wire.Finding, lines: Sequence[Sequence[Piece]], y: float) -> float:
    """Draws a finding in a box; returns the bottom edge."""
    page.box(PAD, y, WIDTH - PAD, y + len(lines) * LINE + 24, WARN, 6)
    page.box(PAD, y, PAD + 3, y + len(lines) * LINE + 24, WRONG)
    for n, line in enumerate(lines):
        for piece in line:
            page.text(PAD + 14 + piece.x, y + 17 + LINE * n, piece.text, INK)
    page.text(PAD + 14, y + 14 + LINE * len(lines), printable(finding.next)[:110], MUTED, SMALL)
    return y + len(lines) * LINE + 30


def lines_of(kept: Kept) -> list[list[Piece]]:
    """The first lines of a thought, and its last two."""
    found = wrap([(0, printable(kept.trace.text.strip()))], WIDTH - 2 * PAD - GUTTER - 14, measure)
    lines = [line for line in found if line]
    return [*lines[: MOST - 3], [Piece(0, "…", 0, 0)], *lines[-2:]] if len(lines) > MOST else lines


def thought(page: Page, kept: Kept, body: Sequence[Sequence[Piece]], y: float) -> float:
    """Draws a thought in a box, with its step and whether it was right."""
    page.box(PAD, y, WIDTH - PAD, y + max(2, len(body)) * LINE + 18, BOX, 6)
    page.text(PAD + 12, y + 18, f"step {kept.step}" if kept.step else "before", MUTED, SMALL)
    words, color = ("✓ right", "#0f766e") if kept.right else ("✗ wrong", WRONG)
    page.text(PAD + 12, y + 34, words, color, SMALL)
    page.text(PAD + 12, y + 50, f"{len(kept.trace):,} tokens", MUTED, SMALL)
    for n, line in enumerate(body):
        for piece in line:
            page.text(PAD + GUTTER + piece.x, y + 18 + LINE * n, piece.text, INK)
    return y + max(2, len(body)) * LINE + 28
