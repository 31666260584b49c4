"""The saved HTML of an attention view: the picture, and the strongest weights as selectable text."""

from __future__ import annotations

from html import escape

from labkit.views.attention.contract import Focus, TokenAttention, WeightedPosition
from labkit.views.attention.data import AttentionQueries
from labkit.views.attention.wording import part_name, summary
from labkit.views.core.canvas import WIDTH
from labkit.views.core.html import CARD, MUTED, image
from labkit.views.core.text_layout import token_label

CELL = "padding:1px 12px 1px 0;text-align:left;border:0;background:none"


def render_html(queries: AttentionQueries, focus: Focus, png: bytes) -> str:
    """The complete HTML; all model text is escaped."""
    alt = f"Attention of {queries.trace.model}: {summary(queries)}; layer {focus.layer}, head {focus.head}"
    picture = image(png, alt, WIDTH - 34, style="max-width:100%;border-radius:6px")
    return f'<div style="{CARD}">{picture}{attention_tables(queries, focus)}</div>'


def attention_tables(queries: AttentionQueries, focus: Focus) -> str:
    """The strongest weights from and to the chosen token, as two short tables."""
    if focus.token is None:
        return ""
    header, _ = queries.token_attention(focus.layer, focus.head, focus.token)
    assert isinstance(header, TokenAttention)
    texts, parts = queries.words().texts, queries.parts()

    def table(title: str, positions: list[WeightedPosition]) -> str:
        rows = "".join(
            f'<tr style="background:none"><td style="{CELL}"><code>{escape(token_label(texts[p.position]))}</code></td>'
            f'<td style="{CELL};{MUTED}">{part_name(parts, p.position)}</td>'
            f'<td style="{CELL};text-align:right">{100 * p.weight:.1f} %</td></tr>'
            for p in positions
        )
        empty = f'<div style="{MUTED}">no token</div>'
        body = f'<table style="border:0;margin:2px 0">{rows}</table>' if rows else empty
        return f'<div style="margin-right:36px"><b>{title}</b>{body}</div>'

    token = f"<code>{escape(token_label(texts[focus.token]))}</code> ({part_name(parts, focus.token)})"
    return (
        f'<div style="display:flex;flex-wrap:wrap;margin-top:10px;font-size:12px">'
        f"{table(f'What {token} looks at', header.at)}{table(f'Who looks back at {token}', header.by)}</div>"
    )
