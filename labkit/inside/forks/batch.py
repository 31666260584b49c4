"""The base class for sampling continuations of a thought, in this process or on a server."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from labkit.models import Model
from labkit.models.local.recorder import Recorder
from labkit.traces import Settings, Tokens, Trace, TraceGroup


@dataclass(frozen=True)
class Batch(ABC):
    """`n` continuations to sample, each after the first `keep` tokens of a trace followed by `put`."""

    model: Model
    trace: Trace
    keep: int
    put: tuple[Any, ...]
    n: int
    settings: Settings
    recorders: list[Recorder] = field(default_factory=list, compare=False)

    @property
    def ended(self) -> int:
        """The number of finished rollouts."""
        return sum(r.ended for r in self.recorders)

    def finished(self, stop: Event) -> TraceGroup:
        """The rollouts in their current state."""
        ended = [r.trace(r.finish(stopped=stop.is_set())) for r in self.recorders]
        return TraceGroup(tuple(t.attach(thinker=self.model) for t in ended))

    @property
    @abstractmethod
    def said(self) -> str:
        """The inserted text, in words."""

    @abstractmethod
    def steps(self, stop: Event) -> Generator[None]:
        """Samples into the recorders, some tokens per `next` call."""

    @property
    def head(self) -> Trace:
        """A rollout before its first sampled token."""
        fresh = {"model": self.model.name, "text": "", "tokens": Tokens(), "settings": self.settings}
        return self.trace.model_copy(update=fresh)
