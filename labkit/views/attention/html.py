"""The saved HTML of an attention view: the picture, and the strongest weights as selectable text."""

from __future__ import annotations

import base64
from html import escape

from labkit.views.attention.contract import Focus, Glance, Look
from labkit.views.attention.data import Answers
from labkit.views.attention.wording import said, where
from labkit.views.core.canvas import WIDTH
from labkit.views.core.html import CARD, MUTED
from labkit.views.core.text_layout import printable

CELL = "padding:1px 12px 1px 0;text-align:left;border:0;background:none"


def html(answers: Answers, focus: Focus, png: bytes) -> str:
    """The whole HTML; all model text is escaped."""
    data = base64.b64encode(png).decode("ascii")
    words = f"Attention of {answers.trace.model}: {said(answers)}; layer {focus.layer}, head {focus.head}"
    return (
        f'<div style="{CARD}">'
        f'<img alt="{escape(words)}" width="{WIDTH - 34}" style="max-width:100%;border-radius:6px" '
        f'src="data:image/png;base64,{data}">{looks(answers, focus)}</div>'
    )


def looks(answers: Answers, focus: Focus) -> str:
    """The chosen token's strongest keys and strongest queries, as two short tables."""
    if focus.token is None:
        return ""
    header, _ = answers.look(focus.layer, focus.head, focus.token)
    assert isinstance(header, Look)
    texts, parts = answers.words().texts, answers.parts()

    def table(title: str, glances: list[Glance]) -> str:
        rows = "".join(
            f'<tr style="background:none"><td style="{CELL}"><code>{quoted(texts[g.position])}</code></td>'
            f'<td style="{CELL};{MUTED}">{where(parts, g.position)}</td>'
            f'<td style="{CELL};text-align:right">{100 * g.weight:.1f} %</td></tr>'
            for g in glances
        )
        body = (
            f'<table style="border:0;margin:2px 0">{rows}</table>'
            if rows
            else f'<div style="{MUTED}">nobody</div>'
        )
        return f'<div style="margin-right:36px"><b>{title}</b>{body}</div>'

    token = f"<code>{quoted(texts[focus.token])}</code> ({where(parts, focus.token)})"
    return (
        f'<div style="display:flex;flex-wrap:wrap;margin-top:10px;font-size:12px">'
        f"{table(f'What {token} looks at', header.at)}{table(f'Who looks back at {token}', header.by)}</div>"
    )


def quoted(text: str) -> str:
    """Model text, escaped; the spaces of a blank token are made visible."""
    bare = text.strip() or text.replace("\n", "⏎").replace(" ", "␣")
    return escape(printable(bare)) or "∅"
