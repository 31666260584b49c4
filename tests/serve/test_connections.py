"""Clients that take connections of a real `labkit serve` and send no question; and the limits by themselves."""

from __future__ import annotations

import asyncio
import json
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from labkit import LabkitError
from labkit.serve.connections import Connection, Gate, Limits, limits_for
from tests.serve.running import PROBLEMS, TOKEN, Server, post, said, serving

uvicorn = pytest.importorskip("uvicorn", reason="needs the extra serve")

Address = tuple[str, int]
HALF = b"POST /v1/chat/completions HTTP/1.1\r\nHost: "
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
KEY = f"Authorization: Bearer {TOKEN}\r\n".encode()


def line(address: Address, sent: bytes = b"") -> socket.socket:
    """A connection over which something was sent."""
    made = socket.create_connection(address, timeout=30)
    made.sendall(sent)
    return made


@contextmanager
def lines(address: Address, n: int, sent: bytes = HALF) -> Iterator[None]:
    """Many of them, open at the same time."""
    with ExitStack() as stack:
        for _ in range(n):
            stack.enter_context(line(address, sent))
        yield


def address_of(server: Server) -> Address:
    """Where it listens."""
    where = urlsplit(server.root)
    return str(where.hostname), int(where.port or 0)


def until(true: Callable[[], bool]) -> None:
    """Waits until something is so."""
    for _ in range(200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("not within 10 seconds")


def healthy(address: Address) -> bool:
    """Whether a newcomer is answered."""
    with line(address, HEALTH) as asked:
        return answer(asked).startswith(b"HTTP/1.1 200")


def answer(open_line: socket.socket) -> bytes:
    """All that comes until the server ends the connection; what a reset leaves, too."""
    came = b""
    try:
        while piece := open_line.recv(65_536):
            came += piece
    except ConnectionError:
        pass
    return came


@pytest.mark.slow
def test_half_sent_headers_of_one_laptop_leave_room_for_the_class() -> None:
    with serving(files=256) as server:
        with lines(address_of(server), 300):
            assert server.health()["status"] == "ok"
            with ThreadPoolExecutor(8) as pool:  # others ask and are answered meanwhile
                got = list(
                    pool.map(lambda p: post(server, messages=said(p), max_tokens=3).read(), PROBLEMS * 2)
                )
            assert all(json.loads(each)["usage"]["completion_tokens"] == 3 for each in got)
            with lines(address_of(server), 300, b""):  # and those that send nothing at all
                assert server.health()["status"] == "ok"
            assert server.health()["status"] == "ok"
        assert server.health()["status"] == "ok"
        assert server.end() == 0
    assert "out of system resource" not in server.said and "Traceback" not in server.said


@contextmanager
def gate(limits: Limits) -> Iterator[tuple[Address, list[str]]]:
    """The address of a server without a model, and the addresses that were asked there.

    `/wait` waits for the whole question and then until its client goes away; `/flood` sends without end.
    """
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        asked.append(scope["path"])
        while scope["path"] == "/wait" and (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while scope["path"] == "/flood":
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"ok"})

    listener = socket.create_server(("127.0.0.1", 0))
    connection: Any = partial(Connection, Gate(limits))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="critical", http=connection, timeout_graceful_shutdown=1)
    )
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield listener.getsockname(), asked
    finally:
        server.should_exit = True
        thread.join(20)


SHORT = Limits(connections=16, by_address=12, backlog=16, head=1.0, body=2.0, unread=1.0)


@pytest.mark.slow
def test_who_sends_no_question_is_cut_off_in_time() -> None:
    chunked = b"POST /wait HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    unasked = b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n"
    with gate(SHORT) as (address, _), ExitStack() as stack:
        half, silent, no_body, no_need, kept = (
            stack.enter_context(line(address, sent))
            for sent in (HALF, b"", chunked, unasked, HEALTH.replace(b"close", b"keep-alive"))
        )
        for open_line in (half, silent):
            assert answer(open_line).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b"question did not come within 2 seconds" in answer(no_body)
        assert answer(no_need).startswith(b"HTTP/1.1 200"), (
            "answered before its question was there, and then cut off"
        )
        assert answer(kept).startswith(b"HTTP/1.1 200"), "answered, and cut off when no further question came"


@pytest.mark.parametrize("before", [b"", HEALTH.replace(b"close", b"keep-alive")])
def test_a_byte_now_and_then_buys_no_time(before: bytes) -> None:
    with gate(SHORT) as (address, _), line(address, before + HALF) as drip:
        drip.settimeout(0.2)
        for _ in range(100):
            try:
                drip.sendall(b"x")
                if not (came := drip.recv(1_000)):
                    break
                assert before or b"408" in came
            except TimeoutError:
                continue
            except ConnectionError:
                break
        else:
            raise AssertionError("still open after 20 seconds")


