"""The saved HTML of a fork view: the thought, and the outcomes of each fork, as selectable text.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), words and bars remain.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from labkit.traces import Block, Trace, blocks
from labkit.views.core.drawable import drawables
from labkit.views.core.html import CARD, HANGING, LABEL, MUTED, quoted
from labkit.views.core.packing import texts_of
from labkit.views.core.wording import prompt_shown, said
from labkit.views.fork.contract import Bar
from labkit.views.fork.png import BAR, EMPTY, NOTE, color_of, share_png
from labkit.views.fork.wording import letter, line_of, share_said

if TYPE_CHECKING:
    from labkit.inside import Fork

MARK = "background-color:#f08c1e66;border-radius:3px"
CODE = "font-family:ui-monospace,monospace;font-size:12px"


def html(trace: Trace, forks: Sequence[Fork], bars: Sequence[Bar] = ()) -> str:
    """The whole HTML; all model text is escaped. `bars` are importances of one measure."""
    texts = drawables(texts_of(trace))
    marks = {fork.at: letter(number) for number, fork in enumerate(forks)}
    body = "".join(row(block, texts, marks) for block in blocks(trace))
    made = "".join(fork_html(fork, number) for number, fork in enumerate(forks))
    many = f"{len(forks)} fork{'' if len(forks) == 1 else 's'}"
    return (
        f'<div style="{CARD}">'
        f'<div><b>{escape(trace.model)}</b> <span style="{MUTED}">{said(trace)}; {many}</span></div>'
        f'<div style="{HANGING};background-color:#8080801c;border-radius:6px;margin:8px 0">'
        f'<span style="{LABEL}">Prompt</span>&#8203;{quoted(prompt_shown(trace))}</div>'
        f'<div style="max-height:360px;overflow-y:auto">{body}</div>{weights(bars)}{made}'
        f'<div style="{MUTED};margin-top:10px">{NOTE if forks else EMPTY}</div></div>'
    )


def weights(bars: Sequence[Bar]) -> str:
    """The importance of each step, in words."""
    if not bars:
        return ""
    said = "".join(f"<li>{quoted(bar.said)}</li>" for bar in bars)
    return (
        f'<div style="border-top:1px solid #8080804d;margin-top:10px;padding-top:8px">'
        f"<b>{bars[0].name.capitalize()} importance</b>"
        f'<ul style="margin:4px 0 4px 20px;padding:0;line-height:1.5;font-size:12px">{said}</ul></div>'
    )


def row(block: Block, texts: Sequence[str], marks: dict[int, str]) -> str:
    """A step, the answer or a tag; the tokens at which forks begin are marked."""
    label = "&nbsp;"
    if block.role == "step":
        label = f"{block.number}&ensp;{block.kind if block.kind != 'other' else 'step'}"
    elif block.role == "answer":
        label = '<b style="color:#3b82c4">Answer</b>'
    parts = []
    for i in range(block.first, block.last):
        text = quoted(texts[i].rstrip("\n") if i == block.last - 1 else texts[i])
        parts.append(
            f'<b style="{MARK}" title="fork {marks[i]}">{text}</b>' if i in marks and text.strip() else text
        )
    return f'<div style="{HANGING}"><span style="{LABEL}">{label}</span>&#8203;{"".join(parts)}</div>'


def fork_html(fork: Fork, number: int) -> str:
    """One fork: the change, the share of right answers, the outcomes, the call."""
    line = line_of(fork)
    picture = ""
    if line.share is not None:
        data = base64.b64encode(share_png(line)).decode("ascii")
        picture = f'<img alt="{share_said(line)}" width="{BAR + 2}" height="14" src="data:image/png;base64,{data}"> '
    outcomes = "".join(
        f'<li><b style="color:{color_of(g.outcome.correct)}">'
        f"{len(g)} × {({True: 'right', False: 'wrong', None: ''})[g.outcome.correct]}</b> "
        f'<code style="background:none">{quoted(g.outcome.answer or "no answer")}</code></li>'
        for g in fork.groups
    )
    return (
        f'<div style="border-top:1px solid #8080804d;margin-top:10px;padding-top:8px">'
        f"<b>{letter(number)}</b>&ensp;{quoted(line.where)}&ensp;{picture}"
        f'<span style="{MUTED}">{share_said(line)}</span>'
        f'<ul style="margin:4px 0 4px 20px;padding:0;line-height:1.5">{outcomes}</ul>'
        f'<div style="{MUTED};{CODE};overflow-wrap:anywhere">{quoted(fork.code)}</div></div>'
    )
