"""The saved HTML of a token view: coloured, selectable tokens under an entropy strip.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the strip and the text
remain, and tokens with a high surprisal are bold.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from labkit.traces import Block, Trace
from labkit.traces.text import with_words
from labkit.views.core.canvas import PAD, WIDTH, transparent_png
from labkit.views.core.contract import Color
from labkit.views.core.drawable import drawables
from labkit.views.core.html import (
    HANGING,
    LABEL,
    MUTED,
    block_label,
    card,
    escape_text,
    image,
    prompt_box,
    scroll_box,
    tint,
)
from labkit.views.core.packing import texts_of
from labkit.views.core.wording import LEGEND, prompt_shown, summary, uncolored_reason
from labkit.views.token.png import curve, levels, strip

SHADES = 16  # the 256 levels are reduced to these; neighbouring tokens of one shade share an element


def render_html(trace: Trace, blocks: Sequence[Block], color: Color, *, running: bool = False) -> str:
    """The complete HTML; all model text is escaped."""
    low, high = LEGEND[color]
    trace = with_words(trace)
    shades = [(SHADES - 1) * s // 255 for s in levels(trace, color)]
    ramp = "".join(f'<span style="{shade(i)}">&nbsp;</span>' for i in range(SHADES))
    legend = uncolored_reason(trace) or f"{low} {ramp} {high}"
    body = "".join(block_html(trace, block, shades) for block in blocks)
    return card(
        trace.model,
        summary(trace, running=running),
        f"{prompt_box(prompt_shown(trace))}{strip_image(trace, blocks)}"
        f"{scroll_box(body, 'Thought', 'max-height:560px')}"
        f'<div style="{MUTED};margin-top:10px">{legend}</div>',
    )


def block_html(trace: Trace, block: Block, shades: Sequence[int]) -> str:
    """A step, the answer or a tag, as one paragraph."""
    text = runs(trace, block, shades)
    if not text:
        return ""
    style = HANGING
    if block.role == "answer":
        style += (
            ";margin-top:10px;background-color:#3b82c41f;border-radius:6px;box-shadow:inset 3px 0 #3b82c4"
        )
    elif block.role == "tag":
        style += ";opacity:.7"
    return f'<div style="{style}"><span style="{LABEL}">{block_label(block)}</span>&#8203;{text}</div>'


def runs(trace: Trace, block: Block, shades: Sequence[int]) -> str:
    """Groups tokens of one shade; the paragraph replaces line breaks at the end."""
    texts = drawables(texts_of(trace)[block.first : block.last])
    while texts and not texts[-1].strip("\n"):
        texts.pop()
    if texts:
        texts[-1] = texts[-1].rstrip("\n")
    out: list[str] = []
    for value, group in groupby(enumerate(texts, block.first), key=lambda pair: shades[pair[0]]):
        text = escape_text("".join(text for _, text in group))
        out.append(f'<b style="font-weight:normal;{shade(value)}">{text}</b>' if value else text)
    return "".join(out)


def shade(value: int) -> str:
    """The style of tokens of one shade: amber, stronger for a higher shade."""
    return f"background-color:{tint('#f08c1e', 0.78 * value / (SHADES - 1))};border-radius:2px"


def strip_image(trace: Trace, blocks: Sequence[Block]) -> str:
    """The strip with a transparent background."""
    title, heights = curve(trace, blocks)
    if not heights:
        return f'<div style="{MUTED}">{title}</div>'
    width, height = WIDTH - 2 * PAD, 32
    png = transparent_png(width, height, lambda draw: strip(draw, heights, (0, 0, width, height - 0.5)))
    return image(png, title, width, height)
