"""Who thinks now, who waits, and who is asked to come again: one thread that computes for a whole class."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Sequence
from threading import Condition, Thread

from labkit.models import Model
from labkit.models.memory import side_by_side
from labkit.models.threads import threads_for
from labkit.serve.batch import Drawn, Row, batch_for
from labkit.traces import Settings

LONGEST = 8_192  # tokens of a prompt and its completion, where the context reaches so far
TOGETHER = 32  # thoughts at the same time: a class of 30
WAITING = 96  # behind them: a student who samples a group sends eight questions at once
NEW = 4  # prompts that are read between two steps of the others


class FullError(Exception):
    """As many wait already as may; come again in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many are waiting; again in {seconds} s")
        self.seconds = seconds


class Thought:
    """One thought on its way from the thread that computes to the loop that answers.

    Args:
        ids: its prompt.
        settings: its own.
        inbox: where its tokens go, each with the thought; None when no more come.

    Attributes:
        row: what has been written.
        error: why it ended early, in words.
    """

    def __init__(self, ids: list[int], settings: Settings, inbox: Inbox) -> None:
        self.row: Row[Thought] = Row(self, ids, settings)
        self.inbox = inbox
        self.error: str | None = None
        self.began = 0.0

    def cancel(self) -> None:
        """Nobody listens any more: its place is free from the next step on."""
        self.row.over = True

    def end(self, error: str | None = None) -> None:
        """No more tokens come. In the loop's thread."""
        self.error = self.error or error
        self.row.over = True
        self.inbox.put_nowait((self, None))


Inbox = asyncio.Queue[tuple[Thought, Drawn | None]]  # of the thoughts of one question


class Desk:
    """Takes questions in the loop's thread, thinks in its own.

    Args:
        model: what thinks.
        together: the most thoughts at the same time; fewer where memory is short.
        waiting: the most that wait for a place.

    Attributes:
        context: tokens that a prompt and its completion may have.
        places: thoughts at the same time.
        served: thoughts that have ended, cancelled ones included.
        tokens: written for all of them.
    """

    def __init__(self, model: Model, *, together: int = TOGETHER, waiting: int = WAITING) -> None:
        self.model, self.most_waiting = model, waiting
        self.context = min(model._context(), LONGEST)
        self.places = side_by_side(model.network, self.context, together)
        self.served = self.tokens = 0
        self._queue: deque[Thought] = deque()
        self._thinking: list[Thought] = []
        self._mean = 1.0  # seconds that a thought takes
        self._closed = False
        self._change = Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = Thread(target=self._run, name="labkit-serve", daemon=True)
        self._thread.start()

    @property
    def thinking(self) -> int:
        """Thoughts that are being computed."""
        return sum(not thought.row.over for thought in self._thinking)

    @property
    def waiting(self) -> int:
        """Thoughts that have no place yet."""
        return sum(not thought.row.over for thought in list(self._queue))

    @property
    def alive(self) -> bool:
        """Whether questions are answered."""
        return self._thread.is_alive() and not self._closed

    def ask(self, rollouts: Sequence[tuple[list[int], Settings]], inbox: Inbox) -> list[Thought]:
        """Puts the rollouts of a question into the queue, all of them or none. In the loop's thread.

        Args:
            rollouts: the prompt of each, and its settings.
            inbox: where their tokens go.

        Raises:
            FullError: too many wait.
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
        """Ends every thought, and the thread after the step at hand."""
        with self._change:
            self._closed = True
            left = [*self._thinking, *self._queue]
            self._change.notify()
        self._tell([(thought, None) for thought in left], "The server has ended.")

    # -- in the thread that computes -------------------------------------------------------------

    def _run(self) -> None:
        batch = batch_for(self.model)
        with threads_for(self.model.network):
            while (new := self._next()) is not None:
                try:
                    drawn = batch.step([thought.row for thought in new])
                except Exception as error:  # out of memory, most likely: who thinks now loses the thought
                    self._tell([(thought, None) for thought in self._thinking], lost(error))
                    batch = batch_for(self.model)
                    continue
                for thought in self._thinking:
                    if thought.row.error is not None:
                        self._tell([(thought, None)], lost(thought.row.error))
                self.tokens += len(drawn)
                self._tell([(row.asker, token) for row, token in drawn])

    def _next(self) -> list[Thought] | None:
        """Those who get a place now, once there is something to do; None when the desk is closed."""
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
                if not thought.row.over:  # else its student has gone
                    thought.began = time.monotonic()
                    self._thinking.append(thought)
                    new.append(thought)
            return new

    def _tell(self, news: list[tuple[Thought, Drawn | None]], error: str | None = None) -> None:
        """Hands tokens over to the loop's thread, those of a step together."""
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
    """What a student is told whose thought cannot go on."""
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return f"The server could not go on: {reason}"[:200]
