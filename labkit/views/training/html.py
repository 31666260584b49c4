"""The saved HTML of a training view, with selectable text.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the tables remain.
"""

from __future__ import annotations

import io
from html import escape

from PIL import Image

from labkit.training.run import KeptRollout, Run
from labkit.views.core.axes import percent
from labkit.views.core.canvas import SCALE, Page
from labkit.views.core.html import CARD, MUTED, escape_text, image, mark, prompt_box, scroll_box
from labkit.views.training import contract as wire
from labkit.views.training.data import first_and_last, number, progress_text
from labkit.views.training.png import PLOT, TOP, draw_panel

CELL = "padding:2px 12px 2px 0;text-align:right;border:0;white-space:nowrap;font-variant-numeric:tabular-nums"
PANEL = 176  # width of a curve in points; pass@1 has twice this width


def render_html(run: Run, scene: wire.Scene) -> str:
    """The complete HTML; all model text is escaped."""
    curves = "".join(curve_image(scene, curve) for curve in (None, *scene.curves))
    findings = "".join(
        f'<div style="border-left:3px solid #b45309;background-color:#b453091c;padding:6px 12px;margin:6px 0">'
        f"{escape_text(f.what)} {escape(f.why)}<br><code>{escape(f.next)}</code></div>"
        for f in scene.findings
    )
    watched = first_and_last(run)
    prompt = prompt_box(watched[0].trace.prompt, "Watched") if watched else ""
    return (
        f'<div style="{CARD};max-width:760px">'
        f"<div><b>{escape(scene.model)}</b> on {escape(scene.task)} "
        f'<span style="{MUTED}">{progress_text(run)}</span></div>'
        f"<div>{escape(scene.summary)}</div>{findings}"
        f'<div style="line-height:0;margin:8px 0">{curves}</div>{checks_table(scene)}{prompt}'
        f"{''.join(thought_html(rollout) for rollout in watched)}</div>"
    )


def curve_image(scene: wire.Scene, curve: wire.Curve | None) -> str:
    """One curve, with its first and last value as alternative text; None means pass@1."""
    page = Page(TOP + PLOT + 24)
    width = PANEL if curve is not None else 2 * PANEL
    draw_panel(page, scene, curve, (2, 4, width - 16))
    panel = page.image.crop((0, 0, width * SCALE, page.image.height))
    out = io.BytesIO()
    panel.quantize(32, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    if curve is None:
        alt = f"held-out pass@1: {', '.join(percent(c.value) for c in scene.checks)}"
    else:
        values = [number(curve, v) for v in curve.values]
        span = f"{values[0]} to {values[-1]}" if values else "no step yet"
        alt = f"{curve.title}: {span} {curve.unit}".strip()
    return image(out.getvalue(), alt, width, panel.height // SCALE)


def checks_table(scene: wire.Scene) -> str:
    """The checks on held-out problems, as a table."""
    if not scene.checks:
        return ""
    rows = (
        ("after step", [str(c.step) for c in scene.checks]),
        ("held-out pass@1", [percent(c.value) for c in scene.checks]),
        ("95 % interval", [f"{percent(c.low)[:-2]} to {percent(c.high)[:-2]}" for c in scene.checks]),
    )
    body = "".join(
        f'<tr style="background:none"><th style="{CELL};text-align:left;font-weight:normal;{MUTED}">{name}</th>'
        + "".join(f'<td style="{CELL}">{value}</td>' for value in values)
        + "</tr>"
        for name, values in rows
    )
    table = f'<table style="border-collapse:collapse;font-size:13px">{body}</table>'
    return scroll_box(table, "Checks on held-out problems", "")


def thought_html(rollout: KeptRollout) -> str:
    """A thought as a paragraph."""
    color, verdict = ("#0f766e", "right") if rollout.right else ("#b45309", "wrong")
    text = escape_text(rollout.trace.text.strip())
    step = f"step {rollout.step}" if rollout.step else "before"
    label = f"{step}<br>{mark(verdict, color)}"
    return (
        f'<table style="border-collapse:collapse;margin:4px 0"><tr style="background:none">'
        f'<td style="vertical-align:top;text-align:left;width:72px;{MUTED};border:0">{label}</td>'
        f'<td style="text-align:left;white-space:pre-wrap;border:0">{text}</td></tr></table>'
    )
