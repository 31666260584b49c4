"""The saved picture of the catalog, drawn with Pillow at two pixels per point.

Whether a model fits depends on the machine, so it is left out.
"""

from __future__ import annotations

from labkit.views.catalog import contract as wire
from labkit.views.catalog.data import HEADS, cells, grouped
from labkit.views.core.canvas import INK, MUTED, PAD, RULE, SCALE, SMALL, WIDTH, Page, heading

ROW = 21  # points
MOST = 64  # rows of the picture
LEFT_ALIGNED = {0, 5, 6}
EDGES = (
    PAD,
    236,
    302,
    410,
    480,
    500,
    644,
)  # points: the left edge of a left-aligned column, else the right edge
BAR = "#d6e4f5"
TITLE = "Open reasoning models"
NOTE = "? was not verified. * as published, in fewer bits. What fits is worked out where the view is live."


def caption(focus: wire.Focus) -> str:
    """The precision and the order, in a few words."""
    return f"weights in {focus.precision}, by {'KV cache' if focus.sort == 'kv' else focus.sort}"


def render_png(scene: wire.Scene, focus: wire.Focus) -> bytes:
    """The table as a PNG file."""
    rows = [row for group, entry in grouped(scene, focus) for row in ([group] if group else []) + [entry]]
    left_out = sum(not isinstance(row, str) for row in rows[MOST:])
    rows = rows[:MOST]
    page = Page(90 + ROW * len(rows))
    heading(page, TITLE, caption(focus))
    draw_row(page, HEADS, 62, MUTED)
    largest = max(e.kv or 0 for e in scene.entries)
    y = 62
    for row in rows:
        y += ROW
        page.draw.line((SCALE * PAD, SCALE * (y - 15), SCALE * (WIDTH - PAD), SCALE * (y - 15)), RULE, 1)
        if isinstance(row, str):
            page.text(PAD, y, row, MUTED, SMALL + 1, anchor="ls", bold=True)
            continue
        if row.kv:  # highlighted, since the KV cache does not follow the model's size
            page.box(EDGES[3] - 96 * row.kv / largest, y - 13, EDGES[3] + 2, y + 4, BAR, 2)
        draw_row(page, without_base_licence(cells(row, focus)), y, INK)
    more = f"{left_out} more models stand in the live view. " if left_out else ""
    page.text(PAD, y + ROW - 2, more + NOTE, MUTED, SMALL)
    return page.png()


def without_base_licence(row: tuple[str, ...]) -> tuple[str, ...]:
    """A row without the licence of the base model, for which the saved outputs have no space."""
    licence, _, base = row[-1].partition(" over ")
    return (*row[:-1], licence + "?" * base.endswith("?"))


def draw_row(page: Page, row: tuple[str, ...], y: float, fill: str) -> None:
    """Draws one row of texts."""
    for i, (text, edge) in enumerate(zip(row, EDGES, strict=True)):
        page.text(edge, y, text, fill, SMALL + 1, anchor="ls" if i in LEFT_ALIGNED else "rs")
