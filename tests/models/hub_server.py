"""As much of a model hub as `huggingface_hub` asks for, on loopback: real bytes, real ranges, real interruptions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Repositories are folders `root/owner/name`.

    Attributes:
        sent: bytes of weights that were sent so far.
        breaks: how many times more the connection is cut in the middle of the weights.
        gated: repositories that are refused.
        claimed: path -> size that is told instead of the true one.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.root, self.sent, self.gated, self.claimed = root, 0, set[str](), dict[str, int]()
        self.breaks = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: Any) -> None:
        """A client that went away is no error here."""


class Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.reply(body=True)

    def do_HEAD(self) -> None:
        self.reply(body=False)

    def reply(self, *, body: bool) -> None:
        parts = self.path.partition("?")[0].strip("/").split("/")
        parts = parts[2:] if parts[:2] == ["api", "models"] else parts
        repo, rest = "/".join(parts[:2]), parts[2:]
        folder = self.server.root / repo
        if repo in self.server.gated:
            return self.refuse(403, "GatedRepo")
        if len(parts) < 2 or not folder.is_dir():
            return self.refuse(404, "RepoNotFound")
        if not rest or rest[0] in ("revision", "tree"):
            files = [
                (str(p.relative_to(folder)), self.size(p), etag(p))
                for p in sorted(folder.rglob("*"))
                if p.is_file()
            ]
            tree = [{"type": "file", "path": path, "size": size, "oid": oid} for path, size, oid in files]
            siblings = [{"rfilename": path, "size": size, "blobId": oid} for path, size, oid in files]
            about = {"id": repo, "modelId": repo, "sha": COMMIT, "siblings": siblings}
            return self.send(200, json.dumps(tree if rest[:1] == ["tree"] else about).encode(), body)
        file = folder.joinpath(*rest[2:])
        if not file.is_file():
            return self.refuse(404, "EntryNotFound")
        return self.file(file, body)

    def file(self, file: Path, body: bool) -> None:
        data, start = file.read_bytes(), 0
        asked = self.headers.get("Range", "")
        if asked.startswith("bytes="):
            start = int(asked.removeprefix("bytes=").split("-")[0] or 0)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        for name, value in (("ETag", f'"{etag(file)}"'), ("X-Repo-Commit", COMMIT), ("Accept-Ranges", "bytes"), ("Content-Length", str(len(data) - start))):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        if not body:
            return
        rest, hub = data[start:], self.server
        if file.suffix == ".safetensors" and hub.breaks:
            rest, hub.breaks = rest[: len(rest) // 2], hub.breaks - 1
            self.close_connection = True
        self.wfile.write(rest)
        if file.suffix == ".safetensors":
            hub.sent += len(rest)

    def size(self, file: Path) -> int:
        return self.server.claimed.get(str(file.relative_to(self.server.root)), file.stat().st_size)

    def refuse(self, status: int, code: str) -> None:
        self.send(status, b"{}", True, ("X-Error-Code", code))

    def send(self, status: int, data: bytes, body: bool, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(data))),
            *headers,
        ):
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def etag(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@contextmanager
def serving(root: Path) -> Iterator[Hub]:
    """A hub that serves until the block ends."""
    hub = Hub(root)
    thread = Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
