"""The saved face with text that can be selected: coloured tokens under an entropy strip.

Inline styles only, no script, no SVG. Where a page strips styles (GitHub), the strip and the text
remain, and the tokens that surprised the model are bold.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from itertools import groupby

from PIL import Image

from labkit.traces import Trace
from labkit.views._contract import Block, Color
from labkit.views._layout import printable
from labkit.views._still import PAD, WIDTH, Page, levels, strip
from labkit.views._words import LEGEND, said

SHADES = 16  # of the 256 levels: neighbours of one shade share one element
MUTED = "color:#7a828e;font-size:11px"
CARD = (
    "max-width:760px;border:1px solid #8080804d;border-radius:8px;padding:12px 16px;"
    "font-family:system-ui,sans-serif;font-size:14px;line-height:1.6"
)


def html(trace: Trace, blocks: Sequence[Block], color: Color) -> str:
    """The whole face; every character of the model's is escaped."""
    low, high = LEGEND[color]
    shades = [(SHADES - 1) * s // 255 for s in levels(trace, color)]
    ramp = "".join(f'<span style="{shade(i)}">&nbsp;</span>' for i in range(SHADES))
    body = "".join(block_html(trace, block, shades) for block in blocks)
    return (
        f'<div style="{CARD}">'
        f'<div><b>{escape(trace.model)}</b> <span style="{MUTED}">{said(trace)}</span></div>'
        f'<div style="background-color:#80808018;border-radius:6px;padding:6px 10px;margin:8px 0">'
        f'<span style="{MUTED}">Prompt&ensp;</span>{escape(printable(trace.prompt))}</div>'
        f"{picture(trace)}{body}"
        f'<div style="{MUTED};margin-top:10px">{low} {ramp} {high}</div></div>'
    )


def block_html(trace: Trace, block: Block, shades: Sequence[int]) -> str:
    """A step, the answer or a tag, as one paragraph."""
    text = runs(trace, block, shades)
    if not text:
        return ""
    style, label = "margin:3px 0;white-space:pre-wrap", ""
    if block.role == "step":
        label = f'<span style="{MUTED}">{block.number}&ensp;{block.kind if block.kind != "other" else "step"}&ensp;</span>'
    elif block.role == "answer":
        style += ";border-left:3px solid #3b82c4;padding-left:10px;margin-top:8px"
        label = '<b style="color:#3b82c4;font-size:11px">Answer&ensp;</b>'
    else:
        style += ";color:#7a828e"
    return f'<div style="{style}">{label}{text}</div>'


def runs(trace: Trace, block: Block, shades: Sequence[int]) -> str:
    """Tokens of one shade together; line breaks at the end are the paragraph's own."""
    texts = trace.tokens.texts
    out: list[str] = []
    for value, group in groupby(range(block.first, block.last), key=lambda i: shades[i]):
        text = "".join(texts[i] for i in group) if texts else ""
        out.append(f'<b style="font-weight:normal;{shade(value)}">{quoted(text)}</b>' if value else quoted(text))
    return "".join(out).rstrip("\n")


def quoted(text: str) -> str:
    """Model text as text."""
    return escape(printable(text))


def shade(value: int) -> str:
    """A translucent amber, so that it sits on a light page and on a dark one."""
    alpha = round(255 * 0.62 * value / (SHADES - 1))
    return f"background-color:#f08c1e{alpha:02x};border-radius:2px"


def picture(trace: Trace) -> str:
    """The entropy strip."""
    page = Page(44)
    strip(page, trace, 0, 8, WIDTH - 2 * PAD, 34)
    page.image = page.image.crop((0, 0, (WIDTH - 2 * PAD) * 2, 88))
    assert isinstance(page.image, Image.Image)
    data = base64.b64encode(page.png()).decode("ascii")
    return f'<img alt="Entropy over the thought" width="{WIDTH - 2 * PAD}" height="44" src="data:image/png;base64,{data}">'
