"""Step-to-step attention: the N x N weights of a head, averaged into the steps of the thought."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.inside.attention.attention import Floats, blocks_of_rows
from labkit.traces import Block, Trace
from labkit.traces import blocks as blocks_of_completion

How = Literal["mean", "share"]
_SENTENCE = re.compile(r"(?<=[.:!?])\s+")


@checks_arguments
def blocks(trace: Trace) -> list[Block]:
    """Prompt, tags, steps and answer as ranges of positions, in order, without gaps."""
    p = len(trace.prompt_ids)
    completion = [
        block.model_copy(update={"first": p + block.first, "last": p + block.last})
        for block in blocks_of_completion(trace)
    ]
    return [Block(role="prompt", first=0, last=p, gist="the prompt"), *completion]


def sentences(trace: Trace) -> list[Block]:
    """The steps split after a full stop, colon, question or exclamation mark, as ranges of positions.

    Thought Anchors counts in sentences; a line of R1-mini has several sentences.
    """
    p, parts = len(trace.prompt_ids), []
    for step in trace.steps:
        text = trace.text[step.start : step.end]
        cuts = [step.start + m.end() for m in _SENTENCE.finditer(text)]
        for start, end in pairwise([step.start, *(c for c in cuts if c < step.end), step.end]):
            first, last = trace.token_range(start, end)
            if first < last:
                gist = trace.text[start:end].strip()
                parts.append(
                    Block(role="step", first=p + first, last=p + last, number=step.number, gist=gist)
                )
    return parts


@checks_arguments
def step_attention(trace: Trace, layer: int, head: int, *, how: How = "mean") -> Floats:
    """How much each part of the trace looked at each earlier part: (S, S), for the S parts of `blocks(trace)`.

    Args:
        trace: a captured trace.
        layer, head: from 0.
        how: `"mean"` averages the weights of all unmasked pairs of tokens, as Thought Anchors does
            (Bogdan et al. 2025, arXiv 2506.19143): long parts do not count for more.
            `"share"` is the share of a part's attention that goes to the other part: rows sum to 1.

    Raises:
        LabkitError: the trace was not captured, or the layer, head or `how` does not exist.
    """
    if how not in ("mean", "share"):
        raise BadArgument(f"how={how!r} is not possible.", why='there are "mean" and "share".',
                          next="labkit.inside.step_attention(trace, 0, 0)")  # fmt: skip
    inside = trace.inside
    parts = as_read(blocks(trace), inside.count)
    edges = torch.tensor([0, *(part.last for part in parts)])
    part_of = torch.repeat_interleave(torch.arange(len(parts)), edges.diff())
    total = torch.zeros(len(parts), len(parts))
    for first, weights in blocks_of_rows(inside, layer, head, (0, inside.count)):
        total.index_add_(0, part_of[first : first + len(weights)], into_parts(weights, edges))
    if how == "share":
        return (total / edges.diff()[:, None]).numpy()
    return (total / pairs(edges, inside.layouts[layer].window).clamp(min=1)).numpy()


def as_read(parts: list[Block], count: int) -> list[Block]:
    """The parts up to the last captured position: an interrupted thought may lack its last token."""
    return [p.model_copy(update={"last": min(p.last, count)}) for p in parts if p.first < min(p.last, count)]


def into_parts(weights: Tensor, edges: Tensor) -> Tensor:
    """Rows (R, N) summed between `edges` (S + 1,): (R, S)."""
    mass = torch.nn.functional.pad(weights.double().cumsum(-1), (1, 0))
    return mass[:, edges.clamp(max=weights.shape[1])].diff(dim=-1).float()


def pairs(edges: Tensor, window: int | None = None) -> Tensor:
    """The number of unmasked pairs of positions between two parts: (S, S)."""
    n = int(edges[-1])
    i = torch.arange(n)
    ends = (i + 1)[:, None].clamp(max=n)
    starts = torch.zeros_like(ends) if window is None else (ends - window).clamp(min=0)
    first, last = edges[:-1], edges[1:]
    seen = (torch.minimum(ends, last) - torch.maximum(starts, first)).clamp(min=0).float()  # (N, S)
    part_of = torch.repeat_interleave(torch.arange(len(first)), edges.diff())
    return torch.zeros(len(first), len(first)).index_add_(0, part_of, seen)


def vertical_scores(matrix: Floats, gap: int = 4) -> Floats:
    """The attention to each step from steps at least `gap` later: the column means, (S - gap,).

    The vertical attention score of Thought Anchors (arXiv 2506.19143); the diagonal band is left out
    because every head attends to the most recent text.
    """
    size = len(matrix)
    return np.array([matrix[j + gap :, j].mean() for j in range(size - gap)], dtype=np.float32)


def kurtosis(values: Floats) -> float:
    """Fourth standardised moment less 3 (Fisher): high if a few values stand out, 0 for a normal distribution.

    >>> round(kurtosis(np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 1], dtype=np.float32)), 2)
    5.11
    """
    centred = values.astype(float) - values.mean()
    variance = (centred**2).mean()
    return float((centred**4).mean() / variance**2 - 3) if variance > 1e-20 else 0.0
