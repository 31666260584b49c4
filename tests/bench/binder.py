"""What a Binder session takes: a JupyterLab, a kernel that runs a lesson, and one more that has loaded R1-mini.

    python tests/bench/binder.py                   every lesson, in 2 GiB, as mybinder.org has it
    python tests/bench/binder.py 3 8 --limit 1     lessons 3 and 8, in 1 GiB

A session for each lesson, started by .binder/start in a control group of that size (root can make one); cells are run
over the server's websocket, as JupyterLab runs them. `held` is the most of what cannot be dropped; `with files` also
has pages of files (torch's libraries, mostly), as far as no process outside of the session uses them. The browser is
not in the session, nor is what JupyterHub adds to its server.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import websocket
from _machine import machine
from _memory_group import MemoryGroup

REPO = Path(__file__).resolve().parents[2]
LESSONS = sorted((REPO / "notebooks").glob("[0-9][0-9]-*.ipynb"))
LOAD = "import labkit\nmodel = labkit.load()"
GIB = 1 << 30
START, CELL = 120, 300  # s; a server, and a cell, that take longer have failed


class EndedError(Exception):
    """A kernel, or its server, is gone."""


class Kernel:
    """A kernel of the server, spoken to through it."""

    def __init__(self, address: str) -> None:
        asked = urllib.request.Request(f"http://{address}/api/kernels", b"{}", method="POST")
        with urllib.request.urlopen(asked, timeout=START) as answer:
            found = json.load(answer)["id"]
        self._session = uuid.uuid4().hex
        channels = f"ws://{address}/api/kernels/{found}/channels?session_id={self._session}"
        self._socket = websocket.create_connection(channels, timeout=CELL)

    def run(self, code: str) -> str:
        """Runs a cell to its end; the name of its error, or nothing."""
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "username": "",
            "session": self._session,
        }
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        message = {
            "channel": "shell", "header": {**header, "version": "5.3", "date": ""}, "parent_header": {},
            "metadata": {}, "content": {**content, "user_expressions": {}}, "buffers": [],
        }  # fmt: skip
        self._socket.send(json.dumps(message))
        error = ""
        for said in self._messages():
            content = said["content"]
            if content.get("execution_state") in ("restarting", "autorestarting", "dead"):
                raise EndedError
            if said["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            if said["msg_type"] == "error":
                error = content["ename"]
            if content.get("execution_state") == "idle":
                break
        return error

    def close(self) -> None:
        self._socket.close()

    def _messages(self) -> Iterator[dict[str, Any]]:
        while True:
            try:
                kind, data = self._socket.recv_data()
            except (OSError, websocket.WebSocketException) as error:
                raise EndedError from error
            if kind == websocket.ABNF.OPCODE_TEXT:  # those with buffers are a view's, and come in binary
                yield json.loads(data)


@contextmanager
def serving(group: MemoryGroup, home: Path) -> Iterator[str]:
    """A JupyterLab in the group, with all its files in `home`: its address."""
    shutil.copytree(REPO / "notebooks", home / "notebooks")
    env = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "IPYTHONDIR": str(home / "ipython"),
    }  # fmt: skip
    command = [
        "bash", str(REPO / ".binder/start"), sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", "--IdentityProvider.token=", "--ServerApp.password=",
        "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={home / 'notebooks'}", "--LabApp.news_url=",
    ]  # fmt: skip
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            group.enter(command), env=env, stdout=log, stderr=subprocess.STDOUT, cwd=home / "notebooks"
        )
        try:
            group.watch(server.pid)
            yield wait_for_server(home, server)
        finally:
            server.terminate()
            server.wait(60)


def wait_for_server(home: Path, server: subprocess.Popen[bytes]) -> str:
    """Its address, as soon as it answers."""
    end = time.monotonic() + START
    while time.monotonic() < end and server.poll() is None:
        for file in (home / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError):  # half written, or not listening yet
                address = f"127.0.0.1:{json.loads(file.read_text())['port']}"
                urllib.request.urlopen(f"http://{address}/lab", timeout=START).close()
                return address
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{(home / 'log').read_text()[-3000:]}")


def run_lesson(kernel: Kernel, lesson: Path) -> str:
    """Runs its cells in order; `ran`, or where it ended."""
    cells = [c for c in json.loads(lesson.read_text())["cells"] if c["cell_type"] == "code"]
    for number, cell in enumerate(cells, 1):
        try:
            error = kernel.run("".join(cell["source"]))
        except EndedError:
            return f"ended in code cell {number} of {len(cells)}"
        if error and "raises-exception" not in cell["metadata"].get("tags", ()):
            return f"{error} in code cell {number} of {len(cells)}"
    return "ran"


def forget_files(folder: Path) -> None:
    """Drops the pages of large files, as far as no process uses them: the session is then charged for what it reads."""
    for file in folder.rglob("*"):
        if file.is_file() and file.stat().st_size > 100_000:
            with file.open("rb") as opened:
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def session(lesson: Path, limit: int) -> str:
    """A session with this lesson: its row of the table."""
    forget_files(Path(sys.prefix))
    with tempfile.TemporaryDirectory() as home, MemoryGroup(limit) as group:
        with serving(group, Path(home)) as address, closing(Kernel(address)) as idle:
            start = time.perf_counter()
            if error := idle.run(LOAD):
                return f"{lesson.stem:27} the idle kernel failed: {error}"
            before, _ = group.now()
            with closing(Kernel(address)) as kernel:
                result = run_lesson(kernel, lesson)
            seconds = time.perf_counter() - start
            kills = f"; {group.kills()} killed" if group.kills() else ""
        return (
            f"{lesson.stem:27} {seconds:5.0f} s {before / 1e6:6.0f} {group.held / 1e6:6.0f} "
            f"{group.charged / 1e6:11.0f} MB  {result}{kills}"
        )


def main() -> None:
    """Prints a line a lesson."""
    parser = argparse.ArgumentParser()
    parser.add_argument("lessons", type=int, nargs="*", help="numbers; all without one")
    parser.add_argument("--limit", type=float, default=2, help="GiB")
    args = parser.parse_args()
    limit = int(args.limit * GIB)
    with MemoryGroup(limit) as group:
        kind = f"a limit of {limit / 1e6:.0f} MB" if group.is_limited else "no limit (proportional set sizes)"
    print(machine("torch", "transformers", "jupyterlab", "ipykernel"))
    print(f"{kind}\n{'':27} {'':7} before   held  with files", flush=True)
    for lesson in LESSONS:
        if not args.lessons or int(lesson.stem[:2]) in args.lessons:
            print(session(lesson, limit), flush=True)


if __name__ == "__main__":
    main()
