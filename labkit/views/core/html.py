"""The parts of a saved HTML output: inline styles, a card, the prompt, small pictures. No script, no SVG.

Each function escapes the model text that it gets; what is called `body` is HTML already.
"""

from __future__ import annotations

import base64
from html import escape

from labkit.traces import Block
from labkit.views.core.text_layout import one_line, printable
from labkit.views.core.wording import kind_label

MUTED = "opacity:.7;font-size:11px"  # no grey has a contrast of 4.5 on both a white and a dark page
LABEL = f"display:inline-block;width:72px;text-indent:0;white-space:nowrap;{MUTED}"
HANGING = "margin:2px 0;padding:3px 10px 3px 82px;text-indent:-72px;white-space:pre-wrap"
CARD = (
    "max-width:760px;border:1px solid #8080804d;border-radius:8px;padding:12px 16px;"
    "font-family:system-ui,sans-serif;font-size:14px;line-height:1.6"
)
PROMPT = f"{HANGING};background-color:#8080801c;border-radius:6px;margin:8px 0"


def escape_text(text: str) -> str:
    """Escapes model text; control characters become symbols."""
    return escape(printable(text))


def untypeset(page: str) -> str:
    """The same HTML, in which MathJax typesets no formula: a model's `$x$` is text, and so is a price in dollars.

    The first class is that of MathJax 3 and 4 (JupyterLab), the second that of MathJax 2 (nbconvert, nbviewer).
    """
    return f'<div class="mathjax_ignore tex2jax_ignore">{page}</div>'


def card(title: str, note: str, body: str, *, style: str = CARD) -> str:
    """The frame of a saved output: a title in bold, a short note beside it, and the body below."""
    head = f'<div><b>{escape_text(title)}</b> <span style="{MUTED}">{escape_text(note)}</span></div>'
    return f'<div style="{style}">{head}{body}</div>'


def prompt_box(prompt: str, label: str = "Prompt") -> str:
    """The prompt with its label, on a grey background."""
    return f'<div style="{PROMPT}"><span style="{LABEL}">{label}</span>&#8203;{escape_text(prompt)}</div>'


def block_label(block: Block) -> str:
    """The label beside a block: the number and kind of a step, or "Answer"; a space for a tag."""
    if block.role == "step":
        return f"{block.number}&ensp;{escape(one_line(kind_label(block.kind), 10))}"
    return "<b>Answer</b>" if block.role == "answer" else "&nbsp;"


def mark(body: str, color: str) -> str:
    """A few words on a translucent colour, in the page's own text colour: readable on light and dark pages."""
    style = f"background-color:{tint(color, 0.25)};border-radius:3px;padding:0 4px"
    return f'<span style="{style}">{body}</span>'


def scroll_box(body: str, label: str, style: str) -> str:
    """A box whose content may scroll, which the keyboard reaches; `style` says how far it grows."""
    return f'<div tabindex="0" role="group" aria-label="{escape(label)}" style="overflow:auto;{style}">{body}</div>'


def image(png: bytes, alt: str, width: float, height: float | None = None, *, style: str = "") -> str:
    """A picture with its alternative text, which is also the tooltip; lengths in points."""
    text = escape(alt)
    size = f'width="{width:g}"' + (f' height="{height:g}"' if height is not None else "")
    styled = f' style="{style}"' if style else ""
    data = base64.b64encode(png).decode("ascii")
    return f'<img alt="{text}" title="{text}" {size}{styled} src="data:image/png;base64,{data}">'


def tint(color: str, opacity: float) -> str:
    """A translucent colour, which suits light and dark pages; `opacity` from 0 to 1.

    >>> tint("#f08c1e", 0.5)
    '#f08c1e80'
    """
    return f"{color}{round(255 * opacity):02x}"
