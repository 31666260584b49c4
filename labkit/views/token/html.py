"""The saved HTML of a token view: coloured, selectable tokens under an entropy strip.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the strip and the text
remain, and tokens with a high surprisal are bold.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from itertools import groupby

from PIL import Image, ImageDraw

from labkit.traces import Block, Trace
from labkit.traces.text import with_words
from labkit.views.core.canvas import PAD, SCALE, WIDTH
from labkit.views.core.contract import Color
from labkit.views.core.drawable import drawables
from labkit.views.core.html import CARD, HANGING, LABEL, MUTED, quoted
from labkit.views.core.packing import texts_of
from labkit.views.core.wording import LEGEND, blind, prompt_shown, said
from labkit.views.token.png import curve, levels, strip

SHADES = 16  # the 256 levels are reduced to these; neighbouring tokens of one shade share an element


def html(trace: Trace, blocks: Sequence[Block], color: Color, *, running: bool = False) -> str:
    """The whole HTML; all model text is escaped."""
    low, high = LEGEND[color]
    trace = with_words(trace)
    shades = [(SHADES - 1) * s // 255 for s in levels(trace, color)]
    ramp = "".join(f'<span style="{shade(i)}">&nbsp;</span>' for i in range(SHADES))
    legend = blind(trace) or f"{low} {ramp} {high}"
    body = "".join(block_html(trace, block, shades) for block in blocks)
    return (
        f'<div style="{CARD}">'
        f'<div><b>{escape(trace.model)}</b> <span style="{MUTED}">{said(trace, running=running)}</span></div>'
        f'<div style="{HANGING};background-color:#8080801c;border-radius:6px;margin:8px 0">'
        f'<span style="{LABEL}">Prompt</span>&#8203;{quoted(prompt_shown(trace))}</div>'
        f'{picture(trace, blocks)}<div style="max-height:560px;overflow-y:auto">{body}</div>'
        f'<div style="{MUTED};margin-top:10px">{legend}</div></div>'
    )


def block_html(trace: Trace, block: Block, shades: Sequence[int]) -> str:
    """A step, the answer or a tag, as one paragraph."""
    text = runs(trace, block, shades)
    if not text:
        return ""
    style, label = HANGING, ""
    if block.role == "step":
        label = f"{block.number}&ensp;{block.kind if block.kind != 'other' else 'step'}"
    elif block.role == "answer":
        style += ";margin-top:10px;background-color:#3b82c41f;border-radius:6px"
        label = '<b style="color:#3b82c4">Answer</b>'
    else:
        style += ";color:#7a828e"
    return f'<div style="{style}"><span style="{LABEL}">{label or "&nbsp;"}</span>&#8203;{text}</div>'


def runs(trace: Trace, block: Block, shades: Sequence[int]) -> str:
    """Groups tokens of one shade; the paragraph replaces line breaks at the end."""
    texts = drawables(texts_of(trace)[block.first : block.last])
    while texts and not texts[-1].strip("\n"):
        texts.pop()
    if texts:
        texts[-1] = texts[-1].rstrip("\n")
    out: list[str] = []
    for value, group in groupby(enumerate(texts, block.first), key=lambda pair: shades[pair[0]]):
        text = quoted("".join(text for _, text in group))
        out.append(f'<b style="font-weight:normal;{shade(value)}">{text}</b>' if value else text)
    return "".join(out)


def shade(value: int) -> str:
    """A translucent amber, which suits light and dark pages."""
    alpha = round(255 * 0.78 * value / (SHADES - 1))
    return f"background-color:#f08c1e{alpha:02x};border-radius:2px"


def picture(trace: Trace, blocks: Sequence[Block]) -> str:
    """The strip with a transparent background."""
    words, heights = curve(trace, blocks)
    if not heights:
        return f'<div style="{MUTED}">{words}</div>'
    width, height = WIDTH - 2 * PAD, 32
    image = Image.new("RGBA", (width * SCALE, height * SCALE), "#00000000")
    strip(ImageDraw.Draw(image), heights, (0, 0, width, height - 0.5))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    data = base64.b64encode(out.getvalue()).decode("ascii")
    source = f"data:image/png;base64,{data}"
    return f'<img alt="{words}" title="{words}" width="{width}" height="{height}" src="{source}">'
