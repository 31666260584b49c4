"""Schedules requests: one thread generates for the whole class; other requests wait in a queue or are rejected."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Sequence
from threading import Condition, Thread

from labkit.models import LocalModel
from labkit.models.runtime.memory_budget import side_by_side
from labkit.models.runtime.threads import threads_for
from labkit.serve.batch import Drawn, Row, batch_for
from labkit.traces import SamplingParams

LONGEST = 8_192  # tokens of a prompt and its completion, if the context allows it
TOGETHER = 32  # concurrent rollouts: a class of 30
WAITING = 96  # queued rollouts: a student who samples a group sends eight requests at once
NEW = 4  # prompts prefilled between two decoding steps


class FullError(Exception):
    """The queue is full; retry after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many are waiting; again in {seconds} s")
        self.seconds = seconds


class Thought:
    """One rollout on its way from the compute thread to the event loop.

    Args:
        ids: the prompt.
        settings: its sampling settings.
        inbox: the queue for pairs of this rollout and a token; None marks the end.

    Attributes:
        row: the generated tokens.
        error: the reason for an early end.
    """

    def __init__(self, ids: list[int], settings: SamplingParams, inbox: Inbox) -> None:
        self.row: Row[Thought] = Row(self, ids, settings)
        self.inbox = inbox
        self.error: str | None = None
        self.began = 0.0

    def cancel(self) -> None:
        """Cancels the rollout, because its client has gone; its slot is free from the next step on."""
        self.row.over = True

    def end(self, error: str | None = None) -> None:
        """Marks the end of the tokens. Runs in the event loop's thread."""
        self.error = self.error or error
        self.row.over = True
        self.inbox.put_nowait((self, None))


Inbox = asyncio.Queue[tuple[Thought, Drawn | None]]  # for the rollouts of one request


class Desk:
    """The scheduler: accepts requests in the event loop's thread, and generates in its own thread.

    Args:
        model: the model.
        together: the most concurrent rollouts; fewer if memory is short.
        waiting: the most queued rollouts.

    Attributes:
        context: the most tokens of a prompt and its completion.
        places: number of slots for concurrent rollouts.
        served: number of finished rollouts, cancelled ones included.
        tokens: total number of generated tokens.
    """

    def __init__(self, model: LocalModel, *, together: int = TOGETHER, waiting: int = WAITING) -> None:
        self.model, self.most_waiting = model, waiting
        self.context = min(model._context(), LONGEST)
        self.places = side_by_side(model.network, self.context, together)
        self.served = self.tokens = 0
        self._queue: deque[Thought] = deque()
        self._thinking: list[Thought] = []
        self._mean = 1.0  # mean seconds of a rollout
        self._closed = False
        self._change = Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = Thread(target=self._run, name="labkit-serve", daemon=True)
        self._thread.start()

    @property
    def thinking(self) -> int:
        """Number of running rollouts."""
        return sum(not thought.row.over for thought in self._thinking)

    @property
    def waiting(self) -> int:
        """Number of queued rollouts."""
        return sum(not thought.row.over for thought in list(self._queue))

    @property
    def alive(self) -> bool:
        """Whether the compute thread is running."""
        return self._thread.is_alive() and not self._closed

    def ask(self, rollouts: Sequence[tuple[list[int], SamplingParams]], inbox: Inbox) -> list[Thought]:
        """Queues the rollouts of a request, all or none. Runs in the event loop's thread.

        Args:
            rollouts: prompt and sampling settings of each rollout.
            inbox: the queue for their tokens.

        Raises:
            FullError: the queue is full.
        """
        thoughts = [Thought(ids, settings, inbox) for ids, settings in rollouts]
        with self._change:
            self._loop = asyncio.get_running_loop()
            ahead = self.thinking + self.waiting
            if ahead + len(thoughts) > self.places + self.most_waiting:
                raise FullError(min(60, math.ceil(self._mean * (1 + self.waiting / self.places))))
            self._queue.extend(thoughts)
            self._change.notify()
        return thoughts

    def close(self) -> None:
        """Ends every rollout, and the thread after the current step."""
        with self._change:
            self._closed = True
            left = [*self._thinking, *self._queue]
            self._change.notify()
        self._tell([(thought, None) for thought in left], "The server has ended.")

    # -- in the compute thread -------------------------------------------------------------------

    def _run(self) -> None:
        batch = batch_for(self.model)
        with threads_for(self.model.network):
            while (new := self._next()) is not None:
                try:
                    drawn = batch.step([thought.row for thought in new])
                except Exception as error:  # most likely out of memory: the running rollouts are lost
                    self._tell([(thought, None) for thought in self._thinking], lost(error))
                    batch = batch_for(self.model)
                    continue
                for thought in self._thinking:
                    if thought.row.error is not None:
                        self._tell([(thought, None)], lost(thought.row.error))
                self.tokens += len(drawn)
                self._tell([(row.asker, token) for row, token in drawn])

    def _next(self) -> list[Thought] | None:
        """Waits for work; returns the rollouts that get a slot now, None once the desk is closed."""
        with self._change:
            over = [thought for thought in self._thinking if thought.row.over]
            self._thinking = [thought for thought in self._thinking if not thought.row.over]
            self.served += len(over)
            for thought in over:
                self._mean += 0.1 * (time.monotonic() - thought.began - self._mean)
            while not (self._closed or self._thinking or self._queue):
                self._change.wait()
            if self._closed:
                return None
            new: list[Thought] = []
            while self._queue and len(new) < NEW and len(self._thinking) < self.places:
                thought = self._queue.popleft()
                if not thought.row.over:  # otherwise its client has gone
                    thought.began = time.monotonic()
                    self._thinking.append(thought)
                    new.append(thought)
            return new

    def _tell(self, news: list[tuple[Thought, Drawn | None]], error: str | None = None) -> None:
        """Passes the tokens of one step to the event loop's thread."""
        over = [thought for thought, token in news if thought.row.over or token is None]

        def deliver() -> None:
            for thought, token in news:
                if token is not None:
                    thought.inbox.put_nowait((thought, token))
            for thought in over:
                thought.end(error)

        if error is not None:
            for thought in over:
                thought.row.over = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(deliver)


def lost(error: Exception) -> str:
    """The error message for the client of a failed rollout."""
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return f"The server could not go on: {reason}"[:200]
