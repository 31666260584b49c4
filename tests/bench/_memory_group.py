"""A group of processes that share a limit of memory, as a container does, and the most that they held. Linux.

A control group of the kernel, of version 2 or 1, where this process may make one; else what the processes hold is
added up, and nothing limits them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Version:
    """Names of the files of a control group, and the rows of its `memory.stat` that no file stands behind."""

    base: Path
    has: str  # a file of the base; it has the word "memory" where groups may limit it
    limit: str
    charged: str
    events: str
    held: tuple[str, str]


VERSIONS = (
    Version(ROOT, "cgroup.controllers", "memory.max", "memory.peak", "memory.events", ("anon", "shmem")),
    Version(
        ROOT / "memory", "memory.stat", "memory.limit_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control",
        ("total_rss", "total_shmem"),
    ),
)  # fmt: skip


class MemoryGroup:
    """Processes under a limit: `enter` starts a command in it.

    Attributes:
        is_limited: whether the system holds the group to its limit.
        held: bytes, the most of what cannot be dropped (looked at every 100 ms): the limit is on this.
        charged: bytes, the most with the pages of files, which are dropped where memory is short.
    """

    def __init__(self, limit: int) -> None:
        self.held = self.charged = 0
        self._folder, self._version = _new_group(limit)
        self.is_limited = self._version is not None
        self._root: psutil.Process | None = None
        self._end = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def enter(self, command: list[str]) -> list[str]:
        """The command that runs `command` inside the group."""
        if self._version is None:
            return command
        return ["sh", "-c", 'echo $$ >"$0" && exec "$@"', str(self._folder / "cgroup.procs"), *command]

    def watch(self, pid: int) -> None:
        """Looks at the process and all that it starts, from here on."""
        self._root = psutil.Process(pid)
        self._watch.start()

    def kills(self) -> int:
        """How many processes the system has ended because the group was at its limit."""
        return _rows(self._folder / self._version.events).get("oom_kill", 0) if self._version else 0

    def now(self) -> tuple[int, int]:
        """Bytes held, and bytes charged at most until now (without a control group: now)."""
        if self._version is None:
            return self._added_up()
        rows = _rows(self._folder / "memory.stat")
        return sum(rows[name] for name in self._version.held), int(
            (self._folder / self._version.charged).read_text()
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        if self._watch.is_alive():
            self._watch.join()
        if self._version is None:
            return
        for _ in range(100):  # a kernel ends a moment after its server
            pids = (self._folder / "cgroup.procs").read_text().split()
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            if not pids:
                break
            time.sleep(0.1)
        self._folder.rmdir()

    def _look(self) -> None:
        while not self._end.wait(0.1):
            held, charged = self.now()
            self.held, self.charged = max(self.held, held), max(self.charged, charged)

    def _added_up(self) -> tuple[int, int]:
        """The proportional set sizes of all processes: a page that two share counts half in each."""
        held = charged = 0
        assert self._root is not None
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in (self._root, *self._root.children(recursive=True)):
                rows = _rows(Path(f"/proc/{process.pid}/smaps_rollup"))
                held += 1024 * (rows.get("Pss_Anon:", 0) + rows.get("Pss_Shmem:", 0))
                charged += 1024 * rows.get("Pss:", 0)
        return held, charged


def _new_group(limit: int) -> tuple[Path, Version | None]:
    for version in VERSIONS:
        folder = version.base / f"labkit-bench-{os.getpid()}-{time.monotonic_ns()}"
        try:
            if "memory" not in (version.base / version.has).read_text():
                continue
            if version is VERSIONS[0]:
                (ROOT / "cgroup.subtree_control").write_text("+memory")
            folder.mkdir()
        except OSError:
            continue
        (folder / version.limit).write_text(str(limit))
        with contextlib.suppress(OSError):  # a session has no swap; this file is there where there is any
            (folder / "memory.swap.max").open("r+").write("0")
        return folder, version
    return Path(), None


def _rows(file: Path) -> dict[str, int]:
    """The rows `name number` of a file of the kernel; none where the process has ended."""
    try:
        lines = [line.split() for line in file.read_text().splitlines()]
    except OSError:
        return {}
    return {words[0]: int(words[1]) for words in lines if len(words) > 1 and words[1].isdigit()}
