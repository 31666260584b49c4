"""What to sample when a thought is continued; in this process or on a server, both from here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from labkit.models import Model
from labkit.models.recorder import Recorder
from labkit.traces import Settings, Tokens, Trace, TraceGroup


@dataclass(frozen=True)
class Batch(ABC):
    """What to sample: `n` continuations of the first `keep` tokens of a trace and of `put` after them."""

    model: Model
    trace: Trace
    keep: int
    put: tuple[Any, ...]
    n: int
    settings: Settings
    recorders: list[Recorder] = field(default_factory=list, compare=False)

    @property
    def ended(self) -> int:
        """Rollouts that have come to their end."""
        return sum(r.ended for r in self.recorders)

    def finished(self, stop: Event) -> TraceGroup:
        """The rollouts as they stand."""
        ended = [r.trace(r.finish(stopped=stop.is_set())) for r in self.recorders]
        return TraceGroup(tuple(t.attach(thinker=self.model) for t in ended))

    @property
    @abstractmethod
    def said(self) -> str:
        """What is put there, in words."""

    @abstractmethod
    def steps(self, stop: Event) -> Generator[None]:
        """Samples into the recorders, some tokens at each `next`."""

    @property
    def head(self) -> Trace:
        """A rollout before its first token."""
        fresh = {"model": self.model.name, "text": "", "tokens": Tokens(), "settings": self.settings}
        return self.trace.model_copy(update=fresh)
