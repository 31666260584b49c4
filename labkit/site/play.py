"""The playground: a folder with a page in which R1-mini thinks, without Python, a network or an installation.

The browser computes the model (`labkit/frontend/src/engine`). The weights are rounded to float16, which halves the
download; `python -m tests.engine.compare` prints what that changes.
"""

from __future__ import annotations

import json
import shutil
import struct
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from labkit._host.shipped import data_path

HERE = Path(__file__).parent / "play"
MODEL = "r1-mini"
OTHERS = ("r1-mini-cold", "r1-nano")  # loaded when the reader chooses them
FILES = ("config.json", "tokenizer.json")
LENS = "tuned-lens.safetensors"
LATER = (LENS,)  # files of the model that the page loads when they are needed


def write_playground(folder: Path) -> None:
    """Fills a new folder with the page, its scripts and the models: `model/` and `model/NAME/`."""
    shutil.copytree(HERE, folder)
    _write_model(MODEL, folder / "model")
    for name in OTHERS:
        _write_model(name, folder / "model" / name)
    write_float16(data_path("lenses", MODEL) / LENS, folder / "model" / LENS)
    _describe(folder)


def is_later(path: Path) -> bool:
    """Whether the page loads a file only when the reader asks for what needs it."""
    return path.name in LATER or path.parent.name in OTHERS


def _write_model(name: str, folder: Path) -> None:
    folder.mkdir()
    checkpoint = data_path("models", name)
    for file in FILES:
        shutil.copyfile(checkpoint / file, folder / file)
    write_float16(checkpoint / "model.safetensors", folder / "model.safetensors")


def write_float16(weights: Path, target: Path) -> None:
    """Writes a copy of a safetensors file of float32 numbers, with each number rounded to float16.

    Without numpy: an installation of labkit writes this file before labkit's dependencies are installed.
    """
    data = weights.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8:start])
    header.pop("__metadata__", None)
    tensors, at = bytearray(), 0
    for tensor in sorted(header.values(), key=lambda each: each["data_offsets"]):
        first, last = tensor["data_offsets"]
        numbers = struct.unpack_from(f"<{(last - first) // 4}f", data, start + first)
        tensors += struct.pack(f"<{len(numbers)}e", *numbers)
        tensor |= {"dtype": "F16", "data_offsets": [at, len(tensors)]}
        at = len(tensors)
    text = json.dumps(header | {"__metadata__": {"format": "pt"}}, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 8)  # the tensors begin at a multiple of 8 bytes
    target.write_bytes(len(text).to_bytes(8, "little") + text + tensors)


def _describe(folder: Path) -> None:
    """Writes the names of the files and the digest of all of them into the service worker.

    The service worker holds these files from the first visit on, and serves its copies until the digest changes. It
    holds a file that is loaded later from its first use on.
    """
    worker, digest = folder / "service-worker.js", sha256()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        digest.update(path.read_bytes())
    held = (path for path in files if path != worker and not is_later(path))
    names = ["./", *(path.relative_to(folder).as_posix() for path in held)]
    text = worker.read_text("utf-8")
    text = text.replace("@VERSION@", digest.hexdigest()[:12]).replace("@FILES@", " ".join(names))
    worker.write_text(text, encoding="utf-8", newline="\n")


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder to this machine; logs nothing."""

    extensions_map = {  # noqa: RUF012  # an attribute of the instances in typeshed
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",  # a system may know another type, with which a browser refuses a module
    }

    def log_message(self, format: str, *args: object) -> None:
        """Writes no log."""


def static_server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of a folder on loopback, which listens; `serve_forever` answers.

    Args:
        folder: such as one of `write_playground`.
        port: 0 takes a free one.
    """
    return ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, directory=str(folder)))


def address_of(server: ThreadingHTTPServer) -> str:
    """The address of a server of `static_server`, without a slash at its end."""
    return f"http://127.0.0.1:{server.server_port}"
