"""Rollouts that are sampled beside the caller: what a view starts and goes on answering."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Event

from labkit.inside.batch import Batch
from labkit.models.worker import THINKER
from labkit.traces import TraceGroup

INTERVAL = 0.1  # seconds between two reports


class Job:
    """Some batches, sampled in the thread that thinks; one that is thinking already is waited for.

    Args:
        batches: what to sample, one after the other.
        tell: called in that thread ten times a second while it runs, and once when it is over.

    Attributes:
        stop: set it, and the job ends after the token at hand.
        steps: tokens decoded so far, all rollouts of a batch together counting as one.
        seconds: how long it has been running, without the wait.
        over: whether it has ended; `error` is what ended it, if something went wrong.
    """

    def __init__(self, batches: Sequence[Batch], tell: Callable[[Job], None]) -> None:
        self.batches, self.tell = list(batches), tell
        self.stop, self.steps, self.seconds, self.over = Event(), 0, 0.0, False
        self.error: BaseException | None = None

    def start(self) -> Job:
        """Begins, or queues behind the thought that is running."""
        THINKER.submit(self._work)
        return self

    @property
    def done(self) -> int:
        """Rollouts that have ended."""
        return sum(batch.ended for batch in self.batches)

    @property
    def total(self) -> int:
        """Rollouts in all."""
        return sum(batch.n for batch in self.batches)

    def groups(self) -> list[TraceGroup]:
        """The rollouts of each batch as they stand."""
        return [batch.finished(self.stop) for batch in self.batches]

    def _work(self) -> None:
        began = told = time.monotonic()
        try:
            for batch in self.batches:
                for _ in batch.steps(self.stop):
                    self.steps += 1
                    now = time.monotonic()
                    if now - told > INTERVAL:
                        told, self.seconds = now, now - began
                        self.tell(self)
        except BaseException as error:  # told to whoever looks
            self.error = error
        finally:
            self.seconds, self.over = time.monotonic() - began, True
            self.tell(self)
