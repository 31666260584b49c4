"""Schedules requests: one thread generates for the whole class; other requests wait in a queue or are rejected."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Sequence
from threading import Condition, Thread

from labkit.models import LocalModel
from labkit.models.runtime.memory_budget import max_batch
from labkit.models.runtime.threads import threads_for
from labkit.serve.batching import Row, SampledToken, batch_for
from labkit.traces import SamplingParams

MAX_TOKENS = 8_192  # tokens of a prompt and its completion, if the context allows it
MAX_CONCURRENT = 32  # concurrent rollouts: a class of 30
MAX_QUEUED = 96  # queued rollouts: a student who samples a group sends eight requests at once
PREFILLS_PER_STEP = 4  # prompts prefilled between two decoding steps


class QueueFullError(Exception):
    """The queue is full; retry after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many requests are queued; retry in {seconds} s")
        self.seconds = seconds


class Request:
    """One rollout: the compute thread generates its tokens, and the event loop receives them.

    Args:
        ids: the prompt.
        settings: its sampling settings.
        inbox: the queue for pairs of this rollout and a token; None marks the end.

    Attributes:
        row: the generated tokens.
        error: the reason for an early end.
    """

    def __init__(self, ids: list[int], settings: SamplingParams, inbox: Inbox) -> None:
        self.row: Row[Request] = Row(self, ids, settings)
        self.inbox = inbox
        self.error: str | None = None
        self.started_at = 0.0

    def cancel(self) -> None:
        """Cancels the rollout, because its client has gone; its slot is free from the next step on."""
        self.row.finished = True

    def end(self, error: str | None = None) -> None:
        """Marks the end of the tokens. Runs in the event loop's thread."""
        self.error = self.error or error
        self.row.finished = True
        self.inbox.put_nowait((self, None))


Inbox = asyncio.Queue[tuple[Request, SampledToken | None]]  # for the rollouts of one HTTP request


class Scheduler:
    """Accepts requests in the event loop's thread, and generates in its own thread.

    Args:
        model: the model.
        max_concurrent: the most concurrent rollouts; fewer if memory is short.
        max_queued: the most queued rollouts.

    Attributes:
        context: the most tokens of a prompt and its completion.
        slots: number of slots for concurrent rollouts.
        served: number of finished rollouts, cancelled ones included.
        tokens: total number of generated tokens.
    """

    def __init__(
        self, model: LocalModel, *, max_concurrent: int = MAX_CONCURRENT, max_queued: int = MAX_QUEUED
    ) -> None:
        self.model, self.max_queued = model, max_queued
        self.context = min(model._context(), MAX_TOKENS)
        self.slots = max_batch(model.network, self.context, max_concurrent)
        self.served = self.tokens = 0
        self._queue: deque[Request] = deque()
        self._running: list[Request] = []
        self._mean = 1.0  # mean seconds of a rollout
        self._closed = False
        self._change = Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = Thread(target=self._run, name="labkit-serve", daemon=True)
        self._thread.start()

    @property
    def running(self) -> int:
        """Number of running rollouts."""
        return sum(not request.row.finished for request in self._running)

    @property
    def queued(self) -> int:
        """Number of queued rollouts."""
        return sum(not request.row.finished for request in list(self._queue))

    @property
    def alive(self) -> bool:
        """Whether the compute thread is running."""
        return self._thread.is_alive() and not self._closed

    def submit(self, rollouts: Sequence[tuple[list[int], SamplingParams]], inbox: Inbox) -> list[Request]:
        """Queues the rollouts of an HTTP request, all or none. Runs in the event loop's thread.

        Args:
            rollouts: prompt and sampling settings of each rollout.
            inbox: the queue for their tokens.

        Raises:
            QueueFullError: the queue is full.
        """
        requests = [Request(ids, settings, inbox) for ids, settings in rollouts]
        with self._change:
            self._loop = asyncio.get_running_loop()
            ahead = self.running + self.queued
            if ahead + len(requests) > self.slots + self.max_queued:
                raise QueueFullError(min(60, math.ceil(self._mean * (1 + self.queued / self.slots))))
            self._queue.extend(requests)
            self._change.notify()
        return requests

    def close(self) -> None:
        """Ends every rollout, and the thread after the current step."""
        with self._change:
            self._closed = True
            left = [*self._running, *self._queue]
            self._change.notify()
        self._deliver([(request, None) for request in left], "The server has ended.")

    # -- in the compute thread -------------------------------------------------------------------

    def _run(self) -> None:
        batch = batch_for(self.model)
        with threads_for(self.model.network):
            while (new := self._next()) is not None:
                try:
                    drawn = batch.step([request.row for request in new])
                except Exception as error:  # most likely out of memory: the running rollouts are lost
                    self._deliver([(request, None) for request in self._running], failure_message(error))
                    batch = batch_for(self.model)
                    continue
                for request in self._running:
                    if request.row.error is not None:
                        self._deliver([(request, None)], failure_message(request.row.error))
                self.tokens += len(drawn)
                self._deliver([(row.owner, token) for row, token in drawn])

    def _next(self) -> list[Request] | None:
        """Waits for work; returns the rollouts that get a slot now, None once the scheduler is closed."""
        with self._change:
            finished = [request for request in self._running if request.row.finished]
            self._running = [request for request in self._running if not request.row.finished]
            self.served += len(finished)
            for request in finished:
                self._mean += 0.1 * (time.monotonic() - request.started_at - self._mean)
            while not (self._closed or self._running or self._queue):
                self._change.wait()
            if self._closed:
                return None
            new: list[Request] = []
            while self._queue and len(new) < PREFILLS_PER_STEP and len(self._running) < self.slots:
                request = self._queue.popleft()
                if not request.row.finished:  # otherwise its client has gone
                    request.started_at = time.monotonic()
                    self._running.append(request)
                    new.append(request)
            return new

    def _deliver(self, tokens: list[tuple[Request, SampledToken | None]], error: str | None = None) -> None:
        """Passes the tokens of one step to the event loop's thread."""
        finished = [request for request, token in tokens if request.row.finished or token is None]

        def deliver() -> None:
            for request, token in tokens:
                if token is not None:
                    request.inbox.put_nowait((request, token))
            for request in finished:
                request.end(error)

        if error is not None:
            for request in finished:
                request.row.finished = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(deliver)


def failure_message(error: Exception) -> str:
    """The error message for the client of a failed rollout."""
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return f"The server could not go on: {reason}"[:200]
