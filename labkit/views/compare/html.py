"""The saved HTML of a compare view: the coloured text, the means and the largest differences.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the text and both tables remain.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from labkit.views.compare import contract as wire
from labkit.views.compare.color_scale import level
from labkit.views.compare.data import blocks_of, largest
from labkit.views.compare.wording import (
    KL_NOTE,
    ends,
    figures,
    kind_name,
    kinds_title,
    nats,
    note,
    probability,
    title,
)
from labkit.views.core.html import MUTED, card, escape_text, prompt_box, scroll_box, tint
from labkit.views.core.text_layout import token_label
from labkit.views.core.tinted_text import blocks_html

if TYPE_CHECKING:  # its package needs torch
    from labkit.inside import Comparison

SHADES = 16  # the 256 levels are reduced to these; neighbouring pieces of one shade share an element
LISTED = 8  # largest differences
LESS, MORE, KL = "#f08c1e", "#2f7fd0", "#a04fc0"  # as in the live view
CELL = "padding:2px 10px 2px 0;text-align:left;border:0;white-space:nowrap"
RIGHT = "padding:2px 10px;text-align:right;border:0;white-space:nowrap;font-variant-numeric:tabular-nums"


def render_html(comparisons: Sequence[Comparison], scene: wire.Scene, focus: wire.Focus) -> str:
    """The complete HTML; all model text is escaped."""
    comparison = comparisons[focus.text]
    pieces = comparison.segments
    if focus.color == "kl":
        styles = [_style("kl", piece.kl, scene.kl_top) for piece in pieces]
    else:
        styles = [_style("difference", piece.difference, scene.top) for piece in pieces]
    body = blocks_html([piece.text for piece in pieces], blocks_of(comparison), styles)
    return card(
        title(scene),
        note(scene, focus.text),
        f"{prompt_box(scene.texts[focus.text].prompt)}{scroll_box(body, 'Text', 'max-height:480px')}"
        f'<div style="{MUTED};margin-top:10px">{_legend(scene, focus.color)}</div>'
        f"{_kinds(scene)}{_largest(comparison)}",
    )


def _style(measure: wire.Measure, value: float, top: float) -> str:
    """The style of a piece; empty if the difference is too small to see."""
    shade = (SHADES - 1) * level(value, top) // 255
    color = KL if measure == "kl" else MORE if value > 0 else LESS
    return _background(color, shade) if shade else ""


def _background(color: str, shade: int) -> str:
    return f"background-color:{tint(color, 0.7 * shade / (SHADES - 1))};border-radius:2px"


def _legend(scene: wire.Scene, measure: wire.Measure) -> str:
    low, high = ends(scene, measure)
    last = SHADES - 1
    shades = [(KL, n) for n in range(0, SHADES, 2)]
    if measure == "difference":
        shades = [(LESS, n) for n in range(last, 0, -2)] + [(MORE, n) for n in range(1, SHADES, 2)]
    ramp = "".join(f'<span style="{_background(color, n)}">&nbsp;</span>' for color, n in shades)
    return f"{low} {ramp} {high}" + (f"<br>{KL_NOTE}" if measure == "kl" else "")


def _kinds(scene: wire.Scene) -> str:
    """The means as a table."""
    rows = "".join(
        f'<tr style="background:none"><td style="{CELL}">{escape_text(kind_name(mean.kind))}</td>'
        f'<td style="{RIGHT}">{figures(mean, len(scene.texts) > 1)}</td></tr>'
        for mean in scene.kinds
    )
    return _table(kinds_title(scene), rows)


def _largest(comparison: Comparison) -> str:
    """The largest differences as a table; nothing if no piece differs."""
    pieces = [comparison.segments[i] for i in largest(comparison, LISTED)]
    rows = "".join(
        f'<tr style="background:none"><td style="{CELL}"><code>{escape(token_label(piece.text))}</code></td>'
        f'<td style="{RIGHT}">{nats(piece.difference)} nats</td>'
        f'<td style="{RIGHT}">{probability(piece.logprob_a)} \u2192 {probability(piece.logprob_b)}</td>'
        f'<td style="{CELL}">character {piece.start:,}</td></tr>'
        for piece in pieces
    )
    return _table("Largest differences: p(a) \u2192 p(b)", rows) if rows else ""


def _table(name: str, rows: str) -> str:
    return (
        f'<div style="{MUTED};margin-top:10px">{name}</div>'
        f'<table style="border-collapse:collapse;font-size:13px">{rows}</table>'
    )
