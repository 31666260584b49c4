"""The data of a compare view: the scene, the pieces of a text, the alternatives at a piece."""

from __future__ import annotations

import heapq
import math
import sys
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.traces import Block, Trace
from labkit.traces.blocks import tile
from labkit.views.compare import contract as wire
from labkit.views.compare.color_scale import scale_top
from labkit.views.core.contract import Candidate
from labkit.views.core.packing import key_of
from labkit.views.core.wording import prompt_shown

if TYPE_CHECKING:  # its package needs torch
    from labkit.inside import Comparison

LARGEST = 20  # pieces in the list of the largest differences
CANDIDATES = 5  # alternatives under each model
STEPS_OF_A_NAT = 1024  # the browser gets numbers in these steps, which are the same on every machine
LAST_KINDS = ("answer", "tag")


def scene_of(comparisons: Sequence[Comparison]) -> wire.Scene:
    """The scene of comparisons of the same two models."""
    pieces = [piece for comparison in comparisons for piece in comparison.segments]
    return wire.Scene(
        a=comparisons[0].a.model,
        b=comparisons[0].b.model,
        texts=[_text(comparison) for comparison in comparisons],
        kinds=_kinds(comparisons),
        top=scale_top(piece.difference for piece in pieces),
        kl_top=scale_top(piece.kl for piece in pieces),
    )


def _text(comparison: Comparison) -> wire.Text:
    b = comparison.b
    shares_tokens = len(comparison.segments) == len(b.tokens)
    return wire.Text(
        key=key_of(b) if shares_tokens else "",
        prompt=prompt_shown(b),
        count=len(comparison.segments),
        total=rounded(comparison.total),
    )


def _kinds(comparisons: Sequence[Comparison]) -> list[wire.KindMean]:
    """The mean of each kind in the order of the texts; the answer and the tags come last."""
    from labkit.inside import mean_by_kind

    means = mean_by_kind(comparisons)
    if len(comparisons) == 1:
        counts = [piece.kind for piece in comparisons[0].segments]
        means = {kind: mean._replace(n=counts.count(kind)) for kind, mean in means.items()}
    kinds = sorted(means, key=lambda kind: LAST_KINDS.index(kind) + 1 if kind in LAST_KINDS else 0)
    return [
        wire.KindMean(
            kind=kind,
            mean=rounded(means[kind].mean),
            low=_known(means[kind].low),
            high=_known(means[kind].high),
            n=means[kind].n,
        )
        for kind in kinds
    ]


def blocks_of(comparison: Comparison) -> list[Block]:
    """The blocks of the pieces: steps, answer and tags."""
    a = comparison.a
    starts = [piece.start for piece in comparison.segments]
    return tile(a.text, starts, a.steps, a.parts.answer)


def ranked(comparison: Comparison, n: int) -> list[int]:
    """The indices of `n` pieces, those with the largest differences first."""
    sizes = [abs(piece.difference) for piece in comparison.segments]
    return heapq.nsmallest(n, range(len(sizes)), key=lambda i: (-sizes[i], i))


def largest(comparison: Comparison, n: int = LARGEST) -> list[int]:
    """The same without pieces whose difference is shown as 0.00 nats."""
    pieces = comparison.segments
    return [i for i in ranked(comparison, n) if abs(pieces[i].difference) >= 0.005]


def pieces_of(comparison: Comparison, number: int) -> tuple[wire.Pieces, bytes]:
    """The pieces of text `number`."""
    pieces = comparison.segments
    columns = array("f")
    for values in (
        [piece.logprob_a for piece in pieces],
        [piece.logprob_b for piece in pieces],
        [piece.kl for piece in pieces],
    ):
        columns.extend(map(rounded, values))
    if sys.byteorder == "big":
        columns.byteswap()
    header = wire.Pieces(
        text=number,
        count=len(pieces),
        texts=[piece.text for piece in pieces],
        blocks=blocks_of(comparison),
        largest=largest(comparison),
    )
    return header, columns.tobytes()


def alternatives_of(comparison: Comparison, number: int, index: int) -> wire.BothAlternatives:
    """The alternatives at piece `index` of text `number`."""
    piece = comparison.segments[index]
    return wire.BothAlternatives(
        text=number,
        piece=index,
        a=_side(comparison.a, piece.tokens_a),
        b=_side(comparison.b, piece.tokens_b),
    )


def _side(trace: Trace, tokens: tuple[int, int]) -> wire.Side:
    first, end = tokens
    if end - first != 1:
        return wire.Side(tokens=end - first, came=None, candidates=[])
    candidates = [
        Candidate(id=other.id, text=other.text, logprob=rounded(other.logprob))
        for other in trace.alternatives(first)[:CANDIDATES]
    ]
    return wire.Side(tokens=1, came=trace.tokens.ids[first], candidates=candidates)


def rounded(nats: float) -> float:
    """A number of nats in the steps that the browser gets; NaN stays NaN."""
    return nats if not math.isfinite(nats) else round(nats * STEPS_OF_A_NAT) / STEPS_OF_A_NAT


def _known(nats: float) -> float | None:
    return None if math.isnan(nats) else rounded(nats)
