"""The saved HTML of a scaling view: the chart as a picture, the comparisons and the table as selectable text.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the table remains.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from labkit.views.core.canvas import WIDTH
from labkit.views.core.html import MUTED, card, image, scroll_box
from labkit.views.scaling import contract as wire
from labkit.views.scaling.png import chart_png, foot_of, shown

CELL = "padding:2px 12px 2px 0;text-align:right;border:0;white-space:nowrap;font-variant-numeric:tabular-nums"
LEFT_CELL = f"{CELL};text-align:left"


def render_html(scene: wire.Scene, focus: wire.Focus) -> str:
    """The complete HTML; all labels are escaped."""
    summary = "".join(f"<div>{escape(text)}</div>" for text in scene.summary)
    names = "; ".join(curve.name for curve in shown(scene, focus))
    picture = image(
        chart_png(scene, focus), f"Right answers against {scene.titles[focus.axis]}: {names}", WIDTH - 40
    )
    foot = "".join(f'<div style="{MUTED}">{escape(text)}</div>' for text in foot_of(scene, focus))
    return card(
        scene.title, scene.note, f'{summary}<div style="margin:8px 0">{picture}</div>{foot}{table(scene)}'
    )


def table(scene: wire.Scene) -> str:
    """All points: one row each, with the name of its curve."""
    head = row(scene.heads, "th", f"font-weight:normal;{MUTED}")
    body = "".join(row((curve.name, *point.cells), "td") for curve in scene.curves for point in curve.points)
    style = "border-collapse:collapse;margin:0;font-size:13px"
    return scroll_box(
        f'<table style="{style}"><thead>{head}</thead><tbody>{body}</tbody></table>', "All points", ""
    )


def row(texts: Sequence[str], tag: str, style: str = "") -> str:
    """One row of the table; `tag` is td or th."""
    cells = "".join(
        f'<{tag} style="{CELL if i else LEFT_CELL};{style}">{escape(text)}</{tag}>'
        for i, text in enumerate(texts)
    )
    return f'<tr style="background:none">{cells}</tr>'
