"""The data of an attention view: only the pixels that the browser requests, computed on demand.

Torch is imported at the first request. One answer is computed at a time, and the last few answers are
cached, so that a repeated request, or the same request of two views, is computed once.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from labkit.errors import BadArgument
from labkit.traces import Block, Trace
from labkit.views.attention.color_scale import Floats, Levels, bright, levels
from labkit.views.attention.contract import (
    Found,
    Glance,
    How,
    Look,
    Scored,
    Span,
    Steps,
    Texts,
    Thumbs,
    Tile,
    What,
    Words,
)
from labkit.views.core.contract import Wire
from labkit.views.core.drawable import drawable, drawables
from labkit.views.core.packing import texts_of

if TYPE_CHECKING:
    from labkit.inside import Inside

THUMB_BYTES = 150_000  # for all thumbnails together, before compression
THUMB_PIXELS = (8, 48)  # minimum and maximum side of a thumbnail
MOST_PIXELS = 1024  # maximum side of a tile
NAMED = 5  # strongest weights that are listed
FAINT = 0.05  # minimum of the colour scale's top for a row or column
KEPT = 64  # cached answers

Answer = tuple[Wire, bytes]


class Answers:
    """The numbers behind one view of a captured `trace`.

    Raises:
        LabkitError: the trace was not captured.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace, self.inside = trace, trace.inside
        self.count = min(self.inside.count, self.inside.prompt + len(trace))
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._lock = threading.RLock()

    def kept(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """The result of `make` for this key, from the cache if it is there."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]

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

        found: list[Block] = self.kept(
            ("parts",), lambda: steps.as_read(steps.blocks(self.trace), self.count)
        )
        return found

    def first_number(self) -> int:
        """The initial token: the first number of the answer, or the last token if there is none."""
        texts, answer = self.words().texts, [p for p in self.parts() if p.role == "answer"]
        for part in answer:
            for position in range(part.first, part.last):
                if any(c.isdigit() for c in texts[position]):
                    return position
        return self.count - 1

    # -- numbers -----------------------------------------------------------------------------------

    def thumbs(self) -> Answer:
        """All heads as thumbnails."""
        return self.kept(("thumbs",), self._thumbs)

    def pictures(self) -> tuple[Levels, int]:
        """Levels of every head, (layers, heads, h, w), and the number of rows that were read."""
        return self.kept(("pictures",), self._pictures)

    def tile(self, layer: int, head: int, rows: Span, cols: Span, per: int, how: How) -> Answer:
        """A window of one head."""
        key = ("tile", layer, head, rows, cols, per, how)
        return self.kept(key, lambda: self._tile(layer, head, rows, cols, per, how))

    def look(self, layer: int, head: int, position: int) -> Answer:
        """One token's row and column."""
        return self.kept(("look", layer, head, position), lambda: self._look(layer, head, position))

    def steps(self, layer: int, head: int) -> Answer:
        """The attention between steps."""
        return self.kept(("steps", layer, head), lambda: self._steps(layer, head))

    def find(self, what: What) -> Answer:
        """All heads, ranked."""
        return self.kept(("find", what), lambda: self._find(what))

    # -- internals ---------------------------------------------------------------------------------

    def _pictures(self) -> tuple[Levels, int]:
        from labkit.inside.attention.attention import thumbnails

        size = side(self.inside.layers * self.inside.heads, self.count)
        found = thumbnails(self.inside, size, "max")
        shaded = [[levels(head, bright(head)) for head in layer] for layer in found.values]
        return np.array(shaded), found.rows_read

    def _thumbs(self) -> Answer:
        shaded, rows_read = self.pictures()
        head = Thumbs(height=shaded.shape[2], width=shaded.shape[3], rows_read=rows_read)
        return head, zlib.compress(shaded.tobytes(), 6)

    def _tile(self, layer: int, head: int, rows: Span, cols: Span, per: int, how: How) -> Answer:
        from labkit.inside.attention.attention import tile

        check_window(rows, cols, per, self.count)
        pixels = (-(-(rows[1] - rows[0]) // per), -(-(cols[1] - cols[0]) // per))
        found = tile(self.inside, layer, head, rows, cols, pixels, how)
        height, width = found.values.shape
        top = float(found.values.max()) or 1.0
        header = Tile(
            rows=rows, cols=cols, height=height, width=width, down=found.rows_per_pixel,
            across=found.cols_per_pixel, top=top, bright=min(top, bright(found.values)),
        )  # fmt: skip
        return header, zlib.compress(levels(found.values, top).tobytes(), 1)

    def _look(self, layer: int, head: int, position: int) -> Answer:
        from labkit.inside.attention.attention import column, row

        if position >= self.count:
            raise out_of_range(position, self.count)
        at = row(self.inside, layer, head, position)[: self.count]
        by = column(self.inside, layer, head, position)[: self.count]
        by[position] = 0  # a token's attention to itself is already in its row
        top_at, top_by = (max(float(weights.max()), FAINT) for weights in (at, by))
        header = Look(position=position, at=strongest(at), by=strongest(by), top_at=top_at, top_by=top_by)
        return header, zlib.compress(levels(at, top_at).tobytes() + levels(by, top_by).tobytes(), 6)

    def _find(self, what: What) -> Answer:
        from labkit.inside.attention.heads import find

        found = find(self.trace, what)
        heads = [Scored(layer=h.layer, head=h.head, score=h.score) for h in found.heads]
        return (
            Found(what=what, says=found.means, source=found.source, rows_read=found.rows_read, heads=heads),
            b"",
        )

    def _steps(self, layer: int, head: int) -> Answer:
        from labkit.inside.attention.steps import step_attention

        matrix = step_attention(self.trace, layer, head)
        top = float(matrix.max()) or 1.0
        return Steps(size=len(matrix), top=top), zlib.compress(levels(matrix, top).tobytes(), 6)


def words_of(trace: Trace, inside: Inside) -> list[str]:
    """A text for every position; a prompt without texts is shown by placeholders."""
    asked = trace.prompt_texts
    if len(asked) != inside.prompt:
        asked = [trace.pieces.get(i, "\u2026") for i in trace.prompt_ids] or ["\u2026"] * inside.prompt
    return drawables((*asked, *texts_of(trace)))


def strongest(weights: Floats) -> list[Glance]:
    """The few largest weights, largest first; none below 0.001."""
    order = np.argsort(-weights, kind="stable")[:NAMED]
    return [Glance(position=int(i), weight=float(weights[i])) for i in order if weights[i] >= 1e-3]


def side(heads: int, count: int) -> int:
    """Pixels of a thumbnail's side, so that all thumbnails stay within `THUMB_BYTES`.

    >>> side(25, 200), side(336, 8192), side(25, 20)
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
        if (last - first) / per > MOST_PIXELS:
            raise BadArgument(
                f"A picture of {last - first:,} tokens at {per} a pixel is too large.",
                why=f"a tile has at most {MOST_PIXELS:,} pixels a side: more than a screen shows.",
                next=f"per={-(-(last - first) // MOST_PIXELS)}",
            )


def out_of_range(position: int, count: int) -> BadArgument:
    """The `LabkitError` for a token that does not exist."""
    return BadArgument(
        f"There is no position {position}.",
        why=f"prompt and thought have {count:,} tokens together, counted from 0.",
        next='view.focus = {"token": 0}',
    )
