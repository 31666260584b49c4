"""A line on loopback that is as slow as one asks for: a proxy that delays bytes and limits their number a second."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

CHUNK = 16_384  # bytes


class _Direction:
    """One direction of the line, which all connections share."""

    def __init__(self, bytes_per_second: float, delay: float) -> None:
        self._rate, self._delay, self._free_at = bytes_per_second, delay, 0.0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carries bytes until the reader ends; each arrives `delay` seconds after the line has sent it."""
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]]()

        async def deliver() -> None:
            while True:
                due, data = await queue.get()
                await asyncio.sleep(due - loop.time())
                if not data:
                    break
                writer.write(data)
                await writer.drain()
            writer.close()

        delivery = asyncio.create_task(deliver())
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                self._free_at = max(self._free_at, loop.time()) + len(data) / self._rate
                await queue.put((self._free_at + self._delay, data))
                await asyncio.sleep(self._free_at - loop.time())
        await queue.put((loop.time() + self._delay, b""))
        with suppress(ConnectionError):
            await delivery


@contextmanager
def slow_line(port: int, *, bytes_per_second: float, delay: float) -> Iterator[int]:
    """A port on loopback that leads to `port`.

    Args:
        port: of the server.
        bytes_per_second: in each direction, for all connections together.
        delay: seconds, in each direction.
    """
    opened: list[int] = []
    listens, stop = Event(), Event()

    async def serve() -> None:
        up, down = (_Direction(bytes_per_second, delay) for _ in range(2))

        async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError, asyncio.CancelledError):
                there, back = await asyncio.open_connection("127.0.0.1", port)
                await asyncio.gather(up.carry(reader, back), down.carry(there, writer))

        server = await asyncio.start_server(connect, "127.0.0.1", 0)
        opened.append(server.sockets[0].getsockname()[1])
        listens.set()
        while not stop.is_set():
            await asyncio.sleep(0.1)
        server.close()

    thread = Thread(
        target=lambda: asyncio.run(serve()), daemon=True
    )  # at its end it cancels what is on the way
    thread.start()
    assert listens.wait(10)
    try:
        yield opened[0]
    finally:
        stop.set()
        thread.join(10)
