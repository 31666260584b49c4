"""Where an answer ends that a client wants to end at a text of its own (`stop`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class StopFilter(Generic[T]):
    """Passes tokens on up to the first stop string, which is left out.

    Tokens that may be the beginning of a stop string are held back until it is clear that they are not.

    Args:
        stops: the texts that end the answer; none of them is empty.

    Attributes:
        found: one of them has come.

    >>> filter = StopFilter(["END"])
    >>> [filter.add(text, text.encode()) for text in ("a", "bE", "Nx", "yEND z")]
    [(['a'], b'a'), ([], b''), (['bE', 'Nx'], b'bENx'), ([], b'y')]
    >>> filter.found
    True
    """

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self.stops = [stop.encode() for stop in stops]
        self.found = False
        self._held: list[tuple[T, bytes]] = []

    def add(self, token: T, raw: bytes) -> tuple[list[T], bytes]:
        """One token, whose text is `raw`; the tokens that may be shown now, and their text.

        Of a token in the middle of which a stop string begins only the text before it is shown.
        """
        if self.found:
            return [], b""
        self._held.append((token, raw))
        text = b"".join(raw for _, raw in self._held)
        begins = [at for stop in self.stops if (at := text.find(stop)) >= 0]
        if begins:
            self.found = True
            tokens, shown = self._release(min(begins))
            self._held = []
            return tokens, shown + text[len(shown) : min(begins)]
        return self._release(len(text) - self._unclear(text))

    def rest(self) -> tuple[list[T], bytes]:
        """What was held back: no more tokens come."""
        held, self._held = self._held, []
        return [token for token, _ in held], b"".join(raw for _, raw in held)

    def _unclear(self, text: bytes) -> int:
        """How many of the last bytes may begin a stop string."""
        longest = max(map(len, self.stops), default=1) - 1
        ends = range(min(longest, len(text)), 0, -1)
        return next((n for n in ends if any(stop.startswith(text[-n:]) for stop in self.stops)), 0)

    def _release(self, most: int) -> tuple[list[T], bytes]:
        """The first tokens held, of at most so many bytes together."""
        tokens: list[T] = []
        shown = b""
        while self._held and len(shown) + len(self._held[0][1]) <= most:
            token, raw = self._held.pop(0)
            tokens.append(token)
            shown += raw
        return tokens, shown
