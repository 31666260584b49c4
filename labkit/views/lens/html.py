"""The saved HTML of a lens view: a selectable table under the strip of the whole trace.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the strip and the table
remain, and the cells that already predict the actual token are bold.
"""

from __future__ import annotations

from html import escape

from labkit.views.core.canvas import PAD, WIDTH, transparent_png
from labkit.views.core.html import MUTED, card, image, scroll_box, tint
from labkit.views.core.text_layout import token_label
from labkit.views.lens.color_scale import level
from labkit.views.lens.png import draw_strip
from labkit.views.lens.window import STRIP, Window, row_name

CELL = (
    "padding:3px 8px;min-width:34px;text-align:center;border:1px solid #80808030;white-space:nowrap;max-width:90px;"
    "overflow:hidden;text-overflow:ellipsis"
)


def render_html(window: Window) -> str:
    """The complete HTML; all model text is escaped."""
    layers = range(len(window.texts) - 1, -1, -1)
    head = "".join(f'<th style="{CELL}">{escape(token_label(text))}</th>' for text in window.came)
    rows = "".join(row_html(window, layer) for layer in layers)
    corner = f'<th style="{MUTED};text-align:left;padding-right:10px">came</th>'
    table = f'<table style="border-collapse:collapse;font-size:12px"><tr>{corner}{head}</tr>{rows}</table>'
    return card(
        window.scene.model,
        window.title,
        f'<div style="{MUTED};margin:6px 0 2px">{escape(window.strip_title)}</div>{strip_image(window)}'
        f"{scroll_box(table, 'Layers and tokens', 'margin-top:8px')}"
        f'<div style="{MUTED};margin-top:8px">Colour: {escape(window.legend)}. Bold: already says the token that '
        f"came. {escape(window.note)}</div>",
    )


def row_html(window: Window, layer: int) -> str:
    """One layer of the table."""
    name = f'<td style="{MUTED};white-space:nowrap;padding-right:10px">{row_name(layer, window.scene.layers)}</td>'
    cells = ""
    for column, text in enumerate(window.texts[layer]):
        share = float(window.shares[layer, column])
        label = escape(token_label(text))
        label = f"<b>{label}</b>" if window.agree[layer, column] else label
        color = tint("#3b82f6", 0.55 * level(share) / 255)
        cells += f'<td title="{share:.1%}" style="{CELL};background-color:{color}">{label}</td>'
    return f"<tr>{name}{cells}</tr>"


def strip_image(window: Window) -> str:
    """The depth strip with a transparent background."""
    width, height = WIDTH - 2 * PAD, 36
    box = (2, 3, width - 2, height + 1)
    png = transparent_png(
        width, height + 4, lambda draw: draw_strip(draw, window, box, background="#3b82f630")
    )  # fmt: skip
    return image(png, STRIP, width, height + 4)
