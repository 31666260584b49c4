"""Samples rollouts in the background, so that the view that started them stays responsive."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Event

from labkit._host.session import computing, tick
from labkit.inside.forks.batch import ContinuationBatch, computation_of
from labkit.models.runtime.generation_thread import GENERATION_EXECUTOR
from labkit.traces import TraceGroup

REPORT_SECONDS = 0.1  # seconds between two reports


class SamplingJob:
    """Batches sampled in the generation thread; the job waits for a generation that is already running.

    Args:
        batches: the batches to sample, one after the other.
        on_progress: called in that thread at most ten times a second while the job runs, and once at its end.

    Attributes:
        stop: set this event to end the job after the current token.
        steps: decoding steps so far. A model in this process decodes a token of every rollout of a batch in one step;
            with a server, a step is a delta of one rollout, or a wait.
        seconds: running time so far, without the wait.
        is_finished: whether the job has ended; `error` is the exception that ended it, if any.
    """

    def __init__(
        self, batches: Sequence[ContinuationBatch], on_progress: Callable[[SamplingJob], None]
    ) -> None:
        self.batches, self.on_progress = list(batches), on_progress
        self.stop, self.steps, self.seconds, self.is_finished = Event(), 0, 0.0, False
        self.error: BaseException | None = None

    def start(self) -> SamplingJob:
        """Starts the job, or queues it behind the running generation."""
        GENERATION_EXECUTOR.submit(self._work)
        return self

    @property
    def n_finished(self) -> int:
        """The number of finished rollouts."""
        return sum(batch.n_finished for batch in self.batches)

    @property
    def n_rollouts(self) -> int:
        """The total number of rollouts."""
        return sum(batch.n for batch in self.batches)

    def groups(self) -> list[TraceGroup]:
        """The rollouts of each batch in their current state."""
        return [batch.rollouts(self.stop) for batch in self.batches]

    def _work(self) -> None:
        started = reported = time.monotonic()
        try:
            with computing(computation_of(self.batches, self.stop)):
                for _ in (step for batch in self.batches for step in batch.steps(self.stop)):
                    self.steps += 1
                    now = time.monotonic()
                    if now - reported > REPORT_SECONDS:
                        reported, self.seconds = now, now - started
                        self.on_progress(self)
                        tick()
        except BaseException as error:  # stored for the view to show
            self.error = error
        finally:
            self.seconds, self.is_finished = time.monotonic() - started, True
            self.on_progress(self)
