"""The saved faces of the catalog: a picture, and a table that can be selected.

What fits here is of one machine, and is left out.
"""

from __future__ import annotations

from html import escape

from labkit.views import _contract_catalog as wire
from labkit.views._catalog_data import HEADS, cells, ordered
from labkit.views._html import CARD, MUTED
from labkit.views._still import INK, PAD, RULE, SCALE, SMALL, WIDTH, Page, heading
from labkit.views._still import MUTED as GREY

ROW = 21  # points
EDGES = (
    PAD,
    236,
    306,
    426,
    496,
    512,
)  # points: where the columns end, the first and the last where they begin
BAR = "#d6e4f5"


def title(focus: wire.Focus) -> str:
    """What is shown, in a few words."""
    return f"weights in {focus.precision}, by {'KV cache' if focus.sort == 'kv' else focus.sort}"


def png(scene: wire.Scene, focus: wire.Focus) -> bytes:
    """The table as a PNG file."""
    rows = ordered(scene, focus)
    page = Page(90 + ROW * len(rows))
    heading(page, "Open reasoning models", title(focus))
    draw_row(page, HEADS, 62, GREY)
    most = max(e.kv or 0 for e in rows)
    for i, entry in enumerate(rows):
        y = 62 + ROW * (i + 1)
        page.draw.line((SCALE * PAD, SCALE * (y - 15), SCALE * (WIDTH - PAD), SCALE * (y - 15)), RULE, 1)
        if entry.kv:  # the surprise of the table: it does not go with the size
            page.box(EDGES[3] - 112 * entry.kv / most, y - 13, EDGES[3] + 2, y + 4, BAR, 2)
        draw_row(page, cells(entry, focus), y, INK)
    page.text(
        PAD,
        62 + ROW * (len(rows) + 1) - 2,
        "? is hearsay. What fits is worked out where the view is live.",
        GREY,
        SMALL,
    )
    return page.png()


def draw_row(page: Page, row: tuple[str, ...], y: float, fill: str) -> None:
    """One row of texts."""
    for i, (text, edge) in enumerate(zip(row, EDGES, strict=True)):
        page.text(edge, y, text, fill, SMALL + 1, anchor="ls" if i in (0, len(row) - 1) else "rs")


def html(scene: wire.Scene, focus: wire.Focus) -> str:
    """The table as HTML: inline styles, no script."""

    def row(texts: tuple[str, ...], tag: str) -> str:
        sides = ["left", *["right"] * (len(texts) - 2), "left"]
        return "<tr>" + "".join(
            f'<{tag} style="text-align:{side};padding:2px 10px;white-space:nowrap">{escape(text)}</{tag}>'
            for text, side in zip(texts, sides, strict=True)
        ) + "</tr>"  # fmt: skip

    body = "".join(row(cells(e, focus), "td") for e in ordered(scene, focus))
    return (
        f'<div style="{CARD}"><div><b>Open reasoning models</b> '
        f'<span style="{MUTED}">{title(focus)}; ? is hearsay</span></div>'
        f'<table style="border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums">'
        f"{row(HEADS, 'th')}{body}</table></div>"
    )
