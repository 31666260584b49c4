"""A real `labkit serve` in a process of its own, and the plainest client."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import labkit
from labkit.serve import run as serve

TOKEN = "a-token-that-is-secret"
PROBLEMS = [p.prompt for p in labkit.tasks.countdown.problems(8)]
HARD = "Using 3, 3 and 3, make 997."  # it looks for a long time


class Server:
    """A server that runs; `url` is what it printed, `said` all that it wrote once it has ended."""

    def __init__(self, *arguments: str, token: str | None = TOKEN, files: int | None = None) -> None:
        command = [sys.executable, "-m", "labkit", "serve", "--host", "127.0.0.1", "--port", "0", *arguments]
        if files is not None:  # the most that it may open, and may not raise
            command = ["sh", "-c", f'ulimit -n {files} && exec "$@"', "sh", *command]
        env = {k: v for k, v in os.environ.items() if k != serve.TOKEN_VARIABLE} | (
            {serve.TOKEN_VARIABLE: token} if token else {}
        )
        self.process = subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = ""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line
            if line.startswith("and type"):
                break
        found = re.search(r'labkit\.load\("(\S+)", model="([\w-]+)"\)', self.said)
        assert found, self.said
        self.url, self.model = found.groups()
        self.root = self.url.removesuffix("/v1")

    def end(self, how: int = signal.SIGINT) -> int:
        self.process.send_signal(how)
        self.said += self.process.communicate(timeout=30)[0]
        return self.process.returncode

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.root}/health", timeout=10) as answer:
            return json.loads(answer.read())

    def until(self, **wanted: int) -> dict[str, Any]:
        for _ in range(600):
            if (now := self.health()).items() >= wanted.items():
                return now
            time.sleep(0.05)
        raise AssertionError(f"{now}, not {wanted}")


@contextmanager
def serving(*arguments: str, token: str | None = TOKEN, files: int | None = None) -> Iterator[Server]:
    server = Server(*arguments, token=token, files=files)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.end()


def post(server: Server, path: str = "chat/completions", *, key: str | None = TOKEN, **body: Any) -> Any:
    """The open answer; a question about `HARD` unless it says otherwise."""
    asked = {"model": server.model, **({} if "prompt" in body else {"messages": said(HARD)}), **body}
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    return urllib.request.urlopen(
        urllib.request.Request(f"{server.url}/{path}", json.dumps(asked).encode(), headers), timeout=60
    )


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def refusal(server: Server, path: str = "chat/completions", **body: Any) -> tuple[int, dict[str, Any], Any]:
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(server, path, **body)
    return refused.value.code, json.loads(refused.value.read())["error"], refused.value.headers
