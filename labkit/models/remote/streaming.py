"""Streams completions, one thread per request, so that Stop returns at once."""

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
from labkit.models.remote.deltas import Said, pieces_of, tidied
from labkit.models.remote.limits import Budget, check_response
from labkit.models.remote.recorder import RemoteRecorder
from labkit.traces.trace import Finish

T = TypeVar("T")
TICK = 0.05  # seconds between two checks of Stop while the server is silent
WIDE = 8  # concurrent requests to a server


class Line(Thread):
    """A thread for requests to a server, which can be abandoned.

    Args:
        stop: once set, the thread sends no further request, and no retry to a busy server.
    """

    def __init__(self, stop: Event) -> None:
        super().__init__(name="labkit-server", daemon=True)
        self.stop = stop
        self.response: Any = None  # the response that is being read

    def hang_up(self) -> None:
        """Aborts a blocked read by shutting the socket down; close() alone does not wake the thread."""
        with suppress(AttributeError, KeyError, OSError):  # the read has not begun, or has ended
            self.response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def hooks() -> dict[str, list[Callable[[Any], None]]]:
    """Hooks of the HTTP client for each request of a `Line`, retries included.

    After Stop, the hooks raise `LabkitError`: the request is not sent, or its response is not read. A response that
    `check_response` refuses also raises `LabkitError`.
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
    """One request to a server, sent and read in its own thread, so that Stop need not wait for it.

    Args:
        ask: sends the request; returns its stream.
        stop: as in `Line`.
        most: number of requested tokens; the stream ends there if the server sends more.
        heard: the queue for pairs of this stream and a piece of text; None marks the end.

    Attributes:
        finish, broken: as in `RemoteRecorder`.
        error: the exception of `ask`, unless Stop was pressed.
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
        """Sends the request and reads the stream."""
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
        except Exception as error:  # httpx and openai have their own types, and a server may send anything
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
    """A thread for several dependent requests, which `do` sends."""

    def __init__(self, do: Callable[[], T], stop: Event) -> None:
        super().__init__(stop)
        self.do = do
        self.found: T | None = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        """Calls `do`."""
        try:
            self.found = self.do()
        except Exception as error:  # raised by `wait`, in the thread of its caller
            self.error = error

    def wait(self) -> Generator[None, None, T | None]:
        """Yields each `TICK` until `do` has finished; returns its result, None after Stop.

        Raises:
            Exception: the exception of `do`.
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
    """Reads one or several streams.

    Args:
        stop: ends all streams.
    """

    def __init__(self, stop: Event) -> None:
        self.stop = stop
        self.heard: Queue[tuple[Stream, Said | None]] = Queue()
        self._began = time.perf_counter()

    def ask(self, ask: Callable[[], Any], most: int, prompt: str = "") -> Stream:
        """Requests at most `most` tokens; `prompt` is the user's prompt, for servers that echo it."""
        return Stream(ask, most, self.stop, self.heard, prompt)

    def listen(
        self, answers: Iterator[tuple[Stream, RemoteRecorder]], *, wide: int = WIDE, last: float = 0.0
    ) -> Generator[None]:
        """Records the pieces until every stream has ended; yields after each piece, and each `TICK`.

        Args:
            answers: starts a request when advanced; yields its stream and the recorder of its response.
            wide: the most concurrent requests.
            last: the time of the last recorded token.

        Raises:
            LabkitError: the server refused a request.
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
                    open_[stream].add(said, last + time.perf_counter() - self._began)
                    yield
                    continue
                if stream.error is not None:
                    raise stream.error
                recorder = open_.pop(stream)
                recorder.outcome, recorder.broken = stream.finish, stream.broken
                recorder.ended = True
                open_ |= dict(islice(answers, 1))
        finally:
            if open_:  # after Stop, a refusal or a bug, these streams are abandoned
                self.stop.set()
            for stream in open_:
                stream.hang_up()
