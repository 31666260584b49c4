"""What a fork needs of a model: tokens for a replacement, and a batch of continuations.

`local.py` and `remote.py` register one `ForkBackend` each, for models in this process and for models on a server.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from threading import Event
from typing import Any, Protocol

from labkit._host.session import Computation, Count
from labkit.models import LanguageModel
from labkit.models.local.recorder import Recorder
from labkit.traces import SamplingParams, Tokens, Trace, TraceGroup


@dataclass(frozen=True)
class ContinuationBatch(ABC):
    """`n` continuations to sample, each after the first `prefix_len` tokens of a trace followed by `replacement`."""

    model: LanguageModel
    trace: Trace
    prefix_len: int
    replacement: tuple[Any, ...]
    n: int
    settings: SamplingParams
    recorders: list[Recorder] = field(default_factory=list, compare=False)

    @property
    def n_finished(self) -> int:
        """The number of finished rollouts."""
        return sum(r.ended for r in self.recorders)

    @property
    def n_sampled(self) -> int:
        """The number of sampled tokens of all rollouts."""
        before = self.prefix_len + len(self.replacement)
        return sum(max(0, len(r.ids) - before) for r in list(self.recorders))

    def rollouts(self, stop: Event) -> TraceGroup:
        """The rollouts in their current state."""
        traces = [r.trace(r.finish_reason(stopped=stop.is_set())) for r in self.recorders]
        return TraceGroup(tuple(t.attach(language_model=self.model) for t in traces))

    @property
    @abstractmethod
    def replacement_text(self) -> str:
        """The inserted text."""

    @abstractmethod
    def steps(self, stop: Event) -> Generator[None]:
        """Samples into the recorders, some tokens per `next` call."""

    @property
    def head(self) -> Trace:
        """A rollout before its first sampled token."""
        fresh = {"model": self.model.name, "text": "", "tokens": Tokens(), "settings": self.settings}
        return self.trace.model_copy(update=fresh)


class ForkBackend(Protocol):
    """Continues the thoughts of one model.

    A replacement is a tuple in the model's own units: token ids for a model in this process, pieces of text for a
    model on a server.
    """

    def token_by_id(self, trace: Trace, id: int) -> tuple[Any, ...]:
        """The replacement that is one token.

        Raises:
            LabkitError: the model or the trace has no such token.
        """

    def encode(self, text: str) -> tuple[Any, ...]:
        """A text as a replacement."""

    def check_in_vocabulary(self, text: str) -> None:
        """Checks that the model has tokens for a text.

        Raises:
            LabkitError: names the first word without a token.
        """

    def make_batch(
        self, trace: Trace, prefix_len: int, replacement: Sequence[Any], n: int, params: SamplingParams
    ) -> ContinuationBatch:
        """A batch of `n` continuations after `prefix_len` tokens and the replacement; nothing is sampled yet.

        Raises:
            LabkitError: the memory is too small; names the missing bytes.
        """


def computation_of(batches: Sequence[ContinuationBatch], stop: Event) -> Computation:
    """What the side panel shows of batches that are sampled one after the other."""

    def count() -> Count:
        model = batches[0].model.name if batches else ""
        done, total = sum(b.n_finished for b in batches), sum(b.n for b in batches)
        positions = sum(len(r.ids) + len(r.head.prompt_ids) for b in batches for r in list(b.recorders))
        return Count(model, done, total, sum(b.n_sampled for b in batches), positions)

    return Computation("forks", stop, count)


@singledispatch
def fork_backend(model: Any) -> ForkBackend:
    """The backend for a model, by its class."""
    raise TypeError(f"no fork backend is registered for {type(model).__name__}")
