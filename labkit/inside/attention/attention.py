"""Attention of any head, at any length, from captured queries and keys.

    A[i, j] = exp(s q_i . k_j) / sum over the j' that i may see of exp(s q_i . k_j')

(Vaswani et al. 2017, equation 1, with the layer's causal mask or sliding window.) No array of size
N x N is kept: rows are computed in blocks and pooled at once to the pixels that will be shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.models.capture.qk_capture import QKCapture, check_index
from labkit.traces import Trace

Pool = Literal["max", "mean", "sum"]
Span = tuple[int, int]
Floats = NDArray[np.float32]

BLOCK = 1 << 19  # numbers in a block of rows: 2 MB, so that a block fits in the CPU cache
ROWS_READ = (
    24_000_000  # numbers that thumbnails may read; above this they read fewer rows, and report how many
)


@dataclass(frozen=True)
class Tile:
    """A part of one head's attention, pooled: `values` (h, w), and the rows and columns per pixel."""

    values: Floats
    rows_per_pixel: int
    cols_per_pixel: int


@dataclass(frozen=True)
class Thumbnails:
    """All heads as small pictures: `values` (layers, heads, h, w), computed from `rows_read` of the N rows."""

    values: Floats
    rows_read: int


@checks_arguments
def attention(
    trace: Trace,
    layer: int,
    head: int,
    rows: Span | None = None,
    cols: Span | None = None,
    *,
    pool: tuple[int, int] | None = None,
    how: Pool = "max",
) -> Floats:
    """Attention weights of one head of a captured trace.

    Args:
        trace: from `model.think(prompt, capture="qk")`.
        layer: from 0, the layer nearest to the embedding.
        head: from 0.
        rows: query positions, `(first, last)`, `last` excluded; None means all.
        cols: key positions, in the same form.
        pool: maximum number of pixel rows and columns; None returns every weight.
        how: how a pixel pools its weights: `"max"`, `"mean"` (of the unmasked weights) or `"sum"`.

    Returns:
        float32, (rows, cols) or at most `pool`; a whole row sums to 1 (to less if the layer has attention sinks).

    Raises:
        LabkitError: the trace was not captured, or the layer, head or window does not exist.
    """
    inside = trace.inside
    every = (0, inside.count)
    size = pool or (inside.count, inside.count)
    return attention_tile(inside, layer, head, rows or every, cols or every, size, how).values


@dataclass(frozen=True)
class Strongest:
    """The largest weights of T tokens, largest first: (T, k) positions and weights, 0 where there is no further one."""

    positions: NDArray[np.int64]
    weights: Floats


