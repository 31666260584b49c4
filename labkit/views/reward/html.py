"""The saved HTML of a reward view: a selectable table.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the table and its pictures remain.
"""

from __future__ import annotations

import base64
from html import escape

from labkit.views.core.html import CARD, HANGING, LABEL, MUTED, quoted
from labkit.views.reward import contract as wire
from labkit.views.reward import data
from labkit.views.reward.png import (
    BARS,
    COLORS,
    GAIN,
    THOUGHT,
    cut,
    gain_png,
    stack_png,
    strip_png,
    verdict,
)
from labkit.views.reward.wording import UNJUDGED, bars, lesson, number, order, plural

CELL = "padding:3px 10px;text-align:left;border:0;white-space:nowrap"
RIGHT = CELL.replace("left", "right") + ";font-variant-numeric:tabular-nums"


def html(judged: data.Judged, focus: wire.Focus) -> str:
    """The whole HTML; all model text is escaped."""
    scene = data.scene_of(judged)
    rewards = data.totals(judged, focus.weights)
    gains = data.advantages(rewards, focus.kind)
    stacked = [bars(r.values, focus.weights) for r in scene.rollouts]
    longest = max((r.count for r in scene.rollouts), default=1) or 1
    body = ""
    for row in order(rewards, gains, [r.count for r in scene.rollouts], focus.sort, focus.down):
        rollout = scene.rollouts[row]
        words, color = verdict(rollout)
        by_rule = "; ".join(
            f"{name} {said(value)}" for name, value in zip(scene.rules, rollout.values, strict=True)
        )
        steps = plural(sum(part.kind not in ("answer", "tag") for part in rollout.strip), "step")
        advantage = number(gains[row], sign=True) if rewards[row] is not None else "–"
        body += (
            f'<tr style="background:none"><td style="{RIGHT}">{row + 1}</td>'
            f'<td style="{CELL}">{image(stack_png(stacked, row), BARS, by_rule)}</td>'
            f'<td style="{RIGHT}" title="{escape(by_rule)}">{number(rewards[row])}</td>'
            f'<td style="{CELL}">{image(gain_png(gains, row), GAIN - 44, advantage)}</td>'
            f'<td style="{RIGHT}">{advantage}</td><td style="{RIGHT}">{rollout.count:,}</td>'
            f'<td style="{CELL}">{image(strip_png(rollout, longest), THOUGHT, steps)}</td>'
            f'<td style="{CELL};color:{color}">{quoted(cut(words, 40))}</td></tr>'
        )
    heads = ("", "reward by rule", "reward", "", "advantage", "tokens", "thought", "answer")
    head = "".join(f'<th style="{CELL};font-weight:normal;{MUTED}">{words}</th>' for words in heads)
    rules = "&emsp;".join(
        f'<span style="color:{COLORS[i % len(COLORS)]}">&#9632;</span> {escape(name)} × {weight:g}'
        for i, (name, weight) in enumerate(zip(scene.rules, focus.weights, strict=True))
    )
    return (
        f'<div style="{CARD};max-width:900px">'
        f'<div><b>{escape(scene.model)}</b> <span style="{MUTED}">{plural(len(scene.rollouts), "rollout")}</span></div>'
        f'<div style="{HANGING};background-color:#8080801c;border-radius:6px;margin:8px 0">'
        f'<span style="{LABEL}">Prompt</span>&#8203;{quoted(scene.prompt)}</div>'
        f"<div>{rules}</div><div>{escape(lesson(rewards, focus.kind))}</div>"
        f'<div style="overflow-x:auto"><table style="border-collapse:collapse;font-size:13px;margin-top:6px">'
        f'<tr style="background:none">{head}</tr>{body}</table></div></div>'
    )


def said(value: float | None) -> str:
    """A value as text, or a note that it is missing."""
    return UNJUDGED if value is None else number(value)


def image(png: bytes, width: float, alt: str) -> str:
    """A small picture with an alternative text."""
    data = base64.b64encode(png).decode("ascii")
    words = escape(alt, quote=True)
    return f'<img alt="{words}" title="{words}" width="{width:g}" height="16" src="data:image/png;base64,{data}">'
