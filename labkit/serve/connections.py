"""Limits the number of connections, and the time that a client may take to send its request.

A server without deadlines can be blocked by one laptop: 1,200 incomplete requests use up the file descriptors of
the process. Three rules prevent that.

1. Deadlines. A client has `Limits.head` seconds for its headers, `Limits.body` for its request body, and may leave a
   response unread for `Limits.unread`. A late client gets 408, and the connection is closed.
2. Eviction. If the connections are used up, in total or for one address, the connection that has waited
   longest without a complete request is closed. A connection whose request is being answered is never closed.
3. Refusal. If every connection has a request that is being answered, the next client gets 503.

The limits follow from the file descriptor limit of the process (`limits_for`). A class behind NAT shares one address,
so one address may have most of the connections.

Left out: rate limits. A client may open and close many connections a second.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from importlib.util import find_spec
from itertools import chain
from typing import TYPE_CHECKING, Any

from labkit.errors import BadArgument, LabkitError
from labkit.serve.protocol import ApiError

if TYPE_CHECKING or find_spec("uvicorn"):
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol
else:  # the module stays importable; `labkit serve` names the missing packages before it uses this module
    H11Protocol = object

FILES = 64  # other file descriptors of the process: the model's, the listener, pipes
MOST = 2_048  # connections: eight for each of 200 students, and 448 more
SMALLEST = 16  # connections: the fewest for a useful server


@dataclass(frozen=True)
class Limits:
    """Limits for clients.

    Attributes:
        connections: the most open connections.
        by_address: the most of them from one address; for IPv6, from one /64 network.
        backlog: the most connections in the accept queue of the system.
        head: seconds from a connection, or from the first byte of a further request, to the end of the headers.
        body: seconds from the end of the headers to the end of the request.
        unread: seconds for which a client may leave a response unread.
    """

    connections: int
    by_address: int
    backlog: int
    head: float = 10.0
    body: float = 30.0
    unread: float = 60.0


def limits_for(files: int | None, connections: int | None = None, by_address: int | None = None) -> Limits:
    """The limits for a process.

    Args:
        files: its file descriptor limit; None if the system has no such limit.
        connections: the most connections; by default as many as `files` allows, at most 2,048.
        by_address: the most from one address; by default three quarters of the connections.

    Raises:
        LabkitError: `files` does not allow so many, or the limit is below 1.

    >>> limits_for(1_024)
    Limits(connections=832, by_address=624, backlog=128, head=10.0, body=30.0, unread=60.0)
    >>> limits_for(None).connections
    2048
    """
    backlog = 256 if files is None else max(16, min(256, files // 8))
    possible = MOST if files is None else files - FILES - backlog
    if possible < SMALLEST:
        raise LabkitError(
            f"This process may open only {files} files.",
            why=f"each connection takes one, and {FILES + backlog} are needed for other things.",
            next="ulimit -n 1024  # then labkit serve",
        )
    total = min(possible, MOST) if connections is None else connections
    if total < SMALLEST or (files is not None and total > possible):
        raise BadArgument(
            f"{total:,} connections are not possible.",
            why=f"it is a number from {SMALLEST}"
            + (f" to {possible:,}: this process may open {files:,} files." if files is not None else "."),
            next=f"labkit serve --connections {possible}",
        )
    per_address = max(1, total * 3 // 4) if by_address is None else by_address
    if not 1 <= per_address <= total:
        raise BadArgument(
            f"{per_address:,} connections from one address are not possible.",
            why=f"it is a number from 1 to {total:,}, which is how many there are in all.",
            next=f"labkit serve --by-address {total * 3 // 4}",
        )
    return Limits(total, per_address, backlog)


class Gate:
    """The open connections, by address; evicts connections without a request.

    Args:
        limits: the limits for clients.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.open: dict[str, dict[Connection, None]] = {}  # by address, the oldest first

    def __len__(self) -> int:
        return sum(map(len, self.open.values()))

    def enter(self, connection: Connection) -> bool:
        """Adds a connection, evicting another if needed; returns whether there is room."""
        mine = self.open.get(connection.address, {})
        if len(mine) >= self.limits.by_address and not make_room(mine):
            return False
        if len(self) >= self.limits.connections:
            by_size = sorted(self.open.values(), key=len, reverse=True)  # the busiest address first
            if not make_room(chain.from_iterable(by_size)):
                return False
        self.open.setdefault(connection.address, {})[connection] = None
        return True

    def leave(self, connection: Connection) -> None:
        """Removes a connection."""
        mine = self.open.get(connection.address, {})
        mine.pop(connection, None)
        if not mine:
            self.open.pop(connection.address, None)


