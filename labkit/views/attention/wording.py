"""The texts of an attention view's saved outputs; the live view has the same."""

from __future__ import annotations

from labkit.traces import Block
from labkit.views.attention.contract import How
from labkit.views.attention.data import AttentionQueries

POOLED: dict[How, str] = {"max": "the largest", "mean": "the mean", "sum": "the sum"}


def summary(queries: AttentionQueries) -> str:
    """The size of the data; the same at every run."""
    inside = queries.inside
    return f"{queries.count:,} tokens, {inside.layers} layers x {inside.heads} heads"


def pooled(down: int, across: int, how: How) -> str:
    """The number of weights per pixel, in words.

    >>> pooled(3, 3, "max")
    'Each pixel is the largest of 3 x 3 weights.'
    """
    if down * across == 1:
        return "One square is one weight; nothing is pooled."
    return f"Each pixel is {POOLED[how]} of {down} x {across} weights."


def label_of(part: Block) -> str:
    """The label of a part; a number means a step."""
    return str(part.number) if part.role == "step" else "" if part.role == "tag" else part.role


def part_name(parts: list[Block], position: int) -> str:
    """The part that contains a position, in words."""
    part = next((p for p in parts if p.first <= position < p.last), None)
    if part is None:
        return ""
    return f"step {part.number}" if part.role == "step" else "a tag" if part.role == "tag" else part.role
