"""The data of an attention view: only the pixels that the browser requests, computed on demand.

Torch is imported at the first request. One answer is computed at a time, and the last few are cached, so that
a repeated request is computed once.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from labkit.errors import BadArgument
from labkit.traces import Block, Trace
from labkit.views.attention.color_scale import Floats, Levels, levels, upper_limit
from labkit.views.attention.contract import (
    HeadRanking,
    HeadScore,
    How,
    Span,
    Steps,
    Texts,
    Thumbs,
    Tile,
    TokenAttention,
    WeightedPosition,
    What,
    Words,
)
from labkit.views.core.answer_cache import AnswerCache
from labkit.views.core.drawable import drawable, drawables
from labkit.views.core.packing import texts_of
from labkit.views.core.view import Answer

if TYPE_CHECKING:
    from labkit.inside import QKCapture
    from labkit.inside.attention.attention import Thumbnails

THUMB_BYTES = 150_000  # for all thumbnails together, before compression
THUMB_PIXELS = (8, 48)  # minimum and maximum side of a thumbnail
MAX_PIXELS = 1024  # maximum side of a tile
LISTED = 5  # strongest weights that are listed
MIN_TOP = 0.05  # minimum of the colour scale's top for a row or column
CACHED = 64  # cached answers


class AttentionQueries:
    """The answers to the requests of one view of a captured `trace`.

    Raises:
        LabkitError: the trace was not captured.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace, self.inside = trace, trace.inside
        self.count = min(self.inside.count, self.inside.prompt + len(trace))
        self._cache = AnswerCache(CACHED)

    # -- texts -------------------------------------------------------------------------------------

    def words(self) -> Words:
        """The tokens and the parts of the text."""
        parts = [part.model_copy(update={"gist": drawable(part.gist)}) for part in self.parts()]
        return Words(texts=words_of(self.trace, self.inside)[: self.count], parts=parts)

    def texts(self) -> Answer:
        """The tokens and parts, encoded for the wire."""
        data = self.words().model_dump_json().encode("utf-8", "replace")
        return Texts(count=self.count), zlib.compress(data, 6)

    def parts(self) -> list[Block]:
        """Prompt, steps, tags and answer as ranges of positions; every position is in exactly one part."""
        from labkit.inside.attention import steps

        parts: list[Block] = self._cache.get(
            ("parts",), lambda: steps.as_read(steps.blocks(self.trace), self.count)
        )
        return parts

    def first_number(self) -> int:
        """The initial token: the first number of the answer, or the last token if the answer has no number."""
        texts = self.words().texts
        answer = (i for p in self.parts() if p.role == "answer" for i in range(p.first, p.last))
        return next((i for i in answer if any(c.isdigit() for c in texts[i])), self.count - 1)

    # -- numbers -----------------------------------------------------------------------------------

    def thumbs(self) -> Answer:
        """All heads as thumbnails."""
        return self._cache.get(("thumbs",), self._thumbs)

    def pictures(self) -> tuple[Levels, int]:
        """Levels of every head, (layers, heads, h, w), and the number of rows that were read."""
        return self._cache.get(("pictures",), self._pictures)

    def pooled_heads(self) -> Thumbnails:
        """The weights of `pictures`."""
        pooled: Thumbnails = self._cache.get(("pooled",), self._pooled_heads)
        return pooled

    def tile(self, layer: int, head: int, rows: Span, cols: Span, per: int, how: How) -> Answer:
        """A window of one head."""
        key = ("tile", layer, head, rows, cols, per, how)
        return self._cache.get(key, lambda: self._tile(layer, head, rows, cols, per, how))

    def window(
        self, layer: int, head: int, rows: Span, cols: Span, per: int, how: How
    ) -> tuple[Tile, Floats]:
        """A window of one head as a header and its pooled weights."""
        from labkit.inside.attention.attention import attention_tile

        check_window(rows, cols, per, self.count)
        pixels = (-(-(rows[1] - rows[0]) // per), -(-(cols[1] - cols[0]) // per))
        pooled = attention_tile(self.inside, layer, head, rows, cols, pixels, how)
        height, width = pooled.values.shape
        top = float(pooled.values.max()) or 1.0
        header = Tile(
            rows=rows, cols=cols, height=height, width=width, down=pooled.rows_per_pixel,
            across=pooled.cols_per_pixel, top=top, bright=min(top, upper_limit(pooled.values)),
        )  # fmt: skip
        return header, pooled.values

    def step_levels(self, layer: int, head: int) -> tuple[Steps, Levels]:
        """The attention between steps as a header and its levels."""
        from labkit.inside.attention.steps import step_attention

        matrix = step_attention(self.trace, layer, head)
        top = float(matrix.max()) or 1.0
        return Steps(size=len(matrix), top=top), levels(matrix, top)

    def token_attention(self, layer: int, head: int, position: int) -> Answer:
        """The attention from and to one token: its row and its column."""
        key = ("token", layer, head, position)
        return self._cache.get(key, lambda: self._token_attention(layer, head, position))

    def steps(self, layer: int, head: int) -> Answer:
        """The attention between steps."""
        return self._cache.get(("steps", layer, head), lambda: self._steps(layer, head))

    def find(self, what: What) -> Answer:
        """All heads, ranked."""
        return self.ranking(what), b""

    def ranking(self, what: What) -> HeadRanking:
        """The header of `find`."""
        ranking: HeadRanking = self._cache.get(("find", what), lambda: self._find(what))
        return ranking

    # -- internals ---------------------------------------------------------------------------------

    def _pooled_heads(self) -> Thumbnails:
        from labkit.inside.attention.attention import thumbnails

        size = thumbnail_size(self.inside.layers * self.inside.heads, self.count)
        return thumbnails(self.inside, size, "max")

    def _pictures(self) -> tuple[Levels, int]:
        pooled = self.pooled_heads()
        pictures = [[levels(head, upper_limit(head)) for head in layer] for layer in pooled.values]
        return np.array(pictures), pooled.rows_read

    def _thumbs(self) -> Answer:
        pictures, rows_read = self.pictures()
        header = Thumbs(height=pictures.shape[2], width=pictures.shape[3], rows_read=rows_read)
        return header, zlib.compress(pictures.tobytes(), 6)

    def _tile(self, layer: int, head: int, rows: Span, cols: Span, per: int, how: How) -> Answer:
        header, values = self.window(layer, head, rows, cols, per, how)
        return header, zlib.compress(levels(values, header.top).tobytes(), 1)

    def _token_attention(self, layer: int, head: int, position: int) -> Answer:
        from labkit.inside.attention.attention import column, row

        if position >= self.count:
            raise out_of_range(position, self.count)
        keys = row(self.inside, layer, head, position)[: self.count]
        queries = column(self.inside, layer, head, position)[: self.count]
        queries[position] = 0  # a token's attention to itself is already in its row
        top_at, top_by = (max(float(weights.max()), MIN_TOP) for weights in (keys, queries))
        header = TokenAttention(
            position=position, at=top_positions(keys), by=top_positions(queries), top_at=top_at, top_by=top_by
        )  # fmt: skip
        return header, zlib.compress(levels(keys, top_at).tobytes() + levels(queries, top_by).tobytes(), 6)

    def _find(self, what: What) -> HeadRanking:
        from labkit.inside.attention.heads import find

        ranking = find(self.trace, what)
        heads = [HeadScore(layer=h.layer, head=h.head, score=h.score) for h in ranking.heads]
        return HeadRanking(
            what=what, says=ranking.description, source=ranking.source, rows_read=ranking.rows_read, heads=heads
        )  # fmt: skip

    def _steps(self, layer: int, head: int) -> Answer:
        header, picture = self.step_levels(layer, head)
        return header, zlib.compress(picture.tobytes(), 6)


def words_of(trace: Trace, inside: QKCapture) -> list[str]:
    """A text for every position; a prompt without texts is shown by placeholders."""
    prompt = trace.prompt_texts
    if len(prompt) != inside.prompt:
        prompt = [trace.pieces.get(i, "\u2026") for i in trace.prompt_ids] or ["\u2026"] * inside.prompt
    return drawables((*prompt, *texts_of(trace)))


def top_positions(weights: Floats) -> list[WeightedPosition]:
    """The positions of the `LISTED` largest weights, largest first; weights below 0.001 are left out."""
    order = np.argsort(-weights, kind="stable")[:LISTED]
    return [WeightedPosition(position=int(i), weight=float(weights[i])) for i in order if weights[i] >= 1e-3]


def thumbnail_size(heads: int, count: int) -> int:
    """The side of a thumbnail in pixels, so that all thumbnails stay within `THUMB_BYTES`.

    >>> thumbnail_size(25, 200), thumbnail_size(336, 8192), thumbnail_size(25, 20)
    (48, 21, 20)
    """
    low, high = THUMB_PIXELS
    return max(1, min(count, high, max(low, int((THUMB_BYTES / heads) ** 0.5))))


def check_window(rows: Span, cols: Span, per: int, count: int) -> None:
    """Raises an error for a window outside the trace, or for too many pixels."""
    for first, last in (rows, cols):
        if not 0 <= first < last <= count:
            raise BadArgument(
                f"The window {first} to {last} is not inside this trace.",
                why=f"it has {count:,} positions, prompt included, counted from 0.",
                next=f"rows=(0, {count}), cols=(0, {count})",
            )
        if (last - first) / per > MAX_PIXELS:
            raise BadArgument(
                f"A picture of {last - first:,} tokens at {per} a pixel is too large.",
                why=f"a tile has at most {MAX_PIXELS:,} pixels a side: more than a screen shows.",
                next=f"per={-(-(last - first) // MAX_PIXELS)}",
            )


def out_of_range(position: int, count: int) -> BadArgument:
    """The error for a token that does not exist."""
    return BadArgument(
        f"There is no position {position}.",
        why=f"prompt and thought have {count:,} tokens together, counted from 0.",
        next='view.focus = {"token": 0}',
    )
