"""The saved HTML of a token view: coloured, selectable tokens under an entropy strip.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the strip and the text
remain, and tokens with a high surprisal are bold.
"""

from __future__ import annotations

from collections.abc import Sequence

from labkit.traces import Block, Trace
from labkit.traces.text import with_words
from labkit.views.core.canvas import PAD, WIDTH, transparent_png
from labkit.views.core.contract import Color
from labkit.views.core.html import MUTED, card, image, prompt_box, scroll_box, tint
from labkit.views.core.packing import texts_of
from labkit.views.core.tinted_text import blocks_html
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
    body = blocks_html(texts_of(trace), blocks, [shade(value) if value else "" for value in shades])
    return card(
        trace.model,
        summary(trace, running=running),
        f"{prompt_box(prompt_shown(trace))}{strip_image(trace, blocks)}"
        f"{scroll_box(body, 'Thought', 'max-height:560px')}"
        f'<div style="{MUTED};margin-top:10px">{legend}</div>',
    )


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
