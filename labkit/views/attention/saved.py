"""The data of an attention view in its saved output: all heads small, one head as drawn, the strongest weights.

A saved view of a long thought holds less: `LEVELS_OF_DETAIL` is the order in which its parts are reduced.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from labkit.errors import LabkitError
from labkit.views.attention.color_scale import Levels, levels, upper_limit
from labkit.views.attention.contract import (
    Focus,
    HeadRanking,
    Saved,
    SavedHeads,
    SavedLook,
    SavedSteps,
    SavedTile,
    Search,
)
from labkit.views.attention.data import AttentionQueries
from labkit.views.core.saved import ten_thousandths

LISTED = 8  # strongest weights of a token that are saved, in each direction
FULL = 420  # a head of at most as many positions is saved unpooled
AFFORDABLE = 30_000_000  # weights that are read to rank heads, or for the steps of all heads


@dataclass(frozen=True)
class Detail:
    """How much is saved: tokens with their strongest weights, pixels of the open head, halvings of the small heads."""

    tokens: int
    pixels: int
    halvings: int = 0
    steps: bool = True


LEVELS_OF_DETAIL = (
    Detail(2048, 256), Detail(1024, 256), Detail(512, 256, 1), Detail(128, 128, 1), Detail(128, 64, 2),
    Detail(0, 64, 2, steps=False), Detail(0, 0, 3, steps=False),
)  # fmt: skip


def variants(queries: AttentionQueries, focus: Focus, searches: list[Search]) -> Iterator[Saved]:
    """The data of the view by level of detail; the last has the texts only."""
    words, rankings, steps = queries.words(), rankings_of(queries, searches), steps_of(queries, focus)
    look, tiles = look_of(queries, focus, LEVELS_OF_DETAIL[0].tokens), cache(partial(tile_of, queries, focus))
    for detail in LEVELS_OF_DETAIL:
        yield Saved(
            words=words,
            heads=heads_of(queries, detail.halvings),
            tile=tiles(detail.pixels) if detail.pixels else None,
            look=around(look, focus, detail.tokens) if detail.tokens else None,
            steps=steps if detail.steps else [],
            rankings=rankings,
        )
    yield Saved(words=words, heads=None, tile=None, look=None, steps=[], rankings=[])


def heads_of(queries: AttentionQueries, halvings: int) -> SavedHeads:
    """All heads as small pictures, each with its own scale; a halving pools 2 x 2 pixels to their largest."""
    pooled = queries.pooled_heads()
    values, step = pooled.values, -(-queries.count // pooled.values.shape[-1])
    for _ in range(halvings):
        values, step = halved(values), 2 * step
    flat = values.reshape(-1, *values.shape[2:])
    tops = [float(head.max()) or 1.0 for head in flat]
    pictures = np.stack([levels(head, top) for head, top in zip(flat, tops, strict=True)])
    return SavedHeads(
        height=values.shape[2], width=values.shape[3], step=step, rows_read=pooled.rows_read, tops=tops,
        bright=[min(top, upper_limit(head)) for head, top in zip(flat, tops, strict=True)], levels=text_of(pictures),
    )  # fmt: skip


def halved(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest of each 2 x 2 pixels, (..., h, w) to (..., h / 2, w / 2), rounded up.

    >>> halved(np.array([[1, 2, 3], [4, 0, 0], [0, 0, 5]], np.float32)).tolist()
    [[4.0, 3.0], [0.0, 5.0]]
    """
    height, width = values.shape[-2:]
    padded = np.pad(values, [(0, 0)] * (values.ndim - 2) + [(0, height % 2), (0, width % 2)])
    rows = np.maximum(padded[..., ::2, :], padded[..., 1::2, :])
    return np.maximum(rows[..., ::2], rows[..., 1::2])


def tile_of(queries: AttentionQueries, focus: Focus, pixels: int) -> SavedTile:
    """The open head completely, in at most `pixels` x `pixels`; unpooled if it has at most `FULL` positions."""
    count = queries.count
    per = 1 if count <= FULL else -(-count // pixels)
    header, values = queries.window(focus.layer, focus.head, (0, count), (0, count), per, focus.how)
    return SavedTile(
        layer=focus.layer, head=focus.head, how=focus.how, tile=header, levels=text_of(levels(values, header.top))
    )  # fmt: skip


def look_of(queries: AttentionQueries, focus: Focus, tokens: int) -> SavedLook:
    """The strongest weights from and to each of the `tokens` tokens around the chosen one."""
    from labkit.inside.attention.attention import strongest

    first, last = window_around(focus, tokens, (0, queries.count))
    at, by = strongest(queries.inside, focus.layer, focus.head, (first, last), LISTED, queries.count)
    return SavedLook(
        layer=focus.layer, head=focus.head, first=first,
        at=at.positions.T.tolist(), at_weights=ten_thousandths(at.weights.T),
        by=by.positions.T.tolist(), by_weights=ten_thousandths(by.weights.T),
    )  # fmt: skip


def around(look: SavedLook, focus: Focus, tokens: int) -> SavedLook:
    """The part of a look that has the `tokens` tokens around the chosen one."""
    first, last = window_around(focus, tokens, (look.first, look.first + len(look.at[0])))
    columns = slice(first - look.first, last - look.first)
    parts = {
        name: [row[columns] for row in getattr(look, name)]
        for name in ("at", "at_weights", "by", "by_weights")
    }
    return look.model_copy(update={"first": first, **parts})


def window_around(focus: Focus, tokens: int, bounds: tuple[int, int]) -> tuple[int, int]:
    """The `tokens` tokens around the chosen one, or the last ones, within bounds.

    >>> window_around(Focus(token=10), 6, (0, 100)), window_around(Focus(token=1), 6, (0, 4))
    ((7, 13), (0, 4))
    >>> window_around(Focus(), 6, (0, 100))
    (94, 100)
    """
    low, high = bounds
    center = high if focus.token is None else focus.token
    first = max(low, min(center - tokens // 2, high - tokens))
    return first, min(high, first + tokens)


def steps_of(queries: AttentionQueries, focus: Focus) -> list[SavedSteps]:
    """The attention between steps: of the open head, and of all heads if that is quick."""
    inside = queries.inside
    heads = [(layer, head) for layer in range(inside.layers) for head in range(inside.heads)]
    own = (focus.layer, focus.head)
    chosen = heads if len(heads) * queries.count**2 <= AFFORDABLE else [own]
    return [saved_steps(queries, layer, head) for layer, head in chosen]


def saved_steps(queries: AttentionQueries, layer: int, head: int) -> SavedSteps:
    """The attention between the steps of one head."""
    header, picture = queries.step_levels(layer, head)
    return SavedSteps(layer=layer, head=head, steps=header, levels=text_of(picture))


def rankings_of(queries: AttentionQueries, searches: list[Search]) -> list[HeadRanking]:
    """The rankings of the heads that this thought allows; none if they take long."""
    inside = queries.inside
    if inside.layers * inside.heads * min(queries.count**2, 1_000_000) > AFFORDABLE:
        return []
    rankings = []
    for search in searches:
        with suppress(LabkitError):  # for example a prompt without a number to look at
            rankings.append(queries.ranking(search.what))
    return rankings


def text_of(picture: Levels) -> str:
    """Levels as text, in base64."""
    return base64.b64encode(picture.tobytes()).decode("ascii")
