"""Questions to a server, each asked and read in a thread of its own, so that Stop waits for nobody."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from itertools import islice
from queue import Empty, Queue
from threading import Event, Thread, current_thread
from typing import Any, Generic, TypeVar

from labkit.errors import LabkitError
from labkit.models.remote.bounds import Budget, check_response
from labkit.models.remote.pieces import Said, pieces_of, tidied
from labkit.models.remote.recorder import Received
from labkit.traces.trace import Finish

T = TypeVar("T")
TICK = 0.05  # seconds between looks at Stop while the server says nothing
WIDE = 8  # questions that a server is asked at the same time


class Line(Thread):
    """A thread that asks a server, and for which nobody has to wait.

    Args:
        stop: set it, and nothing more is asked: not a question that a busy server has put off, either.
    """

    def __init__(self, stop: Event) -> None:
        super().__init__(name="labkit-server", daemon=True)
        self.stop = stop
        self.response: Any = None  # what is being read

    def hang_up(self) -> None:
        """Ends the reading where it waits: a thread wakes when its socket is shut, and not when it is closed."""
        with suppress(AttributeError, KeyError, OSError):  # nothing is read yet, or no longer
            self.response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def hooks() -> dict[str, list[Callable[[Any], None]]]:
    """What an HTTP client does with each request of a `Line`, the repeated ones too.

    They raise `LabkitError` where its reader has pressed Stop: nothing is asked, or what came is not read. So does an
    answer that is not read at all (`check_response`).
    """

    def unless_stopped(_: Any) -> None:
        line = current_thread()
        if isinstance(line, Line) and line.stop.is_set():
            raise LabkitError("The question was stopped.", why="you have pressed Stop.", next="ask again")

    def keep(response: Any) -> None:
        line = current_thread()
        if isinstance(line, Line):
            line.response = response

    return {"request": [unless_stopped], "response": [keep, unless_stopped, check_response]}


class Stream(Line):
    """One question to a server, asked and read in a thread of its own so that Stop need not wait for it.

    Args:
        ask: sends the question; returns its messages.
        stop: as in `Line`.
        most: tokens that were asked for; where the server sends more, the stream ends there.
        heard: where it puts itself and each piece of text; None when there are no more.

    Attributes:
        finish, broken: as in `Received`.
        error: what `ask` raised, unless Stop had been pressed.
    """

    def __init__(
        self, ask: Callable[[], Any], most: int, stop: Event, heard: Queue[tuple[Stream, Said | None]],
        prompt: str = "",
    ) -> None:  # fmt: skip
        super().__init__(stop)
        self.ask, self.heard, self.prompt = ask, heard, prompt
        self.budget = Budget(most)
        self.finish: Finish | None = None
        self.broken: str | None = None
        self.error: LabkitError | None = None
        self.start()

    def run(self) -> None:
        """Asks and reads."""
        messages: Any = None
        try:
            messages = self.ask()
            for said in self.budget.limit(tidied(self._pieces(messages), self.prompt)):
                self.heard.put((self, said))
            if self.budget.spent:
                self.finish = "length"
            if self.finish is None and not self.stop.is_set():
                self.broken = "it did not say that it was done"
        except LabkitError as error:
            self.error = None if self.stop.is_set() else error
        except Exception as error:  # httpx and openai raise their own kinds, and a server may send anything
            self.broken = (str(error).strip().splitlines() or [type(error).__name__])[0]
        finally:
            if messages is not None:
                messages.close()
            self.heard.put((self, None))

    def _pieces(self, messages: Any) -> Iterator[Said]:
        for message in messages:
            for choice in message.choices[:1]:
                if getattr(choice, "finish_reason", None) is not None:
                    self.finish = "length" if choice.finish_reason == "length" else "stop"
                yield from pieces_of(choice)
            if self.stop.is_set():
                return


class Errand(Line, Generic[T]):
    """Several questions that follow from each other, asked in a thread of its own: `do` asks them."""

    def __init__(self, do: Callable[[], T], stop: Event) -> None:
        super().__init__(stop)
        self.do = do
        self.found: T | None = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        """Asks them."""
        try:
            self.found = self.do()
        except Exception as error:  # raised by `wait`, in the thread of its caller
            self.error = error

    def wait(self) -> Generator[None, None, T | None]:
        """Yields each `TICK` until it is done; what `do` returns, None after Stop.

        Raises:
            Exception: what `do` raises.
        """
        try:
            while self.is_alive() and not self.stop.is_set():
                yield
                self.join(TICK)
        finally:
            if self.stop.is_set():
                self.hang_up()
        if self.error is not None and not self.stop.is_set():
            raise self.error
        return None if self.stop.is_set() else self.found


class Ear:
    """Listens to one or several questions.

    Args:
        stop: ends all of them.
    """

    def __init__(self, stop: Event) -> None:
        self.stop = stop
        self.heard: Queue[tuple[Stream, Said | None]] = Queue()
        self._began = time.perf_counter()

    def ask(self, ask: Callable[[], Any], most: int, prompt: str = "") -> Stream:
        """Asks for at most `most` tokens; `prompt` is what the reader asked, for servers that send it back."""
        return Stream(ask, most, self.stop, self.heard, prompt)

    def listen(
        self, answers: Iterator[tuple[Stream, Received]], *, wide: int = WIDE, last: float = 0.0
    ) -> Generator[None]:
        """Records what comes until every question is answered; yields after each piece, and each `TICK`.

        Args:
            answers: makes a question when it is asked for the next, with the recorder of its answer.
            wide: the most that are open at the same time.
            last: the time of what is recorded already.

        Raises:
            LabkitError: a question was refused.
        """
        open_ = dict(islice(answers, wide))
        try:
            while open_ and not self.stop.is_set():
                try:
                    stream, said = self.heard.get(timeout=TICK)
                except Empty:
                    yield
                    continue
                if said is not None:
                    open_[stream].hear(said, last + time.perf_counter() - self._began)
                    yield
                    continue
                if stream.error is not None:
                    raise stream.error
                recorder = open_.pop(stream)
                recorder.outcome, recorder.broken = stream.finish, stream.broken
                recorder.ended = True
                open_ |= dict(islice(answers, 1))
        finally:
            if open_:  # Stop, a refusal, a defect: nobody listens to these any more
                self.stop.set()
            for stream in open_:
                stream.hang_up()
