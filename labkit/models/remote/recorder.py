"""Builds a trace from a server's stream.

Servers send no token ids. A trace needs ids, so each new text gets the next number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from labkit.models.families import THINK, Tags
from labkit.models.local.recorder import Recorder
from labkit.models.remote.deltas import Said
from labkit.traces import Tokens, Trace
from labkit.traces.trace import Finish

END = "<end>"  # the display text of the end token


@dataclass
class Vocabulary:
    """A vocabulary of received texts; replaces `Pieces`."""

    ids: dict[bytes, int] = field(default_factory=dict)
    known: dict[int, bytes] = field(default_factory=dict)
    free: int = 0  # the first free number

    @classmethod
    def of(cls, trace: Trace) -> Vocabulary:
        """The vocabulary of a trace."""
        made = cls()
        for id, text in trace.pieces.items():
            made._know(id, b"" if text == END else text.encode("utf-8", "replace"))
        raw, at = trace.text.encode("utf-8", "surrogatepass"), 0
        for id, size in zip(trace.tokens.ids, trace.tokens.sizes, strict=True):
            made._know(id, raw[at : at + size])
            at += size
        return made

    def _know(self, id: int, raw: bytes) -> None:
        self.ids[raw], self.known[id] = id, raw
        self.free = max(self.free, id + 1)

    def id(self, raw: bytes) -> int:
        """The number of a text."""
        if raw not in self.ids:
            self._know(self.free, raw)
        return self.ids[raw]

    def bytes(self, token: int) -> bytes:
        """The bytes that a token adds to the text."""
        return self.known[token]

    def text(self, token: int) -> str:
        """The display text of a token."""
        return self.known[token].decode("utf-8", "replace") or END


@dataclass
class Received(Recorder):
    """A recorder that leaves a column empty if the server did not send it.

    Attributes:
        tags: the tags of the model's family; the closing tag is inserted between reasoning and content.
        thought: the last piece came as reasoning.
        closed: the thought has ended, even if the server sends more reasoning.
        dumb: a token came without its logprob, so the trace has no logprob column.
        outcome: the finish reason from the server; None before the end.
        broken: the exception of a broken connection, if any.
    """

    tags: Tags = THINK
    thought: bool = False
    closed: bool = False
    dumb: bool = False
    outcome: Finish | None = None
    broken: str | None = None

    def hear(self, said: Said, now: float) -> None:
        """Adds one piece of text; `now` in seconds since the start."""
        if self.thought and not said.thought and said.text.strip() != self.tags.close:
            end = self.tags.think_close
            self.write(
                Said(end.rstrip() if said.text[:1].isspace() else end, logprob=said.logprob and 0.0), now
            )
        if said.thought and not self.ids:  # the server omits the opening tag
            self.head = self.head.model_copy(update={"opened": True})
        self.thought = said.thought and not self.closed
        self.write(said, now)

    def write(self, said: Said, now: float) -> None:
        """Adds one piece of text unchanged. `ids` grows last: a reader in another thread uses its length."""
        self.dumb = self.dumb or said.logprob is None
        self.logprobs.append(round(min(said.logprob or 0.0, 0.0), 6))
        self.entropies.append(0.0)
        self.times.append(round(now, 4))
        self.top_ids.append([self.number(raw) for raw, _ in said.top])
        self.top_logprobs.append([round(min(p, 0.0), 6) for _, p in said.top])
        self.ids.append(self.number(said.raw))

    def number(self, raw: bytes) -> int:
        """The number of a text in this trace."""
        assert isinstance(self.pieces, Vocabulary)
        return self.pieces.id(raw)

    def begin(self, tokens: Tokens) -> None:
        """Starts from existing tokens; their missing values stay missing."""
        n = len(tokens)
        self.dumb = self.dumb or (n > 0 and not tokens.logprobs)
        self.ids.extend(tokens.ids)
        for name in ("logprobs", "entropies", "times"):
            getattr(self, name).extend(getattr(tokens, name) or [0.0] * n)
        for name in ("top_ids", "top_logprobs"):
            getattr(self, name).extend(getattr(tokens, name) or [[]] * n)

    def finish(self, *, stopped: bool) -> Finish:
        """The finish reason, from the server."""
        return self.outcome or "interrupted"

    def _tokens(self, start: int, end: int, sizes: list[int]) -> Tokens:
        whole = super()._tokens(start, end, sizes)
        unknown: dict[str, Any] = {"entropies": []}
        if self.dumb:
            unknown |= {"logprobs": [], "top_ids": [], "top_logprobs": []}
        return whole.model_copy(update=unknown)
