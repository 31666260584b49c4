"""The saved HTML of a reward view: a selectable table.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the table and its pictures remain.
"""

from __future__ import annotations

from html import escape

from labkit.views.core.html import CARD, MUTED, card, escape_text, image, mark, prompt_box, scroll_box
from labkit.views.core.text_layout import one_line
from labkit.views.core.wording import plural
from labkit.views.reward import contract as wire
from labkit.views.reward.data import GradedGroup
from labkit.views.reward.png import (
    ADVANTAGE,
    BARS,
    COLORS,
    THOUGHT,
    advantage_png,
    bars_png,
    strip_png,
    verdict,
)
from labkit.views.reward.table import Table, table_of
from labkit.views.reward.wording import UNJUDGED, lesson, number

CELL = "padding:3px 10px;text-align:left;border:0;white-space:nowrap"
RIGHT = CELL.replace("left", "right") + ";font-variant-numeric:tabular-nums"
HEADS = ("", "reward by rule", "reward", "", "advantage", "tokens", "thought", "answer")


def render_html(group: GradedGroup, focus: wire.Focus) -> str:
    """The complete HTML; all model text is escaped."""
    table = table_of(group, focus)
    scene = table.scene
    head = "".join(head_html(title) for title in HEADS)
    body = "".join(row_html(table, row) for row in table.rows)
    rows = (
        f'<table style="border-collapse:collapse;font-size:13px">'
        f'<tr style="background:none">{head}</tr>{body}</table>'
    )
    rules = "&emsp;".join(
        f'<span style="color:{COLORS[i % len(COLORS)]}">&#9632;</span> {escape(name)} × {weight:g}'
        for i, (name, weight) in enumerate(zip(scene.rules, focus.weights, strict=True))
    )
    return card(
        scene.model,
        plural(len(scene.rollouts), "rollout"),
        f"{prompt_box(scene.prompt)}<div>{rules}</div><div>{escape(lesson(table.rewards, focus.kind))}</div>"
        f"{scroll_box(rows, 'Rollouts', 'margin-top:6px')}",
        style=f"{CARD};max-width:900px",
    )


def head_html(title: str) -> str:
    """The head of a column; a column of pictures has none."""
    tag = "th" if title else "td"
    return f'<{tag} style="{CELL};font-weight:normal;{MUTED}">{title}</{tag}>'


def row_html(table: Table, row: int) -> str:
    """One rollout of the table."""
    rollout = table.scene.rollouts[row]
    values = zip(table.scene.rules, rollout.values, strict=True)
    by_rule = "; ".join(f"{name} {UNJUDGED if value is None else number(value)}" for name, value in values)
    steps = plural(sum(part.kind not in ("answer", "tag") for part in rollout.strip), "step")
    answer, color = verdict(rollout)
    advantage = table.advantage(row)
    return (
        f'<tr style="background:none"><td style="{RIGHT}">{row + 1}</td>'
        f'<td style="{CELL}">{image(bars_png(table, row), by_rule, BARS, 16)}</td>'
        f'<td style="{RIGHT}" title="{escape(by_rule)}">{number(table.rewards[row])}</td>'
        f'<td style="{CELL}">{image(advantage_png(table, row), advantage, ADVANTAGE, 16)}</td>'
        f'<td style="{RIGHT}">{advantage}</td><td style="{RIGHT}">{rollout.count:,}</td>'
        f'<td style="{CELL}">{image(strip_png(table, row), steps, THOUGHT, 16)}</td>'
        f'<td style="{CELL}">{mark(escape_text(one_line(answer, 40)), color)}</td></tr>'
    )
