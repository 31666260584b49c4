"""The saved picture of a training view, drawn with Pillow at two pixels per point.

Left out: rollouts of training steps, and all thoughts about the watched problem except the first and the last.
"""

from __future__ import annotations

from collections.abc import Sequence

from labkit.training.run import KeptRollout, Run
from labkit.views.core.axes import percent, ticks
from labkit.views.core.canvas import (
    ACCENT,
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
from labkit.views.core.plot import Point, draw_band, draw_line, draw_marker
from labkit.views.core.text_layout import Piece, printable, wrap
from labkit.views.training import contract as wire
from labkit.views.training.data import first_and_last, number, progress_text, span

BAND, WRONG, WARN = "#d6e4f5", "#b45309", "#fdf1e3"
GAP, PLOT, TOP = 20, 78, 20  # points: gap between panels, height of a plot, height of its title
MAX_LINES, COLUMNS = 7, 4  # lines per thought; columns of panels, of which pass@1 takes two
MAX_DOTS = 24  # a curve with more points has no dots


def render_png(run: Run, scene: wire.Scene) -> bytes:
    """The picture as a PNG file."""
    findings = [wrap([(0, f"{f.what} {f.why}")], WIDTH - 2 * PAD - 24, measure) for f in scene.findings]
    watched = first_and_last(run)
    bodies = [lines_of(rollout) for rollout in watched]
    y = panels_bottom(scene)
    height = y + 6 + sum(len(lines) * LINE + 30 for lines in findings)
    height += sum(max(2, len(body)) * LINE + 28 for body in bodies) + (LINE + 22 if watched else 0) + 12
    page = Page(height)
    heading(page, f"{scene.model} on {scene.task}", progress_text(run))
    page.text(PAD, 54, scene.summary, INK, SMALL + 2)
    draw_panels(page, scene)
    for finding, lines in zip(scene.findings, findings, strict=True):
        y = draw_finding(page, finding, lines, y)
    if watched:
        title = f"The same problem through time: {printable(watched[0].trace.prompt)}"[:100]
        page.text(PAD, y + 16, title, MUTED, SMALL + 1)
        y += LINE + 8
    for rollout, body in zip(watched, bodies, strict=True):
        y = draw_thought(page, rollout, body, y)
    return page.png()


def panels_bottom(scene: wire.Scene) -> float:
    """The bottom edge of the panels, in points."""
    rows = -(-(len(scene.curves) + 2) // COLUMNS)
    return 78.0 + rows * (TOP + PLOT + 34)


def draw_panels(page: Page, scene: wire.Scene) -> None:
    """Draws pass@1 over two columns, then one panel per curve."""
    width = (WIDTH - 2 * PAD - (COLUMNS - 1) * GAP) / COLUMNS
    draw_panel(page, scene, None, (PAD, 72, 2 * width + GAP))
    for i, curve in enumerate(scene.curves, 2):
        x, y = PAD + (i % COLUMNS) * (width + GAP), 72 + (i // COLUMNS) * (TOP + PLOT + 34)
        draw_panel(page, scene, curve, (x, y, width))


def draw_panel(
    page: Page, scene: wire.Scene, curve: wire.Curve | None, place: tuple[float, float, float]
) -> None:
    """Draws one curve over the steps, at (left, top, width) in points; None means pass@1 with its interval."""
    x, y, width = place
    last_step = max(scene.wanted, 1)
    low, high = (0.0, 1.0) if curve is None else span(curve.values, curve.percent, curve.digits)
    top, bottom, left, right = y + TOP, y + TOP + PLOT, x + 34, x + width

    def point(step: float, value: float) -> Point:
        return (
            SCALE * (left + (right - left) * step / last_step),
            SCALE * (bottom - (bottom - top) * (value - low) / (high - low)),
        )

    page.text(x, y + 10, "held-out pass@1" if curve is None else curve.title, INK, SMALL + 1, bold=True)
    page.text(right, y + 10, last_value(scene, curve), INK, SMALL + 1, anchor="rs")
    for tick in ticks(low, high, 2):
        _, level = point(0, tick)
        page.draw.line((SCALE * left, level, SCALE * right, level), RULE, SCALE // 2)
        label = f"{100 * tick:.0f} %" if curve is None or curve.percent else f"{tick:g}"
        page.text(left - 5, level / SCALE + 3, label, MUTED, SMALL - 1.5, anchor="rs")
    page.text(left, bottom + 13, "0", MUTED, SMALL - 1.5)
    page.text(right, bottom + 13, f"step {last_step}", MUTED, SMALL - 1.5, anchor="rs")
    if curve is None:
        draw_band(page, [(point(c.step, c.low), point(c.step, c.high)) for c in scene.checks], BAND)
        points = [point(c.step, c.value) for c in scene.checks]
    else:
        points = [point(i, v) for i, v in enumerate(curve.values, 1) if v is not None]
    draw_line(page, points, ACCENT)
    for at in points if len(points) <= MAX_DOTS else []:
        draw_marker(page, at, ACCENT)


def last_value(scene: wire.Scene, curve: wire.Curve | None) -> str:
    """The last value of a curve, or of pass@1, as text; a dash before the first."""
    if curve is None:
        return percent(scene.checks[-1].value) if scene.checks else "–"
    return number(curve, curve.values[-1]) if curve.values else "–"


def draw_finding(page: Page, finding: wire.Finding, lines: Sequence[Sequence[Piece]], y: float) -> float:
    """Draws a finding in a box; returns the bottom edge."""
    page.box(PAD, y, WIDTH - PAD, y + len(lines) * LINE + 24, WARN, 6)
    page.box(PAD, y, PAD + 3, y + len(lines) * LINE + 24, WRONG)
    for n, line in enumerate(lines):
        for piece in line:
            page.text(PAD + 14 + piece.x, y + 17 + LINE * n, piece.text, INK)
    page.text(PAD + 14, y + 14 + LINE * len(lines), printable(finding.next)[:110], MUTED, SMALL)
    return y + len(lines) * LINE + 30


def lines_of(rollout: KeptRollout) -> list[list[Piece]]:
    """The lines of a thought; of a long one the first lines and the last two."""
    text = printable(rollout.trace.text.strip())
    lines = [line for line in wrap([(0, text)], WIDTH - 2 * PAD - GUTTER - 14, measure) if line]
    if len(lines) <= MAX_LINES:
        return lines
    return [*lines[: MAX_LINES - 3], [Piece(0, "…", 0, 0)], *lines[-2:]]


def draw_thought(page: Page, rollout: KeptRollout, body: Sequence[Sequence[Piece]], y: float) -> float:
    """Draws a thought in a box, with its step and whether it was right."""
    page.box(PAD, y, WIDTH - PAD, y + max(2, len(body)) * LINE + 18, BOX, 6)
    page.text(PAD + 12, y + 18, f"step {rollout.step}" if rollout.step else "before", MUTED, SMALL)
    verdict, color = ("✓ right", "#0f766e") if rollout.right else ("✗ wrong", WRONG)
    page.text(PAD + 12, y + 34, verdict, color, SMALL)
    page.text(PAD + 12, y + 50, f"{len(rollout.trace):,} tokens", MUTED, SMALL)
    for n, line in enumerate(body):
        for piece in line:
            page.text(PAD + GUTTER + piece.x, y + 18 + LINE * n, piece.text, INK)
    return y + max(2, len(body)) * LINE + 28
