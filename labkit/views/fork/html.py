"""The saved HTML of a fork view: the thought, and the outcomes of each fork, as selectable text.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), words and bars remain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.traces import Block, Trace, blocks
from labkit.views.core.drawable import drawables
from labkit.views.core.html import (
    HANGING,
    LABEL,
    MUTED,
    block_label,
    card,
    escape_text,
    image,
    mark,
    prompt_box,
    scroll_box,
)
from labkit.views.core.packing import texts_of
from labkit.views.core.wording import plural, prompt_shown, summary
from labkit.views.fork.contract import ImportanceBar
from labkit.views.fork.png import BAR, EMPTY, NOTE, color_of, share_png
from labkit.views.fork.wording import VERDICTS, fork_summary, letter, share_text

if TYPE_CHECKING:
    from labkit.inside import Fork

MARK = "background-color:#f08c1e66;border-radius:3px"
CODE = "font-family:ui-monospace,monospace;font-size:12px"
SECTION = "border-top:1px solid #8080804d;margin-top:10px;padding-top:8px"


def render_html(trace: Trace, forks: Sequence[Fork], bars: Sequence[ImportanceBar] = ()) -> str:
    """The complete HTML; all model text is escaped. `bars` are importances of one measure."""
    texts = drawables(texts_of(trace))
    marks = {fork.at: letter(number) for number, fork in enumerate(forks)}
    body = "".join(block_html(block, texts, marks) for block in blocks(trace))
    sections = "".join(fork_html(fork, number) for number, fork in enumerate(forks))
    return card(
        trace.model,
        f"{summary(trace)}; {plural(len(forks), 'fork')}",
        f"{prompt_box(prompt_shown(trace))}{scroll_box(body, 'Thought', 'max-height:360px')}"
        f"{importances_html(bars)}{sections}"
        f'<div style="{MUTED};margin-top:10px">{NOTE if forks else EMPTY}</div>',
    )


def importances_html(bars: Sequence[ImportanceBar]) -> str:
    """The importance of each step, in words."""
    if not bars:
        return ""
    items = "".join(f"<li>{escape_text(bar.said)}</li>" for bar in bars)
    return (
        f'<div style="{SECTION}"><b>{bars[0].name.capitalize()} importance</b>'
        f'<ul style="margin:4px 0 4px 20px;padding:0;line-height:1.5;font-size:12px">{items}</ul></div>'
    )


def block_html(block: Block, texts: Sequence[str], marks: dict[int, str]) -> str:
    """A step, the answer or a tag; the tokens at which forks begin are marked."""
    parts = []
    for i in range(block.first, block.last):
        text = escape_text(texts[i].rstrip("\n") if i == block.last - 1 else texts[i])
        is_marked = i in marks and text.strip()
        parts.append(f'<b style="{MARK}" title="fork {marks[i]}">{text}</b>' if is_marked else text)
    label = f'<span style="{LABEL}">{block_label(block)}</span>'
    return f'<div style="{HANGING}">{label}&#8203;{"".join(parts)}</div>'


def fork_html(fork: Fork, number: int) -> str:
    """One fork: the change, the share of right answers, the outcomes, the call."""
    line = fork_summary(fork)
    share = share_text(line)
    picture = "" if line.share is None else image(share_png(line), share, BAR + 2, 14) + " "
    outcomes = "".join(
        f"<li>{mark(f'<b>{len(g)} × {VERDICTS[g.outcome.correct]}</b>', color_of(g.outcome.correct))} "
        f'<code style="background:none">{escape_text(g.outcome.answer or "no answer")}</code></li>'
        for g in fork.groups
    )
    return (
        f'<div style="{SECTION}"><b>{letter(number)}</b>&ensp;{escape_text(line.where)}&ensp;{picture}'
        f'<span style="{MUTED}">{share}</span>'
        f'<ul style="margin:4px 0 4px 20px;padding:0;line-height:1.5">{outcomes}</ul>'
        f'<div style="{MUTED};{CODE};overflow-wrap:anywhere">{escape_text(fork.code)}</div></div>'
    )
