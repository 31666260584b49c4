"""The saved HTML of the catalog: a selectable table, with inline styles and no script.

Whether a model fits depends on the machine, so it is left out.
"""

from __future__ import annotations

from html import escape

from labkit.views.catalog import contract as wire
from labkit.views.catalog.data import HEADS, cells, grouped
from labkit.views.catalog.png import LEFT_ALIGNED, TITLE, caption, without_base_licence
from labkit.views.core.html import card, scroll_box


def render_html(scene: wire.Scene, focus: wire.Focus) -> str:
    """The complete HTML."""
    body = "".join(
        (group_html(group) if group else "") + row_html(without_base_licence(cells(entry, focus)), "td")
        for group, entry in grouped(scene, focus)
    )
    table = (
        f'<table style="border-collapse:collapse;font-size:12px;font-variant-numeric:tabular-nums">'
        f"{row_html(HEADS, 'th')}{body}</table>"
    )
    return card(TITLE, f"{caption(focus)}; ? was not verified", scroll_box(table, "Models", ""))


def row_html(texts: tuple[str, ...], tag: str) -> str:
    """One row of the table; `tag` is td or th."""
    aligned = ["left" if i in LEFT_ALIGNED else "right" for i in range(len(texts))]
    return "<tr>" + "".join(
        f'<{tag} style="text-align:{align};padding:2px 7px;white-space:nowrap">{escape(text)}</{tag}>'
        for text, align in zip(texts, aligned, strict=True)
    ) + "</tr>"  # fmt: skip


def group_html(group: str) -> str:
    """The heading of a group of models."""
    return f'<tr><th colspan="{len(HEADS)}" style="text-align:left;padding:8px 7px 2px">{escape(group)}</th></tr>'
