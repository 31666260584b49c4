"""Builds a trace from a server's stream.

Servers send no token ids. A trace needs ids, so each new text gets the next number.
"""

from __future__ import annotations

from dataclasses import dataclass

from labkit.models.families import THINK, Tags
from labkit.models.local.recorder import Recorder
from labkit.models.remote.deltas import Delta
from labkit.traces import Tokens
from labkit.traces.builder import SyntheticVocabulary
from labkit.traces.trace import Finish

NO_LOGPROBS = frozenset({"logprobs", "top_ids", "top_logprobs"})


@dataclass
class RemoteRecorder(Recorder):
    """A recorder that leaves a column empty if the server did not send it.

    Attributes:
        tags: the tags of the model's family; the closing tag is inserted between reasoning and content.
        reasoning: the last delta came as reasoning.
        closed: the thought has ended, even if the server sends more reasoning.
        outcome: the finish reason from the server; None before the end.
        broken: the exception of a broken connection, if any.
    """

    missing: frozenset[str] = frozenset({"entropies"})
    tags: Tags = THINK
    reasoning: bool = False
    closed: bool = False
    outcome: Finish | None = None
    broken: str | None = None

    def add(self, delta: Delta, time: float) -> None:
        """Adds one delta; `time` in seconds since the start."""
        if self.reasoning and not delta.thought and delta.text.strip() != self.tags.close:
            end = self.tags.think_close
            text = end.rstrip() if delta.text[:1].isspace() else end
            self.add_unchanged(Delta(text, logprob=delta.logprob and 0.0), time)
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
