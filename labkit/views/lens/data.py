"""Converts lens results to wire messages. Computed in the requesting thread, under a lock; no torch here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from labkit.errors import BadArgument, LabkitError
from labkit.traces import Trace
from labkit.views.core.answer_cache import AnswerCache
from labkit.views.core.contract import Candidate
from labkit.views.lens.contract import NEVER, UNREAD, Cell, Depths, Kind, Matches, Piece, Tile

if TYPE_CHECKING:
    from labkit.inside import Lens, LensTile

CACHED = 96  # cached answers; 16 columns of a 28-layer model are 8 kB
MAX_COLUMNS = 64  # of a tile
AFFORDABLE = 3e11  # multiplications for the depth of every token: some seconds on two cores


class LensData:
    """Answers for one trace with one or two lenses; recent answers are cached.

    Args:
        trace: the thought.
        lenses: by kind.
        text_of: returns the text of a token id.
    """

    def __init__(self, trace: Trace, lenses: dict[Kind, Lens], text_of: Callable[[int], str]) -> None:
        self.trace, self.lenses, self.text_of = trace, lenses, text_of
        self.ids = lenses["logit"].ids
        self.count, self.layers = len(lenses["logit"]), lenses["logit"].layers
        self._cache = AnswerCache(CACHED)

    def piece(self, token: int) -> Piece:
        """A token with its text."""
        return Piece(id=token, text=self.text_of(token))

    def columns(self, kind: Kind, target: int, first: int, last: int) -> LensTile:
        """A window of the lens, with `target` as the followed token."""
        lens, last = self.lens(kind), min(last, first + MAX_COLUMNS, self.count)
        key = (kind, target, first, last)
        tile: LensTile = self._cache.get(key, lambda: lens.tile(first, last, follow=target))
        return tile

    def window(self, kind: Kind, target: int, first: int, last: int) -> LensTile:
        """A window of any width; a narrow one is cached."""
        if last - first <= MAX_COLUMNS:
            return self.columns(kind, target, first, last)
        return self.lens(kind).tile(first, last, follow=target)

    def likeliest(self, kind: Kind, position: int) -> tuple[np.ndarray, np.ndarray]:
        """The likeliest ids of every layer after a position and their probabilities, (layers + 1, k) each."""
        lens = self.lens(kind)
        top: tuple[np.ndarray, np.ndarray] = self._cache.get(
            ("top", kind, position), lambda: lens.top(position)
        )
        return top

    def ranks(self, kind: Kind, position: int, target: int) -> tuple[list[int], list[int]]:
        """The ranks of the actual next token and of `target` in every layer after a position."""
        logits = self.lens(kind).logits(position)
        came, followed = (
            (1 + (logits > logits[:, [i]]).sum(1)).tolist() for i in (self.ids[position + 1], target)
        )
        return came, followed

    def tile(self, kind: Kind, target: int, first: int, last: int) -> tuple[Tile, bytes]:
        """A window in the format of `Tile`."""
        tile = self.columns(kind, target, first, last)
        assert tile.target_probabilities is not None
        ids, came = np.unique(tile.ids).tolist(), tile.next_ids.tolist()
        header = Tile(
            first=first, count=len(came), ids=ids, texts=[self.text_of(i) for i in ids], came=came,
            came_texts=[self.text_of(i) for i in came],
        )  # fmt: skip
        shares = (tile.probabilities, tile.next_probabilities, tile.target_probabilities)
        parts = [tile.ids.astype("<u4"), *(s.astype("<f4") for s in shares)]
        return header, b"".join(part.tobytes() for part in parts)

    def depths(self, kind: Kind) -> tuple[Depths, bytes]:
        """The layer at which each token appears; not computed yet if that would take long."""
        lens = self.lens(kind)
        if not self.affordable:
            return Depths(computed=False), bytes([UNREAD]) * self.count
        layers = self._cache.get(("depths", kind), lens.appears)
        depths = np.where(layers < 0, NEVER, np.minimum(layers, NEVER - 1))
        return Depths(computed=True), depths.astype("u1").tobytes()

    def cell(self, kind: Kind, target: int | None, position: int, layer: int) -> Cell:
        """One cell, with the depth profile of `target`, or of the actual next token."""
        lens = self.lens(kind)
        if layer > self.layers or position >= self.count:
            raise BadArgument(
                f"There is no cell at layer {layer} and position {position}.",
                why=f"layers run from 0 (the embedding) to {self.layers}, positions from 0 to {self.count - 1}.",
                next='view.focus = {"position": 0, "layer": 0}',
            )
        followed_id = self.ids[position + 1] if target is None else target
        ids, shares = self.likeliest(kind, position)
        key = ("of", kind, followed_id, position)
        followed = self._cache.get(key, lambda: lens.of(followed_id, position, position + 1))
        logprobs = np.log(np.maximum(shares[layer].tolist(), 1e-38)).tolist()
        candidates = zip(ids[layer].tolist(), logprobs, strict=True)
        return Cell(
            read=self.text_of(self.ids[position]),
            came=self.piece(self.ids[position + 1]),
            candidates=[Candidate(id=i, text=self.text_of(i), logprob=p) for i, p in candidates],
            target=self.piece(followed_id),
            probabilities=followed.probabilities[:, 0].tolist(),
            ranks=followed.ranks[:, 0].tolist(),
        )

    def find(self, words: str) -> Matches:
        """The columns where the joined text of the actual tokens contains `words`; case-insensitive."""
        texts = [self.text_of(i).lower() for i in self.ids[1:]]
        starts = np.cumsum([0, *map(len, texts)])
        matches = re.finditer(re.escape(words.lower()), "".join(texts)) if words else iter(())
        positions = [
            int(np.searchsorted(starts, match.start(), "right")) - 1 for match in islice(matches, 1000)
        ]
        return Matches(positions=positions)

    @property
    def affordable(self) -> bool:
        """Whether every token's depth can be computed while the user waits."""
        return self.work(self.count) <= AFFORDABLE

    def work(self, columns: int) -> float:
        """The number of multiplications and additions for so many columns of one lens."""
        head = self.lenses["logit"].residuals.parts.head.weight
        return 2.0 * columns * (self.layers + 1) * head.shape[0] * head.shape[1]

    def lens(self, kind: Kind) -> Lens:
        """The lens of a kind.

        Raises:
            LabkitError: this model has no lens of this kind.
        """
        if kind not in self.lenses:
            raise LabkitError(
                f"There is no {kind} lens of {self.trace.model}.",
                why="a tuned lens is trained for one model, and labkit brings that of r1-mini.",
                next='labkit.LensView(trace, kind="logit")',
            )
        return self.lenses[kind]


def answer_token(trace: Trace) -> int:
    r"""The first token of the answer itself, after its tag or `\boxed{`, if any; -1 if there is no answer."""
    start, end = trace.parts.answer
    answer = trace.text[start:end]
    for mark in ("<answer>", "\\boxed{"):
        if mark in answer:
            start += answer.rindex(mark) + len(mark)
            break
    text = trace.text[start:end]
    first, last = trace.token_range(start + len(text) - len(text.lstrip()), end)
    return first if last > first else -1


def first_word(texts: Sequence[str], start: int) -> int:
    """The first token from `start` on that has a letter or a digit; `start` if no token has."""
    return next((i for i in range(start, len(texts)) if any(c.isalnum() for c in texts[i])), start)
