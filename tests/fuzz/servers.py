"""What a foreign server answers, and what a foreign client asks of ours."""

from __future__ import annotations

import asyncio
import json
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

import httpx
from hypothesis import strategies as st

import labkit
from labkit.serve.app import build
from labkit.serve.scheduler import Scheduler
from tests.fuzz.guard import Format
from tests.fuzz.hostile import Case, cases, written

LIST = {"object": "list", "data": [{"id": "tiny", "object": "model", "created": 0, "owned_by": "vllm"}]}
TOKEN = {
    "token": "a",
    "logprob": -0.1,
    "bytes": [97],
    "top_logprobs": [{"token": "a", "logprob": -0.1, "bytes": [97]}],
}


def message(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    """One message of a stream."""
    choice = {"index": 0, "delta": delta, "logprobs": {"content": [TOKEN]}, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "tiny", "choices": [choice]}


STREAM = [
    message({"role": "assistant", "content": "<think>a"}), message({"reasoning_content": "b"}), message({"content": "</think>c"}),
    message({"content": ""}, "stop"), {"id": "1", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 3}},
]  # fmt: skip


class Says(BaseHTTPRequestHandler):
    """Answers with whatever the case is."""

    models = json.dumps(LIST).encode()
    stream = b""
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self._send(self.models if self.path == "/v1/models" else b"{}", "application/json")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._send(self.stream, "text/event-stream")

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Quiet(ThreadingHTTPServer):
    """A server that keeps silent about clients that leave."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Nothing."""


_started: list[str] = []


def address() -> str:
    """Where the server listens; it is started by the first case."""
    if not _started:
        server = Quiet(("127.0.0.1", 0), Says)
        Thread(target=server.serve_forever, daemon=True).start()
        _started.append(f"http://127.0.0.1:{server.server_port}/v1")
    return _started[0]


def read_models(case: Case) -> None:
    """Connects to a server whose list of models is broken."""
    Says.models = case.content(LIST)
    model = labkit.load(address())
    assert repr(model) and "\x1b" not in repr(model)


def read_stream(case: Case) -> None:
    """Lets a server think whose stream is broken."""
    Says.models = json.dumps(LIST).encode()
    document = case.document(STREAM)
    lines = document if isinstance(document, list) else [document]
    content = b"".join(b"data: " + written(line) + b"\n\n" for line in lines) + b"data: [DONE]\n\n"
    Says.stream = case.patched(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trace = labkit.load(address()).think("hi", max_new_tokens=8, show=False)
    assert repr(trace)
    assert labkit.Trace.model_validate_json(trace._as_json()) is not None


QUESTION = {
    "model": "r1-nano", "messages": [{"role": "user", "content": "Using 3, 5 and 9, make 24."}], "stream": True, "temperature": 0.5,
    "top_p": 0.9, "top_k": 5, "max_tokens": 2, "seed": 1, "logprobs": True, "top_logprobs": 2, "stream_options": {"include_usage": True},
    "n": 1, "stop": [], "chat_template_kwargs": {"a": 1}, "presence_penalty": 0,
}  # fmt: skip
PROMPT = {
    "model": "r1-nano",
    "prompt": "Using 3, 5 and 9, make 24.",
    "max_tokens": 2,
    "logprobs": 1,
    "echo": False,
    "seed": 3,
}


class Asking(NamedTuple):
    """A question for `labkit serve`: of the chat endpoint or of the older one, whole or as a stream."""

    case: Case
    chat: bool
    path: str


asking = st.builds(Asking, cases, st.booleans(), st.sampled_from(["", "", "", "/x", "?a=1"]))
_app: list[Any] = []


def ask(case: Asking) -> None:
    """Asks `labkit serve`."""
    if not _app:
        model = labkit.load("r1-nano")
        _app.append(build(model, Scheduler(model), "key"))
    content = case.case.content(QUESTION if case.chat else PROMPT)
    url = ("/v1/chat/completions" if case.chat else "/v1/completions") + case.path

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(_app[0])
        async with httpx.AsyncClient(
            transport=transport, base_url="http://x", headers={"authorization": "Bearer key"}
        ) as client:
            return await asyncio.wait_for(client.post(url, content=content), 30)

    answer = asyncio.run(send())
    assert answer.status_code < 500, answer.text[:300]


FORMATS = [
    Format("models", cases, read_models),
    Format("stream", cases, read_stream),
    Format("serve", asking, ask),
]
