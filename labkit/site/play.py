"""The playground: a folder with a page in which R1-mini thinks, without Python, a network or an installation.

The browser computes the model (`labkit/frontend/src/engine`). The weights are rounded to float16, which halves the
download; `python -m tests.engine.compare` prints what that changes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
from collections.abc import Iterable
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from labkit._host.html_page import html_page
from labkit._host.shipped import data_path

HERE = Path(__file__).parent / "play"
STATIC = Path(__file__).parents[1] / "views" / "static"
MODEL = "r1-mini"
OTHERS = ("r1-mini-cold", "r1-nano", "r1-base")  # loaded when the reader chooses them, or trains one
FILES = ("config.json", "tokenizer.json")
LENS = "tuned-lens.safetensors"
LATER = (LENS,)  # files of the model that the page loads when they are needed
# What needs the pages around the folder.
OF_THE_SITE = re.compile(r"<!-- site -->(.*?)<!-- /site -->\n?", re.DOTALL)
MODEL_ADDRESS = '"../model/"'  # in the worker
MODELS = '"model/"'  # in the service worker
LESSONS = "<!-- lessons -->"
FRAME = "frame.html"  # what all pages share: the head with its policy, and the navigation
ADDRESS = re.compile(r'(href|src)="(?!#|index\.html)([^":]+)"')


def write_playground(folder: Path, lessons: str | None = None) -> None:
    """Fills a new folder with the page, its guided pages, their scripts and the models: `model/` and
    `model/NAME/`.

    Args:
        folder: must not exist.
        lessons: the lessons as items of a list in HTML, if the folder is `play` of the site. Without them the pages
            stand alone, with no link out of the folder.
    """
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns(FRAME))
    for page in folder.glob("*.html"):
        text = OF_THE_SITE.sub("" if lessons is None else r"\1", _framed(page))
        page.write_text(text.replace(LESSONS, lessons or ""), encoding="utf-8", newline="\n")
    _write_model(MODEL, folder / "model")
    for name in OTHERS:
        _write_model(name, folder / "model" / name)
    write_float16(data_path("lenses", MODEL) / LENS, folder / "model" / LENS)
    (folder / "share.txt").write_text(_share_page(), encoding="utf-8", newline="\n")
    _describe(folder, folder.rglob("*"))


def write_front_page(site: Path) -> None:
    """Makes the playground in the folder `play` of a site its front page, too, which needs no network either."""
    play = site / "play"

    def moved(address: re.Match[str]) -> str:
        name, path = address.groups()
        return f'{name}="{path[3:] if path.startswith("../") else f"play/{path}"}"'

    text = ADDRESS.sub(moved, (play / "index.html").read_text("utf-8"))
    (site / "index.html").write_text(text, encoding="utf-8", newline="\n")
    worker = (HERE / "service-worker.js").read_text("utf-8").replace("labkit-play-", "labkit-front-")
    worker = worker.replace(MODELS, '"play/model/"')
    (site / "service-worker.js").write_text(worker, encoding="utf-8", newline="\n")
    _describe(site, [site / "index.html", *play.rglob("*")])


def share_model(folder: Path, model: Path) -> None:
    """Lets a playground load its model from the folder of another one, and removes its own.

    Args:
        folder: of `write_playground`, or a copy of such a folder.
        model: the folder `model` of the other playground, on the same server.
    """
    shutil.rmtree(folder / "model")
    worker = folder / "scripts" / "worker.js"
    address = f"{_relative(model, worker.parent)}/"
    text = worker.read_text("utf-8").replace(MODEL_ADDRESS, f'"{address}"')
    worker.write_text(text, encoding="utf-8", newline="\n")
    text = (HERE / "service-worker.js").read_text("utf-8").replace(MODELS, f'"{_relative(model, folder)}/"')
    (folder / "service-worker.js").write_text(text, encoding="utf-8", newline="\n")
    _describe(folder, [*folder.rglob("*"), *model.rglob("*")])


def is_later(path: Path) -> bool:
    """Whether the page loads a file only when the reader asks for what needs it."""
    return path.name in LATER or path.parent.name in OTHERS


def _framed(page: Path) -> str:
    """A page in the frame; its file holds its own lines of the head, and `main`."""
    head, main = page.read_text("utf-8").split("<main", maxsplit=1)
    text = (HERE / FRAME).read_text("utf-8")
    text = text.replace("<!-- head -->\n", head).replace("<!-- main -->\n", f"<main{main}")
    here = f'<a href="{page.name}">'  # in the navigation, which stands first
    return text.replace(here, f'{here[:-1]} aria-current="page">', 1)


def _write_model(name: str, folder: Path) -> None:
    folder.mkdir()
    checkpoint = data_path("models", name)
    for file in FILES:
        shutil.copyfile(checkpoint / file, folder / file)
    write_float16(checkpoint / "model.safetensors", folder / "model.safetensors")


def _share_page() -> str:
    """The page of `view.save` for a thought, in which the playground replaces `@TITLE@` and `@BLOCK@`."""
    script, *styles = (
        (STATIC / name).read_text("utf-8") for name in ("saved/token.js", "page.css", "colors.css")
    )
    return html_page("@TITLE@", "@BLOCK@", scripts=[script], style="".join(styles))


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


def _describe(folder: Path, paths: Iterable[Path]) -> None:
    """Writes the names of files and their digest into the service worker of a folder.

    The service worker holds these files from the first visit on, and serves its copies until the digest changes. It
    holds a file that is loaded later from its first use on.
    """
    worker, digest = folder / "service-worker.js", sha256()
    files = sorted(path for path in paths if path.is_file())
    for path in files:
        digest.update(path.read_bytes())
    held = (path for path in files if path.name != worker.name and not is_later(path))
    names = ["./", *(_relative(path, folder) for path in held)]
    text = worker.read_text("utf-8")
    text = text.replace("@VERSION@", digest.hexdigest()[:12]).replace("@FILES@", " ".join(names))
    worker.write_text(text, encoding="utf-8", newline="\n")


def _relative(path: Path, folder: Path) -> str:
    """The address of a file as a page of the folder writes it."""
    return os.path.relpath(path, folder).replace(os.sep, "/")


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
