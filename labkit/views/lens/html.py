"""The saved HTML of a lens view: a selectable table under the strip of the whole trace.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the strip and the table
remain, and the cells that already predict the actual token are bold.
"""

from __future__ import annotations

import base64
import io
from html import escape

from PIL import Image, ImageDraw

from labkit.views.core.canvas import PAD, SCALE, WIDTH
from labkit.views.core.html import CARD, MUTED
from labkit.views.lens.color_scale import level
from labkit.views.lens.contract import UNREAD
from labkit.views.lens.png import SOME, STRIP, Picture, cell_text, row_name, strip

CELL = (
    "padding:3px 8px;min-width:34px;text-align:center;border:1px solid #80808030;white-space:nowrap;max-width:90px;"
    "overflow:hidden;text-overflow:ellipsis"
)


def html(shown: Picture) -> str:
    """The whole HTML; all model text is escaped."""
    layers = range(len(shown.texts) - 1, -1, -1)
    head = "".join(f'<th style="{CELL}">{quoted(text)}</th>' for text in shown.came)
    rows = "".join(row(shown, layer) for layer in layers)
    said = STRIP if (shown.depths != UNREAD).any() else STRIP + SOME
    return (
        f'<div style="{CARD}">'
        f'<div><b>{escape(shown.scene.model)}</b> <span style="{MUTED}">{escape(shown.title)}</span></div>'
        f'<div style="{MUTED};margin:6px 0 2px">{escape(said)}</div>{image(shown)}'
        f'<div style="overflow-x:auto;margin-top:8px"><table style="border-collapse:collapse;font-size:12px">'
        f'<tr><th style="{MUTED};text-align:left;padding-right:10px">came</th>{head}</tr>{rows}</table></div>'
        f'<div style="{MUTED};margin-top:8px">Colour: {escape(shown.legend)}. Bold: already says the token that '
        f"came. {escape(shown.note)}</div></div>"
    )


def row(shown: Picture, layer: int) -> str:
    """One layer of the table."""
    name = f'<td style="{MUTED};white-space:nowrap;padding-right:10px">{row_name(layer, shown.scene.layers)}</td>'
    cells = ""
    for column, text in enumerate(shown.texts[layer]):
        share = float(shown.shares[layer, column])
        words = quoted(text)
        shown_words = f"<b>{words}</b>" if shown.agree[layer, column] else words
        cells += f'<td title="{share:.1%}" style="{CELL};background-color:{shade(share)}">{shown_words}</td>'
    return f"<tr>{name}{cells}</tr>"


def quoted(text: str) -> str:
    """Escapes model text."""
    return escape(cell_text(text))


def shade(share: float) -> str:
    """A translucent blue, which suits light and dark pages."""
    return f"#3b82f6{round(0.55 * level(share)):02x}"


def image(shown: Picture) -> str:
    """The depth strip with a transparent background."""
    width, height = WIDTH - 2 * PAD, 36
    drawn = Image.new("RGBA", (width * SCALE, (height + 4) * SCALE), "#00000000")
    strip(ImageDraw.Draw(drawn), shown, (2, 3, width - 2, height + 1), ground="#3b82f630")
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    source = f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"
    return f'<img alt="{STRIP}" title="{STRIP}" width="{width}" height="{height + 4}" src="{source}">'
