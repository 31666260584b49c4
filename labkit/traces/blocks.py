"""A completion as blocks of tokens: tags, the steps of the thought, the answer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal

from labkit._arguments import checks_arguments
from labkit.errors import LabkitError
from labkit.traces.record import Record
from labkit.traces.split import split
from labkit.traces.steps import Step, segment
from labkit.traces.text import with_words
from labkit.traces.trace import Trace

Role = Literal["step", "answer", "tag", "prompt"]


class Block(Record):
    """A run of tokens `[first, last)`: a step of the thought, the answer, or a tag between them."""

    role: Role
    first: int
    last: int
    number: int = 0
    kind: str = "other"
    gist: str = ""


@checks_arguments
def blocks(trace: Trace) -> list[Block]:
    """The blocks of a finished trace, in order; every token (or word of a text) is in exactly one block."""
    trace = with_words(trace)
    start, end = trace.parts.answer
    return tile(trace.text, trace.char_starts[:-1], trace.steps, (start, end))


def blocks_of_text(head: Trace, text: str, starts: Sequence[int]) -> list[Block]:
    """The blocks of a growing text; `head` gives the tags and rules.

    If a rule of the user's own fails on the unfinished text, the rules of the family are used.
    """
    parts = split(
        text, opened=head.opened, open_tag=head.open_tag, close_tag=head.close_tag, family=head.family
    )
    begin, end = parts.thinking
    try:
        steps = segment(text[begin:end], offset=begin, family=head.family, rule=head.segmenter)
    except LabkitError:
        steps = segment(text[begin:end], offset=begin, family=head.family)
    return tile(text, starts, steps, parts.answer)


def tile(text: str, starts: Sequence[int], steps: Sequence[Step], answer: tuple[int, int]) -> list[Block]:
    """Assigns tokens to steps and answer; the remaining tokens are tags.

    Args:
        starts: (T,), the index of the character in which each token begins, non-decreasing.
    """
    tiles: list[Block] = []
    regions: list[tuple[int, int, Step | None]] = [(s.start, s.end, s) for s in steps]
    if text[slice(*answer)].strip():
        where = answer[0] + len(text[slice(*answer)]) - len(text[slice(*answer)].lstrip())
        regions.append((where, answer[1], None))
    for begin, end, step in sorted(regions, key=lambda region: region[:2]):
        first, last = bisect_left(starts, begin), bisect_left(starts, end)
        reached = tiles[-1].last if tiles else 0
        first = max(first, reached)
        if first >= last:
            continue
        if first > reached:
            between = text[starts[reached] : starts[first]]
            if between.strip():
                tiles.append(Block(role="tag", first=reached, last=first))
            else:
                first = reached
        role: Role = "step" if step else "answer"
        number, kind, gist = (step.number, step.kind, step.gist) if step else (0, "other", "")
        tiles.append(Block(role=role, first=first, last=last, number=number, kind=kind, gist=gist))
    reached = tiles[-1].last if tiles else 0
    if reached < len(starts):
        tiles.append(Block(role="tag", first=reached, last=len(starts)))
    return tiles
