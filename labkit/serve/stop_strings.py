"""Ends a completion at the client's stop strings (`stop`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class StopFilter(Generic[T]):
    """Passes tokens on up to the first stop string, which is left out.

    Tokens that may begin a stop string are held back until the text rules it out.

    Args:
        stops: the stop strings, each not empty.

    Attributes:
        matched: a stop string was found.

    >>> filter = StopFilter(["END"])
    >>> [filter.add(text, text.encode()) for text in ("a", "bE", "Nx", "yEND z")]
    [(['a'], b'a'), ([], b''), (['bE', 'Nx'], b'bENx'), ([], b'y')]
    >>> filter.matched
    True
    """

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self.stops = [stop.encode() for stop in stops]
        self.matched = False
        self._held: list[tuple[T, bytes]] = []

    def add(self, token: T, raw: bytes) -> tuple[list[T], bytes]:
        """Adds one token, whose text is `raw`; returns the tokens that can be sent now, and their text.

        If a stop string begins inside a token, only the text before the stop string is sent.
        """
        if self.matched:
            return [], b""
        self._held.append((token, raw))
        text = b"".join(raw for _, raw in self._held)
        starts = [start for stop in self.stops if (start := text.find(stop)) >= 0]
        if starts:
            self.matched = True
            tokens, text_before = self._release(min(starts))
            self._held = []
            return tokens, text_before + text[len(text_before) : min(starts)]
        return self._release(len(text) - self._unclear(text))

    def rest(self) -> tuple[list[T], bytes]:
        """The held tokens and their text, after the last token."""
        held, self._held = self._held, []
        return [token for token, _ in held], b"".join(raw for _, raw in held)

    def _unclear(self, text: bytes) -> int:
        """The number of final bytes that may begin a stop string."""
        longest = max(map(len, self.stops), default=1) - 1
        ends = range(min(longest, len(text)), 0, -1)
        return next((n for n in ends if any(stop.startswith(text[-n:]) for stop in self.stops)), 0)

    def _release(self, limit: int) -> tuple[list[T], bytes]:
        """Releases the first held tokens, of at most `limit` bytes in total."""
        tokens: list[T] = []
        text_before = b""
        while self._held and len(text_before) + len(self._held[0][1]) <= limit:
            token, raw = self._held.pop(0)
            tokens.append(token)
            text_before += raw
        return tokens, text_before