@pytest.mark.slow
def test_who_reads_nothing_of_its_answer_is_cut_off() -> None:
    with gate(SHORT) as (address, asked), line(address, b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n") as deaf:
        time.sleep(4)
        came = answer(deaf)  # what the system had taken from the server, and then the end
        assert asked == ["/flood"] and 0 < len(came) < 50_000_000


@pytest.mark.slow
def test_where_every_connection_has_a_question_the_next_is_asked_to_come_again() -> None:
    waiting = b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"
    with gate(SHORT) as (address, asked), ExitStack() as stack:
        for i in range(12):  # as many as one address may have
            stack.enter_context(line(address, waiting))
            until(lambda n=i + 1: len(asked) == n)
        with line(address) as refused:
            came = answer(refused)
        assert came.startswith(b"HTTP/1.1 503 Service Unavailable\r\n") and b"Retry-After: 2\r\n" in came
        assert json.loads(came.partition(b"\r\n\r\n")[2])["error"]["code"] == "too_many_connections"
        time.sleep(2.5)
        assert len(asked) == 12, "a question that is being answered has no deadline"
        stack.close()
        until(lambda: healthy(address))


@pytest.mark.slow
def test_two_hundred_students_behind_one_address_are_answered() -> None:
    with serving("--waiting", "300") as server:

        def ask(i: int) -> int:
            with post(server, messages=said(PROBLEMS[i % 8]), max_tokens=2, seed=i) as got:
                return json.loads(got.read())["usage"]["completion_tokens"]

        with ThreadPoolExecutor(200) as pool:
            assert list(pool.map(ask, range(200))) == [2] * 200


@pytest.mark.slow
def test_an_address_in_the_host_header_is_never_answered_with(server: Server) -> None:
    for path in ("/v1/models/", "/v1/models", "/health/", "/v1/chat/completions/"):
        asked = f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n".encode() + KEY + b"\r\n"
        with line(address_of(server), asked) as open_line:
            came = answer(open_line)
        assert b"evil.example" not in came and came[9:12] in (b"200", b"404", b"405")


@pytest.mark.slow
def test_a_model_is_found_by_its_name(server: Server) -> None:
    def get(path: str) -> dict[str, object]:
        asked = urllib.request.Request(f"{server.url}{path}", headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(asked, timeout=10) as came:
            return json.loads(came.read())

    one = get("/models/r1-mini")
    assert one["id"] == "r1-mini" and one["object"] == "model"
    assert get("/models")["data"] == get("/models/")["data"] == [one]
    with pytest.raises(urllib.error.HTTPError) as refused:
        get("/models/gpt-4")
    assert refused.value.code == 404 and b"model_not_found" in refused.value.read()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def test_limits_follow_from_the_files_and_say_what_is_possible() -> None:
    assert (limits_for(256).connections, limits_for(256).by_address) == (160, 120)
    assert limits_for(1_048_576).connections == limits_for(None).connections == 2_048
    for files in (100, 256, 1_024, 4_096, 10**6):
        limits = limits_for(files)
        assert limits.connections + limits.backlog < files and 1 <= limits.by_address <= limits.connections
    assert limits_for(1_024, 300, 20).by_address == 20
    for given, message in (
        ((64,), "may open only 64 files"),
        ((256, 200), r"200 connections[\s\S]*--connections 160"),
        ((256, 4), "from 16 to 160"),
        ((1_024, 100, 101), r"101 connections from one address[\s\S]*--by-address 75"),
        ((1_024, 100, 0), "0 connections from one address"),
    ):
        with pytest.raises(LabkitError, match=message):
            limits_for(*given)


class Line:
    """What a gate sees of a connection."""

    def __init__(self, gate: Gate, address: str, *, has_request: bool = False) -> None:
        self.gate, self.address, self.has_request = gate, address, has_request
        self.inside = gate.enter(self)  # type: ignore[arg-type]

    def abort(self) -> None:
        self.inside = False
        self.gate.leave(self)  # type: ignore[arg-type]


def test_the_one_that_waits_longest_without_a_question_makes_room() -> None:
    gate = Gate(limits_for(1_024, 20, 16))
    crowd = [Line(gate, "a") for _ in range(16)]
    asked = [Line(gate, "b", has_request=True) for _ in range(4)]
    assert len(gate) == 20 and all(each.inside for each in crowd + asked)
    newcomer = Line(gate, "b")
    assert newcomer.inside and not crowd[0].inside and len(gate) == 20, "of the address that has the most"
    again = Line(gate, "a")
    assert again.inside and not crowd[1].inside and len(gate) == 20
    for each in (newcomer, again, *crowd):
        each.has_request = True
    assert not Line(gate, "a").inside and not Line(gate, "c").inside and len(gate) == 20
    for each in [*crowd, *asked, newcomer, again]:
        gate.leave(each)  # type: ignore[arg-type]
    assert len(gate) == 0 and gate.open == {}, "nothing is remembered of those that have gone"