def make_room(connections: Iterator[Connection] | dict[Connection, None]) -> bool:
    """Closes the first connection without a request; returns whether there was one."""
    waiting = next((c for c in connections if not c.has_request), None)
    if waiting is not None:
        waiting.abort()
    return waiting is not None


class Connection(H11Protocol):
    """One connection with deadlines, registered in `gate`.

    Attributes:
        address: the address of the client, grouped as for `Limits.by_address`.
        has_request: a complete request has arrived and is not answered yet.
    """

    def __init__(self, gate: Gate, **given: Any) -> None:
        super().__init__(**given)
        self.gate = gate
        self.address = ""
        self._phase = ""  # the part that is awaited: "head", "body", or ""
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    @property
    def has_request(self) -> bool:
        """Whether a request awaits its response."""
        answered = self.cycle is None or self.cycle.response_complete
        return not answered and self.conn.their_state is not h11.SEND_BODY

    # -- called by asyncio -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Registers the connection, and starts the deadline for its headers."""
        super().connection_made(transport)
        self.address = network_of(self.client[0] if self.client else "")
        if not self.gate.enter(self):
            full = "Too many connections are open; again in a moment."
            return self._refuse(ApiError(503, full, code="too_many_connections", Retry_After="2"))
        self._wait_for("head")

    def connection_lost(self, exc: Exception | None) -> None:
        """Unregisters the connection and cancels its deadlines."""
        self._wait_for("")
        self._set_unread(None)
        self.gate.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parses the data, and updates the deadline."""
        if self.transport.is_closing():  # refused or late: further data is ignored
            return
        super().data_received(data)
        self._update_deadline()

    def pause_writing(self) -> None:
        """The client does not read its response: starts the deadline."""
        super().pause_writing()
        self._set_unread(self.loop.call_later(self.gate.limits.unread, self.abort))

    def resume_writing(self) -> None:
        """The client reads again: cancels the deadline."""
        super().resume_writing()
        self._set_unread(None)

    # -- called by uvicorn -----------------------------------------------------------------------

    def on_response_complete(self) -> None:
        """The response has been sent; uvicorn waits some seconds for the first byte of a further request."""
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            self._wait_for("")
        else:
            self._update_deadline()

    # -- internals -------------------------------------------------------------------------------

    def abort(self) -> None:
        """Closes the connection at once, and discards unsent data."""
        self.gate.leave(self)
        self.transport.abort()

    def _update_deadline(self) -> None:
        """Sets the deadline for the missing part of the request."""
        state = self.conn.their_state
        self._wait_for("head" if state is h11.IDLE else "body" if state is h11.SEND_BODY else "")

    def _wait_for(self, phase: str) -> None:
        """Sets a deadline for a new phase; further bytes of the same phase do not extend it."""
        if phase == self._phase:
            return
        self._phase = phase
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if phase:
            self._deadline = self.loop.call_later(getattr(self.gate.limits, phase), self._late)

    def _late(self) -> None:
        """Refuses a client that has taken too long."""
        seconds = getattr(self.gate.limits, self._phase)
        what = "headers" if self._phase == "head" else "question"
        self._refuse(ApiError(408, f"The {what} did not come within {seconds:g} seconds."))

    def _refuse(self, error: ApiError) -> None:
        """Sends the refusal unless a response has begun, and closes the connection."""
        self.gate.leave(self)
        if self.cycle is None or not self.cycle.response_started:
            self.transport.write(raw_response(error))
        self.transport.close()

    def _set_unread(self, timer: asyncio.TimerHandle | None) -> None:
        if self._unread is not None:
            self._unread.cancel()
        self._unread = timer


def raw_response(error: ApiError) -> bytes:
    """The raw HTTP response for a refusal outside the app."""
    body = json.dumps(error.body).encode()
    headers = {**error.headers, "Connection": "close", "Content-Type": "application/json"}
    headers["Content-Length"] = str(len(body))
    status = f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}"
    lines = [status, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def network_of(host: str) -> str:
    """The group of an address: IPv6 by its /64 network, of which one machine may use any address.

    >>> network_of("192.0.2.7"), network_of("::ffff:192.0.2.7"), network_of("2001:db8::1:2%eth0")
    ('192.0.2.7', '192.0.2.7', '2001:db8::/64')
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)
