"""The saved HTML of a training view, with selectable text.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the tables remain.
"""

from __future__ import annotations

import base64
import io
from html import escape

from PIL import Image

from labkit.training.run import Kept, Run
from labkit.views.core.canvas import SCALE, Page
from labkit.views.core.html import CARD, HANGING, LABEL, MUTED, quoted
from labkit.views.training import contract as wire
from labkit.views.training.data import STATES, number, percent
from labkit.views.training.png import TALL, TOP, panel

CELL = "padding:2px 12px 2px 0;text-align:right;border:0;white-space:nowrap;font-variant-numeric:tabular-nums"
WIDE = 176  # width of a curve in points; pass@1 has twice this width


def html(run: Run, scene: wire.Scene) -> str:
    """The whole HTML; all model text is escaped."""
    steps = f"{len(run)} step{'' if len(run) == 1 else 's'}, {STATES[scene.state]}"
    curves = "".join(picture(scene, curve) for curve in (None, *scene.curves))
    findings = "".join(
        f'<div style="border-left:3px solid #b45309;background-color:#b453091c;padding:6px 12px;margin:6px 0">'
        f"{quoted(f.what)} {escape(f.why)}<br><code>{escape(f.next)}</code></div>"
        for f in scene.findings
    )
    told = [run.watched[i] for i in sorted({0, len(run.watched) - 1}) if run.watched]
    prompt = ""
    if told:
        prompt = (
            f'<div style="{HANGING};background-color:#8080801c;border-radius:6px;margin:8px 0">'
            f'<span style="{LABEL}">Watched</span>&#8203;{quoted(told[0].trace.prompt)}</div>'
        )
    return (
        f'<div style="{CARD};max-width:760px">'
        f'<div><b>{escape(scene.model)}</b> on {escape(scene.task)} <span style="{MUTED}">{steps}</span></div>'
        f"<div>{escape(scene.summary)}</div>{findings}"
        f'<div style="line-height:0;margin:8px 0">{curves}</div>{checks(scene)}{prompt}'
        f"{''.join(thought(kept) for kept in told)}</div>"
    )


def picture(scene: wire.Scene, curve: wire.Curve | None) -> str:
    """One curve, with its last value as alternative text."""
    page = Page(TOP + TALL + 24)
    wide = WIDE if curve is not None else 2 * WIDE
    panel(page, scene, curve, (2, 4, wide - 16))
    image = page.image.crop((0, 0, wide * SCALE, page.image.height))
    out = io.BytesIO()
    image.quantize(32, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    if curve is None:
        words = f"held-out pass@1: {', '.join(percent(c.value) for c in scene.checks)}"
    else:
        ends = [number(curve, v) for v in curve.values]
        words = f"{curve.title}: {f'{ends[0]} to {ends[-1]}' if ends else 'no step yet'} {curve.unit}".strip()
    data = base64.b64encode(out.getvalue()).decode("ascii")
    source = f"data:image/png;base64,{data}"
    return (
        f'<img alt="{words}" title="{words}" width="{wide}" height="{image.height // SCALE}" src="{source}">'
    )


def checks(scene: wire.Scene) -> str:
    """The checks on held-out problems, as a table."""
    if not scene.checks:
        return ""
    rows = (
        ("after step", [str(c.step) for c in scene.checks]),
        ("held-out pass@1", [percent(c.value) for c in scene.checks]),
        ("95 % interval", [f"{100 * c.low:.0f} to {100 * c.high:.0f}" for c in scene.checks]),
    )
    body = "".join(
        f'<tr style="background:none"><th style="{CELL};text-align:left;font-weight:normal;{MUTED}">{name}</th>'
        + "".join(f'<td style="{CELL}">{value}</td>' for value in values)
        + "</tr>"
        for name, values in rows
    )
    return f'<div style="overflow-x:auto"><table style="border-collapse:collapse;font-size:13px">{body}</table></div>'


def thought(kept: Kept) -> str:
    """A thought as a paragraph."""
    color, words = ("#0f766e", "right") if kept.right else ("#b45309", "wrong")
    label = (
        f'{"step " + str(kept.step) if kept.step else "before"}<br><span style="color:{color}">{words}</span>'
    )
    return (
        f'<table style="border-collapse:collapse;margin:4px 0"><tr style="background:none">'
        f'<td style="vertical-align:top;text-align:left;width:72px;{MUTED};border:0">{label}</td>'
        f'<td style="text-align:left;white-space:pre-wrap;border:0">{quoted(kept.trace.text.strip())}</td></tr></table>'
    )
