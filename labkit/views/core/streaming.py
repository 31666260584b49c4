"""A growing trace, as far as a view has sent it to the browser."""

from __future__ import annotations

import time

from labkit.traces.blocks import Block, blocks_of_text
from labkit.traces.builder import TraceBuilder

INTERVAL = 0.04  # seconds between messages: 25 per second
SHARE = 0.1  # maximum share of the time for finding steps in the growing text


class StreamingTrace:
    """What a view knows of a growing trace: its text and steps so far, and how much the browser has.

    The columns stay in the builder; the view reads from it.

    Args:
        builder: the trace that another thread extends.
    """

    def __init__(self, builder: TraceBuilder) -> None:
        self.builder = builder
        self.blocks: list[Block] = []
        self.sent = 0  # tokens that the browser has
        self._text: list[str] = []
        self._starts: list[int] = []
        self._chars = 0
        self._next_message = 0.0

    def may_send(self) -> bool:
        """Whether there are new tokens, and the next message to the browser is due."""
        return len(self.builder) > self.sent and time.monotonic() >= self._next_message

    @property
    def n_tokens(self) -> int:
        """The number of tokens in the text so far."""
        return len(self._text)

    def update_blocks(self) -> int:
        """Finds the blocks of the text so far; returns the number of unchanged blocks at the beginning."""
        began = time.monotonic()
        tokens = self.builder.tokens(len(self._text))
        for text, size in zip(tokens.texts, tokens.sizes, strict=True):
            added = visible_text(text, size)
            self._starts.append(self._chars)
            self._text.append(added)
            self._chars += len(added)
        previous = self.blocks
        self.blocks = blocks_of_text(self.builder.head, "".join(self._text), self._starts)
        now = time.monotonic()
        self._next_message = now + max(INTERVAL, (now - began) / SHARE)
        return common_prefix(previous, self.blocks)


def common_prefix(old: list[Block], new: list[Block]) -> int:
    """The number of equal blocks at the beginning.

    >>> common_prefix([], [Block(role="tag", first=0, last=1)])
    0
    """
    pairs = enumerate(zip(old, new, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(old), len(new)))


def visible_text(text: str, size: int) -> str:
    """The text that a token adds; placeholders of the right size for a part of a character."""
    if not size or len(text.encode("utf-8", "surrogatepass")) == size:
        return text if size else ""
    return "\ufffd" * (size // 3) + "?" * (size % 3)
