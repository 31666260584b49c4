"""How many connections may be open, and how long a client may take to send its question.

A server that waits for every client without end can be closed by one laptop: 1,200 requests of which half a line
has been sent take every file that a process may open. Three rules stop that.

1. A deadline. A client has `Limits.head` seconds for its headers, `Limits.body` for its question, and may leave an
   answer unread for `Limits.unread`. Who is late hears 408, and the connection ends.
2. Room for newcomers. Where the connections are used up, in all or by one address, the one that has been waiting
   longest without a question makes room. A connection whose question is being answered never does.
3. A refusal. Where every connection has a question that is being answered, the next client hears 503.

The limits follow from the files that the process may open (`limits_for`). A class behind one address (NAT) shares
that address, which is why one address may have most of the connections and not a few.

Left out: rates. A client that opens and ends many connections a second is slowed by nothing here.
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

from labkit.errors import LabkitError
from labkit.serve.wire import RefusalError

if TYPE_CHECKING or find_spec("uvicorn"):
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol
else:  # the module can be imported all the same; `labkit serve` says what to install before it comes here
    H11Protocol = object

FILES = 64  # of a process besides its connections: the model's, the listener, pipes
MOST = 2_048  # connections: eight of each of 200 students, and 448 more
SMALLEST = 16  # connections, with which a server can be of use


@dataclass(frozen=True)
class Limits:
    """What clients may take of the server.

    Attributes:
        connections: open at the same time.
        by_address: of these, from one address; of IPv6, from one network of 64 bits.
        backlog: connections that the system accepts ahead of us.
        head: seconds from a connection, or from the first byte of a further question, to the end of its headers.
        body: seconds from there to the end of the question.
        unread: seconds for which a client may leave an answer unread.
    """

    connections: int
    by_address: int
    backlog: int
    head: float = 10.0
    body: float = 30.0
    unread: float = 60.0


def limits_for(files: int | None, connections: int | None = None, by_address: int | None = None) -> Limits:
    """The limits that suit a process.

    Args:
        files: how many it may open; None where the system has no such limit.
        connections: as a teacher wants it; by default as many as the files allow, and at most 2,048.
        by_address: the same; by default three quarters of the connections.

    Raises:
        LabkitError: the files do not allow so many, or there would be none.

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
    chosen = min(possible, MOST) if connections is None else connections
    if chosen < SMALLEST or (files is not None and chosen > possible):
        raise LabkitError(
            f"{chosen:,} connections are not possible.",
            why=f"it is a number from {SMALLEST}"
            + (f" to {possible:,}: this process may open {files:,} files." if files is not None else "."),
            next=f"labkit serve --connections {possible}",
        )
    of_one = max(1, chosen * 3 // 4) if by_address is None else by_address
    if not 1 <= of_one <= chosen:
        raise LabkitError(
            f"{of_one:,} connections from one address are not possible.",
            why=f"it is a number from 1 to {chosen:,}, which is how many there are in all.",
            next=f"labkit serve --by-address {chosen * 3 // 4}",
        )
    return Limits(chosen, of_one, backlog)


class Gate:
    """The connections that are open, by address; makes room among those that have no question.

    Args:
        limits: what clients may take.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.open: dict[str, dict[Connection, None]] = {}  # by address, the oldest first

    def __len__(self) -> int:
        return sum(map(len, self.open.values()))

    def enter(self, newcomer: Connection) -> bool:
        """Counts a connection, and makes room for it; whether there is any."""
        mine = self.open.get(newcomer.address, {})
        if len(mine) >= self.limits.by_address and not make_room(mine):
            return False
        if len(self) >= self.limits.connections:
            crowds = sorted(self.open.values(), key=len, reverse=True)  # the busiest address first
            if not make_room(chain.from_iterable(crowds)):
                return False
        self.open.setdefault(newcomer.address, {})[newcomer] = None
        return True

    def leave(self, connection: Connection) -> None:
        """Counts it no more."""
        mine = self.open.get(connection.address, {})
        mine.pop(connection, None)
        if not mine:
            self.open.pop(connection.address, None)


def make_room(connections: Iterator[Connection] | dict[Connection, None]) -> bool:
    """Ends the first connection that has no question; whether there was one."""
    waiting = next((each for each in connections if not each.has_question), None)
    if waiting is not None:
        waiting.abort()
    return waiting is not None


class Connection(H11Protocol):
    """One connection, with deadlines; `gate` counts it.

    Attributes:
        address: who it is from, as `Limits.by_address` counts.
        has_question: a whole question has come, and is not answered yet.
    """

    def __init__(self, gate: Gate, **given: Any) -> None:
        super().__init__(**given)
        self.gate = gate
        self.address = ""
        self._phase = ""  # what is waited for: "head", "body", or nothing
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    @property
    def has_question(self) -> bool:
        """Whether there is something to answer."""
        answered = self.cycle is None or self.cycle.response_complete
        return not answered and self.conn.their_state is not h11.SEND_BODY

    # -- what asyncio calls ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Counts it, and begins to wait for its headers."""
        super().connection_made(transport)
        self.address = network_of(self.client[0] if self.client else "")
        if not self.gate.enter(self):
            full = "Too many connections are open; again in a moment."
            return self._refuse(RefusalError(503, full, code="too_many_connections", Retry_After="2"))
        self._wait_for("head")

    def connection_lost(self, exc: Exception | None) -> None:
        """Counts it no more."""
        self._wait_for("")
        self._set_unread(None)
        self.gate.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads, and sees how far the question has come."""
        if self.transport.is_closing():  # refused, or late: what still comes is not for us
            return
        super().data_received(data)
        self._look()

    def pause_writing(self) -> None:
        """The client does not read what it was sent."""
        super().pause_writing()
        self._set_unread(self.loop.call_later(self.gate.limits.unread, self.abort))

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        self._set_unread(None)

    # -- what uvicorn calls ----------------------------------------------------------------------

    def on_response_complete(self) -> None:
        """The answer has been sent: uvicorn waits some seconds for the first byte of a further question."""
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            self._wait_for("")
        else:
            self._look()

    # -- how -------------------------------------------------------------------------------------

    def abort(self) -> None:
        """Ends it at once, with what was to be written."""
        self.gate.leave(self)
        self.transport.abort()

    def _look(self) -> None:
        """Waits for what the client has not sent yet."""
        their = self.conn.their_state
        self._wait_for("head" if their is h11.IDLE else "body" if their is h11.SEND_BODY else "")

    def _wait_for(self, phase: str) -> None:
        """A deadline, unless it is that of before: a byte now and then does not put it off."""
        if phase == self._phase:
            return
        self._phase = phase
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if phase:
            self._deadline = self.loop.call_later(getattr(self.gate.limits, phase), self._late)

    def _late(self) -> None:
        """The client has taken too long."""
        seconds = getattr(self.gate.limits, self._phase)
        what = "headers" if self._phase == "head" else "question"
        self._refuse(RefusalError(408, f"The {what} did not come within {seconds:g} seconds."))

    def _refuse(self, refusal: RefusalError) -> None:
        """Says why, where no answer has begun, and ends the connection."""
        self.gate.leave(self)
        if self.cycle is None or not self.cycle.response_started:
            self.transport.write(written(refusal))
        self.transport.close()

    def _set_unread(self, timer: asyncio.TimerHandle | None) -> None:
        if self._unread is not None:
            self._unread.cancel()
        self._unread = timer


def written(refusal: RefusalError) -> bytes:
    """A refusal as it goes over the line, where no app answers."""
    body = json.dumps(refusal.body).encode()
    headers = {**refusal.headers, "Connection": "close", "Content-Type": "application/json"}
    headers["Content-Length"] = str(len(body))
    status = f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}"
    lines = [status, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def network_of(host: str) -> str:
    """An address as it is counted: IPv6 by its network of 64 bits, of which one machine may use any address.

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
