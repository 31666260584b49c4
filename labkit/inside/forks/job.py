"""Samples rollouts in the background, so that the view that started them stays responsive."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Event

from labkit.inside.forks.batch import ContinuationBatch
from labkit.models.runtime.generation_thread import GENERATION_EXECUTOR
from labkit.traces import TraceGroup

INTERVAL = 0.1  # seconds between two reports


class SamplingJob:
    """Batches sampled in the generation thread; the job waits for a generation that is already running.

    Args:
        batches: the batches to sample, one after the other.
        on_progress: called in that thread ten times a second while the job runs, and once at its end.

    Attributes:
        stop: set this event to end the job after the current token.
        steps: decoding steps so far; one step decodes a token of every rollout of a batch.
        seconds: running time so far, without the wait.
        finished: whether the job has ended; `error` is the exception that ended it, if any.
    """

    def __init__(
        self, batches: Sequence[ContinuationBatch], on_progress: Callable[[SamplingJob], None]
    ) -> None:
        self.batches, self.on_progress = list(batches), on_progress
        self.stop, self.steps, self.seconds, self.finished = Event(), 0, 0.0, False
        self.error: BaseException | None = None

    def start(self) -> SamplingJob:
        """Starts the job, or queues it behind the running generation."""
        GENERATION_EXECUTOR.submit(self._work)
        return self

    @property
    def done(self) -> int:
        """The number of finished rollouts."""
        return sum(batch.n_finished for batch in self.batches)

    @property
    def total(self) -> int:
        """The total number of rollouts."""
        return sum(batch.n for batch in self.batches)

    def groups(self) -> list[TraceGroup]:
        """The rollouts of each batch in their current state."""
        return [batch.rollouts(self.stop) for batch in self.batches]

    def _work(self) -> None:
        started = reported = time.monotonic()
        try:
            for batch in self.batches:
                for _ in batch.steps(self.stop):
                    self.steps += 1
                    now = time.monotonic()
                    if now - reported > INTERVAL:
                        reported, self.seconds = now, now - started
                        self.on_progress(self)
        except BaseException as error:  # stored for the view to show
            self.error = error
        finally:
            self.seconds, self.finished = time.monotonic() - started, True
            self.on_progress(self)
