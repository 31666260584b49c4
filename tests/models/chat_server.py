"""An OpenAI-compatible server on loopback that says what a test wants it to say, and breaks where it should.

No real server can be made to die in the middle of a word; real ones are in `test_remote_real.py`.
"""

from __future__ import annotations

import json
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass
class Script:
    """What the server does.

    Attributes:
        deltas: what it sends, a message each: (delta, logprobs or None).
        lists: whether it can say which models it has.
        die_after: messages after which it breaks the line.
        quiet_after: messages after which it says no more, and keeps the line.
        pause: seconds between messages.
        statuses: what it answers first, one request each, before it behaves; 0: nothing, it hangs up.
        retry_after: seconds, as it says them beside those.
        key: the only one that it takes.
        owner: whose its models are, by its list.
        refuse: a sentence with which it refuses every question (status 400).
        page: what it answers first, or refuses with, is a web page, as that of a proxy is.
        breaks: an error that it sends in place of the end of its answer.
        goes_on: it continues a last message of the assistant: "yes"; "drops" a thought that has ended, as R1's
            template does; "inserts" an empty one, as Qwen3's does; "" begins its answer anew.
        overlong: it writes all that it has, whatever `max_tokens` says.
        redirect: where it sends every question and every request for its list.
        listed: the body of its list of models, as it is.
        raw: bytes that it sends in place of its messages; without end where the iterator has none.
        encoding: how it says that its answers are compressed.
        asked: what it was asked, as it came; `headers` is with what, `at` is when, in seconds.
        left: set when a reader hangs up before the end.
    """

    deltas: list[tuple[dict[str, Any], Any]]
    models: tuple[str, ...] = ("tiny",)
    lists: bool = True
    die_after: int | None = None
    quiet_after: int | None = None
    pause: float = 0.0
    statuses: list[int] = field(default_factory=list)
    retry_after: int | None = None
    key: str | None = None
    owner: str = "us"
    refuse: str | None = None
    page: bool = False
    breaks: str | None = None
    logprobs: bool = True
    goes_on: str = ""
    overlong: bool = False
    redirect: str | None = None
    listed: bytes | None = None
    raw: Iterator[bytes] | None = None
    encoding: str | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    left: Event = field(default_factory=Event)


class Handler(BaseHTTPRequestHandler):
    script: Script

    def do_GET(self) -> None:
        if self.script.redirect:
            return self.send(307, {})
        if self.script.listed is not None:
            return self.send(200, self.script.listed)
        if self.path != "/v1/models":
            return self.send(404, {"detail": "Not Found"})
        if not self.script.lists:
            return self.send(500, {"detail": "Internal Server Error"})
        if self.allowed():
            self.send(
                200,
                {
                    "object": "list",
                    "data": [
                        {"id": m, "object": "model", "created": 0, "owned_by": self.script.owner}
                        for m in self.script.models
                    ],
                },
            )

    def do_POST(self) -> None:
        said = self.script
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said.asked.append(asked)
        said.headers.append(dict(self.headers))
        said.at.append(time.monotonic())
        if said.redirect:
            return self.send(307, {})
        if not self.path.endswith("/chat/completions"):
            return self.send(404, {"error": {"message": "no such place"}})
        if not self.allowed():
            return
        if said.statuses:
            status = said.statuses.pop(0)
            return self.send(status, {"error": {"message": "not now"}}) if status else None
        if said.refuse:
            return self.send(400, {"error": {"message": said.refuse}})
        if asked["model"] not in said.models:
            return self.send(404, {"error": {"message": f"no {asked['model']}"}})
        if asked.get("logprobs") and not said.logprobs:
            return self.send(422, {"error": {"message": "Unsupported fields in the request: logprobs"}})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            self.stream(asked)
        except OSError:
            said.left.set()

    def stream(self, asked: dict[str, Any]) -> None:
        """Sends the messages."""
        said = self.script
        for piece in said.raw or ():
            self.wfile.write(piece)
        deltas, read = self.rest(asked)
        for i, (delta, logprobs) in enumerate(deltas):
            if i == said.die_after:
                return  # without the end of the stream, and in the middle of a chunk
            if i == said.quiet_after:
                if select.select([self.connection], [], [], 20)[0]:  # the end of the line
                    said.left.set()
                return
            time.sleep(said.pause)
            self.message(delta, logprobs, None)
        if said.breaks:
            self.wfile.write(f"data: {json.dumps({'error': {'message': said.breaks}})}\n\n".encode())
            return
        short = len(deltas) == asked.get("max_tokens")
        usage = {"prompt_tokens": read, "completion_tokens": len(deltas), "total_tokens": read + len(deltas)}
        counted = usage if said.goes_on and asked.get("stream_options") else None
        self.message({}, None, "length" if short else "stop", counted)
        self.wfile.write(b"data: [DONE]\n\n")

    def rest(self, asked: dict[str, Any]) -> tuple[list[tuple[dict[str, Any], Any]], int]:
        """What is still to be said, of at most `max_tokens` messages, and the number of tokens read."""
        said, last, skipped = self.script, asked["messages"][-1], 0
        read = 10
        if said.goes_on and last["role"] == "assistant" and asked.get("continue_final_message"):
            texts = ["".join(filter(None, delta.values())) for delta, _ in said.deltas]
            known = len(last["content"].removeprefix("<think>\n").encode())
            while len("".join(texts[: skipped + 1]).encode()) <= known and skipped < len(texts):
                skipped += 1
            read += skipped + (4 if said.goes_on == "inserts" else 0)
            if said.goes_on == "drops" and "</think>" in last["content"]:
                read = 10
        most = len(said.deltas) if said.overlong else asked.get("max_tokens") or len(said.deltas)
        return said.deltas[skipped : skipped + most], read

    def message(
        self, delta: dict[str, Any], logprobs: Any, finish: str | None, usage: dict[str, int] | None = None
    ) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
        body = {
            "id": "x",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "tiny",
            "choices": [choice],
            "usage": usage,
        }
        self.wfile.write(f"data: {json.dumps(body)}\n\n".encode())
        self.wfile.flush()

    def allowed(self) -> bool:
        key = self.script.key
        if key is None or self.headers.get("Authorization") == f"Bearer {key}":
            return True
        self.send(401, {"error": {"message": "wrong key"}})
        return False

    def send(self, status: int, body: Any) -> None:
        page = self.script.page and self.command == "POST"
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        data = b"<!DOCTYPE html>\n<html><body>No.</body></html>" if page else raw
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if page else "application/json")
        self.send_header("Content-Length", str(len(data)))
        if self.script.encoding:
            self.send_header("Content-Encoding", self.script.encoding)
        if self.script.redirect and status == 307:
            self.send_header("Location", self.script.redirect)
        if self.script.retry_after is not None and status in (429, 503):
            self.send_header("Retry-After", str(self.script.retry_after))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that went away is no error here."""


@contextmanager
def serving(script: Script) -> Iterator[str]:
    """The address of a server that follows the script."""
    server = Server(("127.0.0.1", 0), type("Scripted", (Handler,), {"script": script}))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