def attention_tile(
    inside: QKCapture,
    layer: int,
    head: int,
    rows: Span,
    cols: Span,
    pixels: tuple[int, int],
    how: Pool = "max",
) -> Tile:
    """Attention of one head in a window, pooled to at most `pixels` (h, w); arguments as in `attention`."""
    check_index("head", head, inside.heads)
    check_span("rows", rows, inside.count)
    check_span("cols", cols, inside.count)
    if how not in get_args(Pool):
        raise BadArgument(f"how={how!r} is not a way to pool.", why=f"there are {', '.join(get_args(Pool))}.",
                          next='labkit.inside.attention(trace, 0, 0, pool=(64, 64), how="max")')  # fmt: skip
    down, across = (max(1, -(-(b - a) // p)) for (a, b), p in zip((rows, cols), pixels, strict=True))
    out = torch.zeros(-(-(rows[1] - rows[0]) // down), -(-(cols[1] - cols[0]) // across))
    for first, weights in blocks_of_rows(inside, layer, head, rows, multiple=down):
        start = (first - rows[0]) // down
        end = min(cols[1], weights.shape[1])
        if end <= cols[0]:
            continue  # these rows come before all columns
        pooled = pool_weights(weights[:, cols[0] : end], down, across, how)
        out[start : start + len(pooled), : pooled.shape[1]] = pooled
    if how == "mean":
        out /= visible_count(torch.arange(*rows), cols, down, across, inside.layouts[layer].window).clamp(
            min=1
        )
    return Tile(out.numpy(), down, across)


def thumbnails(inside: QKCapture, pixels: int = 24, how: Pool = "max") -> Thumbnails:
    """All heads, pooled to at most `pixels` x `pixels`; for a long trace, only some evenly spread rows are read."""
    n = inside.count
    heads = inside.layers * inside.heads
    step = max(1, -(-n // pixels))
    rows_per_pixel = max(1, min(step, ROWS_READ // (heads * n * -(-n // step))))
    offsets = (torch.arange(rows_per_pixel) * step + step // 2) // rows_per_pixel
    rows = (torch.arange(0, n, step)[:, None] + offsets).flatten()
    rows = rows[rows < n]
    thumbs = np.zeros((inside.layers, inside.heads, -(-n // step), -(-n // step)), np.float32)
    for layer in range(inside.layers):
        for head in range(inside.heads):
            weights = rows_of(inside, layer, head, rows)
            thumbs[layer, head] = pool_weights(weights, rows_per_pixel, step, how).numpy()
        if how == "mean":
            count = visible_count(rows, (0, n), rows_per_pixel, step, inside.layouts[layer].window).clamp(
                min=1
            )
            thumbs[layer] /= count.numpy()
    return Thumbnails(thumbs, len(rows))


def row(inside: QKCapture, layer: int, head: int, position: int) -> Floats:
    """The attention of a position to all positions: (N,) weights, 0 for later positions."""
    check_index("position", position, inside.count)
    return rows_of(inside, layer, head, torch.tensor([position]))[0].numpy()


def column(inside: QKCapture, layer: int, head: int, position: int) -> Floats:
    """The attention that a position receives from all positions: (N,) weights, 0 for earlier positions."""
    check_index("position", position, inside.count)
    received = torch.zeros(inside.count)
    for first, weights in blocks_of_rows(inside, layer, head, (position, inside.count)):
        received[first : first + len(weights)] = weights[:, position]
    return received.numpy()


def strongest(
    inside: QKCapture, layer: int, head: int, span: Span, k: int, count: int
) -> tuple[Strongest, Strongest]:
    """The `k` largest weights from and to each token of a span, among the first `count` positions.

    A token's weight on itself counts as a weight from it. One pass over the rows from `span[0]` on.
    """
    first, last = span
    k = min(k, count)
    at: list[tuple[Tensor, Tensor]] = []
    largest, rows = torch.zeros(k, last - first), torch.zeros(k, last - first, dtype=torch.int64)
    for start, weights in blocks_of_rows(inside, layer, head, (first, count)):
        end = start + len(weights)
        if start < last:
            padded = torch.nn.functional.pad(
                weights[: last - start, :count], (0, max(0, k - weights.shape[1]))
            )
            at.append(tuple(padded.topk(k)))  # type: ignore[arg-type]
        to = weights[:, first : min(last, end)].tril(start - first - 1)  # without the token's own weight
        to = torch.nn.functional.pad(to, (0, last - first - to.shape[1]))
        positions = torch.arange(start, end)[:, None].expand_as(to)
        largest, best = torch.cat([largest, to]).topk(k, dim=0)
        rows = torch.cat([rows, positions]).gather(0, best)
    values, columns = (torch.cat(parts) for parts in zip(*at, strict=True))
    return Strongest(columns.numpy(), values.numpy()), Strongest(rows.T.numpy(), largest.T.numpy())


# -- internals -----------------------------------------------------------------------------------------


def rows_of(inside: QKCapture, layer: int, head: int, rows: Tensor, end: int | None = None) -> Tensor:
    """Full rows of one head: positions (R,) -> weights (R, N), or (R, end) if no row sees beyond `end`."""
    query, key = inside.query(layer, head, rows), inside.key(layer, head)
    rule = inside.layouts[layer]
    scores = (query * rule.scale) @ key[:end].T
    position = torch.arange(scores.shape[1])
    free = int(rows.min()) + 1  # columns that every row may see
    scores[:, free:].masked_fill_(position[free:] > rows[:, None], float("-inf"))
    if rule.window is not None:
        scores.masked_fill_(position <= rows[:, None] - rule.window, float("-inf"))
    if rule.sinks is None:
        return scores.softmax(-1)
    sink = rule.sinks[head].expand(len(rows), 1)
    return torch.cat([scores, sink], -1).softmax(-1)[:, :-1]


def blocks_of_rows(
    inside: QKCapture, layer: int, head: int, rows: Span, multiple: int = 1
) -> Iterator[tuple[int, Tensor]]:
    """Rows `[first, last)` in blocks of a multiple of `multiple`: the first row, and weights (R, its last row + 1)."""
    first, last = rows
    while first < last:
        count = max(1, BLOCK // (last * multiple)) * multiple
        end = min(last, first + count)
        yield first, rows_of(inside, layer, head, torch.arange(first, end), end)
        first = end


def pool_weights(weights: Tensor, down: int, across: int, how: Pool) -> Tensor:
    """(R, C) weights to (R / down, C / across) pixels, rounded up; `"mean"` returns the sum, to be divided later."""
    if down == across == 1:
        return weights
    high, wide = -(-weights.shape[0] // down), -(-weights.shape[1] // across)
    padded = torch.nn.functional.pad(
        weights, (0, wide * across - weights.shape[1], 0, high * down - weights.shape[0])
    )
    parts = padded.view(high, down, wide, across)
    return parts.amax((1, 3)) if how == "max" else parts.sum((1, 3))


def visible_count(i: Tensor, cols: Span, down: int, across: int, window: int | None) -> Tensor:
    """How many of a pixel's weights rows `i` may see, (h, w): masked weights do not count."""
    last = (i + 1).clamp(max=cols[1])  # row i sees columns [first, last)
    first = (i + 1 - window).clamp(min=cols[0]) if window is not None else torch.full_like(i, cols[0])
    starts = torch.arange(cols[0], cols[1], across)
    ends = (starts + across).clamp(max=cols[1])
    count = (torch.minimum(last[:, None], ends) - torch.maximum(first[:, None], starts)).clamp(min=0)
    padded = torch.nn.functional.pad(count, (0, 0, 0, -len(i) % down))
    return padded.view(-1, down, len(starts)).sum(1).float()


def check_span(name: str, span: object, count: int) -> None:
    """Checks that a window is inside the trace.

    Raises:
        LabkitError: the window is outside the trace; the error names the valid range.
    """
    right = isinstance(span, tuple | list) and len(span) == 2 and all(isinstance(x, int) for x in span)
    if not right or not 0 <= span[0] < span[1] <= count:  # type: ignore[index]
        raise BadArgument(
            f"{name}={span!r} is not a window of this trace.",
            why=f"it has {count:,} positions, so a window is (first, last) with 0 <= first < last <= {count}.",
            next=f"labkit.inside.attention(trace, 0, 0, {name}=(0, {min(64, count)}))",
        )
