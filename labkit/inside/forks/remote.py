"""Forks of a thought whose model is on a server: new requests with the thought up to the change.

A server takes text, not tokens: the inserted text is one piece, however many tokens it has for the model, and
its logprob is known only if it was among the alternatives. Each rollout is a separate request, up to eight at
a time; a server with batching and prefix caching takes little longer than for one request.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event

from labkit.errors import BadArgument
from labkit.inside.forks.batch import ContinuationBatch, fork_backend
from labkit.models.remote.continuation_check import checked_continuation
from labkit.models.remote.deltas import Delta
from labkit.models.remote.model import GROUP_TIMEOUT, SEEDS, RemoteModel, partial_call
from labkit.models.remote.recorder import RemoteRecorder
from labkit.models.remote.streaming import BackgroundCall, CompletionStream, StreamReader
from labkit.traces import SamplingParams, Tokens, Trace
from labkit.traces.builder import SyntheticVocabulary

ROW = ("ids", "sizes", "texts", "logprobs", "entropies", "times", "top_ids", "top_logprobs")


class RemoteBatch(ContinuationBatch):
    """A batch sampled by a server; `replacement` holds deltas (`Delta`)."""

    model: RemoteModel

    @property
    def replacement_text(self) -> str:
        """The inserted text."""
        return "".join(piece.text for piece in self.replacement)

    def steps(self, stop: Event) -> Generator[None]:
        """Requests every rollout and records the streamed tokens.

        Raises:
            LabkitError: the server refuses the request, or does not continue a prefix.
        """
        prefix = prefix_text(self.trace, self.prefix_len)
        thought, tags = prefix + "".join(p.text for p in self.replacement if p.raw), self.model.tags
        columns = _first(self.trace.tokens, self.prefix_len)
        last = columns.times[-1] if columns.times else 0.0
        received: list[RemoteRecorder] = []
        for i in range(self.n):
            settings = self.settings.model_copy(update={"seed": ((self.settings.seed or 0) + i) % SEEDS})
            head = self.head.model_copy(update={"settings": settings})
            recorder = self.model.recorder(head, SyntheticVocabulary.of(self.trace))
            recorder.extend(columns)
            for piece in self.replacement:
                recorder.add_unchanged(piece, last)
            received.append(recorder)
        if self.replacement and not self.replacement[-1].raw:  # the end of the text
            for recorder in received:
                recorder.outcome, recorder.ended = "stop", True
            self.recorders.extend(received)
            return
        continuation = yield from BackgroundCall(
            checked_continuation(self.model, self.trace, thought), stop
        ).wait()
        if continuation is None:  # Stop
            return
        self.recorders.extend(received)
        reader = StreamReader(stop)

        def answers() -> Iterator[tuple[CompletionStream, RemoteRecorder]]:
            for recorder in received:
                recorder.closed = tags.close in thought
                recorder.reasoning = continuation.separate_reasoning and not recorder.closed
                settings = recorder.head.settings
                question = partial_call(continuation.ask, thought, settings, GROUP_TIMEOUT)
                yield reader.open(question, settings.max_new_tokens), recorder

        yield from reader.record(answers(), start=last)
        self.model.warn_truncated(received)


@fork_backend.register(RemoteModel)
@dataclass(frozen=True)
class RemoteForks:
    """Continues thoughts with a model on a server; replacements are pieces of text."""

    model: RemoteModel

    def token_by_id(self, trace: Trace, id: int) -> tuple[Delta, ...]:
        """The piece of text that has a given id in a trace.

        Raises:
            LabkitError: the trace has no such id, or the piece is half a character.
        """
        vocabulary = SyntheticVocabulary.of(trace)
        if id not in vocabulary.known:
            raise BadArgument(
                f"This trace has no token {id:,}.", why=f"{self.model.name} is on a server, which numbers no tokens.",
                next='labkit.inside.fork(trace, at=0, replace="Go back")  # the text itself',
            )  # fmt: skip
        if "\ufffd" in vocabulary.text(id):
            raise BadArgument(
                f"Token {id:,} is half a character.", why="servers accept text, so a cut may not split a character.",
                next='labkit.inside.fork(trace, at=0, replace="Go back")  # the text itself',
            )  # fmt: skip
        return (Delta(vocabulary.text(id), bytes=vocabulary.bytes(id)),)

    def encode(self, text: str) -> tuple[Delta, ...]:
        """A text as one piece."""
        return (Delta(text),)

    def check_in_vocabulary(self, text: str) -> None:
        """Does nothing: the server has a token for every text."""

    def make_batch(
        self, trace: Trace, prefix_len: int, replacement: Sequence[Delta], n: int, params: SamplingParams
    ) -> ContinuationBatch:
        """A batch; only the request itself shows whether the server can continue a prefix.

        Raises:
            LabkitError: token `prefix_len` begins inside a character.
        """
        prefix_text(trace, prefix_len)
        logprobs = {}
        if len(replacement) == 1 and prefix_len < len(trace):
            logprobs = {a.text: a.logprob for a in trace.alternatives(prefix_len)}
        pieces = tuple(replace(piece, logprob=logprobs.get(piece.text)) for piece in replacement)
        return RemoteBatch(self.model, trace, prefix_len, pieces, n, params)


def prefix_text(trace: Trace, prefix_len: int) -> str:
    """The text of the first `prefix_len` tokens.

    Raises:
        LabkitError: the last of them ends inside a character.
    """
    raw = trace.text.encode("utf-8", "surrogatepass")
    for complete in range(prefix_len, -1, -1):
        try:
            text = raw[: sum(trace.tokens.sizes[:complete])].decode("utf-8")
        except UnicodeDecodeError:
            continue
        if complete == prefix_len:
            return text
        break
    raise BadArgument(
        f"Token {prefix_len} begins inside a character.",
        why="servers accept text, so a cut may not split a character.",
        next=f"labkit.inside.fork(trace, at={complete})",
    )  # fmt: skip


def _first(tokens: Tokens, prefix_len: int) -> Tokens:
    return tokens.model_copy(update={name: getattr(tokens, name)[:prefix_len] for name in ROW})
