"""Builds a trace from a server's stream.

Servers send no token ids. A trace needs ids, so each new text gets the next number.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.models.families import THINK, Tags
from labkit.models.local.recorder import Recorder
from labkit.models.remote.deltas import Delta
from labkit.traces import Tokens
from labkit.traces.builder import SyntheticVocabulary
from labkit.traces.trace import Finish

NO_LOGPROBS = frozenset({"logprobs", "top_ids", "top_logprobs"})
TAIL = 64  # tokens that a closing tag may have


@dataclass
class RemoteRecorder(Recorder):
    """A recorder that leaves a column empty if the server did not send it.

    Attributes:
        tags: the tags of the model's family; the closing tag is inserted between reasoning and content.
        thinking_off: thinking was turned off in the request.
        reasoning: the last delta came as reasoning.
        closed: the thought has ended, even if the server sends more reasoning.
        outcome: the finish reason from the server; None before the end.
        broken: the exception of a broken connection, if any.
    """

    missing: frozenset[str] = frozenset({"entropies"})
    tags: Tags = THINK
    thinking_off: bool = False
    reasoning: bool = False
    closed: bool = False
    outcome: Finish | None = None
    broken: str | None = None
    _held: list[tuple[Delta, float]] = field(default_factory=list, repr=False)

    def add(self, delta: Delta, time: float) -> None:
        """Adds one delta; `time` in seconds since the start.

        The first content behind reasoning is held back while it may be the beginning of a closing tag: some servers
        send the tag of the model as content, and others send none.
        """
        if self.reasoning and not delta.thought:
            self._held.append((delta, time))
            self._end_thought()
            return
        self._release()
        if delta.thought and not self.ids:  # the server omits the opening tag
            self.head = self.head.model_copy(update={"opened": True})
        self.reasoning = delta.thought and not self.closed
        self.add_unchanged(delta, time)

    def add_unchanged(self, delta: Delta, time: float) -> None:
        """Adds one delta without a tag before it. A delta without its logprob empties the column of the trace."""
        if delta.logprob is None:
            self.missing |= NO_LOGPROBS
        self.append(
            self.id_of(delta.raw), logprob=delta.logprob or 0.0, time=time,
            top_ids=[self.id_of(raw) for raw, _ in delta.top], top_logprobs=[logprob for _, logprob in delta.top],
        )  # fmt: skip

    def end(self, outcome: Finish | None, broken: str | None) -> None:
        """Marks the end of the stream.

        Some servers send the whole answer as reasoning if thinking is turned off: then it is the answer.
        """
        if self.thinking_off and self.reasoning and outcome == "stop":
            self.head = self.head.model_copy(update={"opened": False})
        self._release()
        self.outcome, self.broken, self.ended = outcome, broken, True

    def id_of(self, raw: bytes) -> int:
        """The id of a text in this trace."""
        assert isinstance(self.vocabulary, SyntheticVocabulary)
        return self.vocabulary.id(raw)

    def extend(self, tokens: Tokens) -> None:
        """Starts from recorded tokens; their missing values stay missing."""
        if len(tokens) and not tokens.logprobs:
            self.missing |= NO_LOGPROBS
        super().extend(tokens)

    def finish_reason(self, *, stopped: bool) -> Finish:
        """The finish reason, from the server."""
        return self.outcome or "interrupted"

    # -- internals -------------------------------------------------------------------------------

    def _end_thought(self) -> None:
        """Adds the held content once it is clear whether it begins with a closing tag, and inserts a missing one."""
        close = self.tags.close.encode()
        content = b"".join(delta.raw for delta, _ in self._held)
        begin = content.lstrip()
        if close.startswith(begin) and begin != close:
            return
        if not begin.startswith(close) and not self._is_closed():
            end, first = self.tags.think_close, self._held[0][0]
            text = end.rstrip() if content[:1].isspace() else end
            self.add_unchanged(Delta(text, logprob=first.logprob and 0.0), self._held[0][1])
        self.reasoning = False
        self._release()

    def _is_closed(self) -> bool:
        """Whether the reasoning itself ends with the closing tag."""
        last = b"".join(self.vocabulary.bytes(id) for id in self.ids[-TAIL:])
        return bool(self.tags.close) and last.rstrip().endswith(self.tags.close.encode())

    def _release(self) -> None:
        """Adds what was held back, unchanged."""
        held, self._held = self._held, []
        for delta, time in held:
            self.add_unchanged(delta, time)
