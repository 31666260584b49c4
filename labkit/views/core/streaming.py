"""A streaming trace, and its output in the notebook cell."""

from __future__ import annotations

import time
from typing import Any

from labkit._host.notebook import in_notebook
from labkit.traces import Tokens, Trace
from labkit.traces.blocks import Block, blocks_of_text

INTERVAL = 0.04  # seconds between messages: 25 per second
SHARE = 0.1  # maximum share of the time for finding steps in the growing text


class Growing:
    """Growing columns of tokens, with the text and steps so far."""

    def __init__(self, head: Trace) -> None:
        self.head = head
        self.columns: dict[str, list[Any]] = {name: [] for name in Tokens.model_fields}
        self.pieces: dict[int, str] = dict(head.pieces)
        self.blocks: list[Block] = []
        self.sent = 0
        self._text: list[str] = []
        self._starts: list[int] = []
        self._chars = 0
        self._due = 0.0

    def add(self, tokens: Tokens, pieces: dict[int, str]) -> None:
        """Appends a chunk."""
        for name, column in self.columns.items():
            column.extend(getattr(tokens, name))
        self.pieces.update(pieces)
        for text, size in zip(tokens.texts, tokens.sizes, strict=True):
            written = text_of(text, size)
            self._starts.append(self._chars)
            self._text.append(written)
            self._chars += len(written)

    def due(self) -> bool:
        """Whether the next message to the browser is due."""
        return time.monotonic() >= self._due

    def restructure(self) -> int:
        """Finds the blocks again; returns the number of unchanged blocks."""
        began = time.monotonic()
        old, self.blocks = self.blocks, blocks_of_text(self.head, "".join(self._text), self._starts)
        now = time.monotonic()
        self._due = now + max(INTERVAL, (now - began) / SHARE)
        return same(old, self.blocks)

    def tokens(self) -> Tokens:
        """The columns so far."""
        whole = len(self.columns["ids"])
        columns: dict[str, Any] = {name: c[:] if len(c) == whole else [] for name, c in self.columns.items()}
        return Tokens.model_construct(None, **columns)

    def trace(self) -> Trace:
        """The tokens so far, as an interrupted trace."""
        changes = {"text": "".join(self._text), "tokens": self.tokens(), "pieces": dict(self.pieces)}
        fields = {name: getattr(self.head, name) for name in Trace.model_fields}
        return Trace.model_construct(**(fields | changes | {"finish": "interrupted"}))


def same(old: list[Block], new: list[Block]) -> int:
    """The number of equal blocks at the beginning.

    >>> same([], [Block(role="tag", first=0, last=1)])
    0
    """
    pairs = enumerate(zip(old, new, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(old), len(new)))


def text_of(text: str, size: int) -> str:
    """The text that a token adds; placeholders of the right size for a part of a character."""
    if not size or len(text.encode("utf-8", "surrogatepass")) == size:
        return text if size else ""
    return "\ufffd" * (size // 3) + "?" * (size % 3)


def show(view: Any) -> Any:
    """Puts a view into the running cell and returns the handle that redraws it; None outside a kernel."""
    if not in_notebook():
        return None
    from IPython.display import display

    return display(view, display_id=True)  # type: ignore[no-untyped-call]
