"""Requests to a server on one background event loop, so that Stop returns at once.

Each request is a coroutine on that loop. Stop cancels its task, which closes the connection, also while the server is
silent. The thread that generates reads the deltas of all requests from one queue.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator
from concurrent.futures import Future, wait
from functools import cache
from itertools import islice
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any, Generic, TypeVar

from labkit.errors import LabkitError
from labkit.models.remote.deltas import Delta, DeltaCleaner, deltas_of
from labkit.models.remote.limits import Budget
from labkit.models.remote.recorder import RemoteRecorder
from labkit.traces.trace import Finish

T = TypeVar("T")
POLL_SECONDS = 0.05  # between two checks of Stop while the server is silent
MAX_CONCURRENT = 8  # requests to a server


def submit(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    """Starts a coroutine on the background loop."""
    return asyncio.run_coroutine_threadsafe(coroutine, _loop(os.getpid()))


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine on the background loop and waits for its result; an Interrupt cancels it.

    Raises:
        Exception: the exception of the coroutine.
    """
    future = submit(coroutine)
    try:
        return future.result()
    finally:
        future.cancel()


@cache
def _loop(process: int) -> asyncio.AbstractEventLoop:
    """The event loop of a process; a forked process needs its own, since threads do not survive a fork."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="labkit-server", daemon=True).start()
    return loop


class BackgroundCall(Generic[T]):
    """A coroutine that sends several requests, one after the other.

    Args:
        coroutine: sends the requests.
        stop: once set, the coroutine is cancelled.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, T], stop: Event) -> None:
        self.stop = stop
        self.future = submit(coroutine)

    def wait(self) -> Generator[None, None, T | None]:
        """Yields each `POLL_SECONDS` until the coroutine has ended; returns its result, None after Stop.

        Raises:
            Exception: the exception of the coroutine.
        """
        try:
            while not self.stop.is_set():
                if wait([self.future], POLL_SECONDS).done:
                    return self.future.result()
                yield
            return None
        finally:
            self.future.cancel()


class CompletionStream:
    """One request to a server and the deltas of its response.

    Args:
        request: sends the request; returns its stream.
        max_tokens: number of requested tokens; the stream ends there if the server sends more.
        events: the queue for pairs of this stream and a delta; None marks the end.
        prompt: the user's prompt, for servers that echo it.

    Attributes:
        finish, broken: as in `RemoteRecorder`.
        error: the exception of `request`.
    """

    def __init__(
        self, request: Callable[[], Awaitable[Any]], max_tokens: int,
        events: Queue[tuple[CompletionStream, Delta | None]], prompt: str = "",
    ) -> None:  # fmt: skip
        self.request, self.events = request, events
        self.cleaner, self.budget = DeltaCleaner(prompt), Budget(max_tokens)
        self.finish: Finish | None = None
        self.broken: str | None = None
        self.error: LabkitError | None = None
        self.future = submit(self._run())

    def cancel(self) -> None:
        """Closes the connection, and sends no further attempt."""
        self.future.cancel()

    async def _run(self) -> None:
        response: Any = None
        try:
            response = await self.request()
            async for delta in self._deltas(response):
                self.events.put((self, delta))
            if self.budget.spent:
                self.finish = "length"
            if self.finish is None:
                self.broken = "it did not say that it was done"
        except LabkitError as error:
            self.error = error
        except Exception as error:  # httpx and openai have their own types, and a server may send anything
            self.broken = (str(error).strip().splitlines() or [type(error).__name__])[0]
        finally:
            try:
                if response is not None:
                    await response.close()
            finally:
                self.events.put((self, None))

    async def _deltas(self, response: Any) -> AsyncIterator[Delta]:
        async for message in response:
            for choice in message.choices[:1]:
                if getattr(choice, "finish_reason", None) is not None:
                    self.finish = "length" if choice.finish_reason == "length" else "stop"
                for piece in deltas_of(choice):
                    for delta in self.budget.take_all(self.cleaner.clean(piece)):
                        yield delta
                    if self.budget.spent:
                        return


class StreamReader:
    """Reads one or several streams.

    Args:
        stop: ends all streams.
    """

    def __init__(self, stop: Event) -> None:
        self.stop = stop
        self.events: Queue[tuple[CompletionStream, Delta | None]] = Queue()
        self._began = time.perf_counter()

    def open(
        self, request: Callable[[], Awaitable[Any]], max_tokens: int, prompt: str = ""
    ) -> CompletionStream:
        """Sends a request for at most `max_tokens` tokens; `prompt` as in `CompletionStream`."""
        return CompletionStream(request, max_tokens, self.events, prompt)

    def record(
        self, responses: Iterator[tuple[CompletionStream, RemoteRecorder]], *,
        max_concurrent: int = MAX_CONCURRENT, start: float = 0.0,
    ) -> Generator[None]:  # fmt: skip
        """Records the deltas until every stream has ended; yields after each delta, and each `POLL_SECONDS`.

        Args:
            responses: sends a request when advanced; yields its stream and the recorder of its response.
            max_concurrent: the most concurrent requests.
            start: the time of the last recorded token.

        Raises:
            LabkitError: the server refused a request.
        """
        running = dict(islice(responses, max_concurrent))
        try:
            while running and not self.stop.is_set():
                try:
                    stream, delta = self.events.get(timeout=POLL_SECONDS)
                except Empty:
                    yield
                    continue
                if delta is not None:
                    running[stream].add(delta, start + time.perf_counter() - self._began)
                    yield
                    continue
                if stream.error is not None:
                    raise stream.error
                recorder = running.pop(stream)
                recorder.end(stream.finish, stream.broken)
                running |= dict(islice(responses, 1))
        finally:
            if running:  # after Stop, a refusal or a bug, these streams are abandoned
                self.stop.set()
            for stream in running:
                stream.cancel()
