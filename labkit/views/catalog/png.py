"""The saved outputs of the catalog: a picture, and a selectable table.

Whether a model fits depends on the machine, so it is left out.
"""

from __future__ import annotations

from html import escape

from labkit.views.catalog import contract as wire
from labkit.views.catalog.data import HEADS, cells, grouped
from labkit.views.core.canvas import INK, PAD, RULE, SCALE, SMALL, WIDTH, Page, heading
from labkit.views.core.canvas import MUTED as GREY
from labkit.views.core.html import CARD, MUTED

ROW = 21  # points
EDGES = (
    PAD,
    236,
    302,
    410,
    480,
    500,
    644,
)  # points: right edges of columns; left edges for left-aligned columns
LEFT = {0, 5, 6}
BAR = "#d6e4f5"


def title(focus: wire.Focus) -> str:
    """A caption in a few words."""
    return f"weights in {focus.precision}, by {'KV cache' if focus.sort == 'kv' else focus.sort}"


def png(scene: wire.Scene, focus: wire.Focus) -> bytes:
    """The table as a PNG file."""
    rows = [row for above, entry in grouped(scene, focus) for row in ([above] if above else []) + [entry]]
    page = Page(90 + ROW * len(rows))
    heading(page, "Open reasoning models", title(focus))
    draw_row(page, HEADS, 62, GREY)
    most = max(e.kv or 0 for e in scene.entries)
    y = 62
    for row in rows:
        y += ROW
        page.draw.line((SCALE * PAD, SCALE * (y - 15), SCALE * (WIDTH - PAD), SCALE * (y - 15)), RULE, 1)
        if isinstance(row, str):
            page.text(PAD, y, row, GREY, SMALL + 1, anchor="ls", bold=True)
            continue
        if row.kv:  # highlighted, since the KV cache does not follow the model's size
            page.box(EDGES[3] - 96 * row.kv / most, y - 13, EDGES[3] + 2, y + 4, BAR, 2)
        draw_row(page, short(cells(row, focus)), y, INK)
    page.text(
        PAD,
        y + ROW - 2,
        "? is hearsay. * as published, in fewer bits. What fits is worked out where the view is live.",
        GREY,
        SMALL,
    )
    return page.png()


def short(row: tuple[str, ...]) -> tuple[str, ...]:
    """A row without the licence of the base model, for which the saved outputs have no space."""
    licence, _, base = row[-1].partition(" over ")
    return (*row[:-1], licence + "?" * base.endswith("?"))


def draw_row(page: Page, row: tuple[str, ...], y: float, fill: str) -> None:
    """Draws one row of texts."""
    for i, (text, edge) in enumerate(zip(row, EDGES, strict=True)):
        page.text(edge, y, text, fill, SMALL + 1, anchor="ls" if i in LEFT else "rs")


def html(scene: wire.Scene, focus: wire.Focus) -> str:
    """The table as HTML: inline styles, no script."""

    def row(texts: tuple[str, ...], tag: str) -> str:
        return "<tr>" + "".join(
            f'<{tag} style="text-align:{"left" if i in LEFT else "right"};padding:2px 7px;white-space:nowrap">'
            f"{escape(text)}</{tag}>"
            for i, text in enumerate(texts)
        ) + "</tr>"  # fmt: skip

    def above(words: str) -> str:
        return f'<tr><th colspan="{len(HEADS)}" style="text-align:left;padding:8px 7px 2px">{escape(words)}</th></tr>'

    body = "".join(
        (above(words) if words else "") + row(short(cells(e, focus)), "td")
        for words, e in grouped(scene, focus)
    )
    return (
        f'<div style="{CARD}"><div><b>Open reasoning models</b> '
        f'<span style="{MUTED}">{title(focus)}; ? is hearsay</span></div>'
        f'<div style="overflow-x:auto"><table style="border-collapse:collapse;font-size:12px;'
        f'font-variant-numeric:tabular-nums">{row(HEADS, "th")}{body}</table></div></div>'
    )
