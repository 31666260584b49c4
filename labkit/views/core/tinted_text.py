"""A text in a saved HTML output: one paragraph for each block, with a style for each token or piece."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from labkit.traces import Block
from labkit.views.core.drawable import drawables
from labkit.views.core.html import HANGING, LABEL, block_label, escape_text

ANSWER = ";margin-top:10px;background-color:#3b82c41f;border-radius:6px;box-shadow:inset 3px 0 #3b82c4"


def blocks_html(texts: Sequence[str], blocks: Sequence[Block], styles: Sequence[str]) -> str:
    """The paragraphs of a text; all model text is escaped.

    Args:
        texts: of each token or piece, (T,).
        styles: the inline style of each, (T,); empty for plain text. Neighbours of one style share an element.
    """
    return "".join(_block(texts[block.first : block.last], block, styles) for block in blocks)


def _block(texts: Sequence[str], block: Block, styles: Sequence[str]) -> str:
    """A step, the answer or a tag, as one paragraph."""
    text = _runs(texts, styles[block.first : block.last])
    if not text:
        return ""
    style = HANGING + {"answer": ANSWER, "tag": ";opacity:.7"}.get(block.role, "")
    return f'<div style="{style}"><span style="{LABEL}">{block_label(block)}</span>&#8203;{text}</div>'


def _runs(texts: Sequence[str], styles: Sequence[str]) -> str:
    """Groups tokens of one style; the paragraph replaces line breaks at the end."""
    drawn = drawables(texts)
    while drawn and not drawn[-1].strip("\n"):
        drawn.pop()
    if drawn:
        drawn[-1] = drawn[-1].rstrip("\n")
    out: list[str] = []
    for style, group in groupby(zip(drawn, styles, strict=False), key=lambda pair: pair[1]):
        text = escape_text("".join(text for text, _ in group))
        out.append(f'<b style="font-weight:normal;{style}">{text}</b>' if style else text)
    return "".join(out)
