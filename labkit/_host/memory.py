"""How much memory this process can still allocate: the container's limit, not only the host's memory."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

_UNLIMITED = 1 << 60  # cgroups v1 writes "no limit" as a number near 2^63


@dataclass(frozen=True)
class Memory:
    """In bytes: the memory limit of this process and the memory still available below it.

    `source` names what sets the limit: "container" or "machine".
    """

    limit: int
    available: int
    source: str


def memory(root: Path = Path("/")) -> Memory | None:
    """The tightest limit among the machine's memory and every control group (cgroup) of this process.

    The kernel can reclaim a container's page cache, so inactive file pages (`inactive_file`) count as
    available.

    On macOS and Windows, psutil reads the memory; psutil comes with ipykernel. Returns None if psutil is not
    installed: then no request is refused because of memory.

    Args:
        root: the folder that contains `proc` and `sys`; another folder in tests.
    """
    machine = _machine(root)
    if machine is None:
        return None
    tightest = machine
    for folder, names in _groups(root):
        limit, used = (_number(folder / name) for name in names)
        if not limit or used is None or limit >= min(_UNLIMITED, machine.limit):
            continue
        left = max(0, limit - used + _reclaimable(folder))
        if left < tightest.available or tightest.source == "machine":
            tightest = Memory(limit, min(left, machine.available), "container")
    return tightest


def trim_freed_memory() -> None:
    """Gives the memory that this process has freed back to the system, which takes about 20 ms.

    glibc keeps what is freed between two blocks that are in use; after three steps of GRPO that is 400 MB. A container
    counts it as used. Other C libraries have nothing of the kind, and nothing happens there.
    """
    if sys.platform == "linux":
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _machine(root: Path) -> Memory | None:
    try:
        rows = dict(line.split(":", 1) for line in (root / "proc/meminfo").read_text("utf-8").splitlines())
        total, free = (int(rows[key].split()[0]) * 1024 for key in ("MemTotal", "MemAvailable"))
    except (OSError, ValueError, KeyError):
        return _by_psutil()
    return Memory(total, free, "machine")


def _by_psutil() -> Memory | None:
    try:
        import psutil

        now = psutil.virtual_memory()
    except (ImportError, OSError, RuntimeError):
        return None
    return Memory(now.total, now.available, "machine")


def _groups(root: Path) -> list[tuple[Path, tuple[str, str]]]:
    """Folders of this process's control groups, inner to outer, with the file names of limit and usage."""
    v1, v2 = ("memory.limit_in_bytes", "memory.usage_in_bytes"), ("memory.max", "memory.current")
    groups = []
    try:
        rows = (root / "proc/self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return []
    for row in rows:
        _, controllers, inside = [*row.split(":", 2), "", ""][:3]
        if controllers and "memory" not in controllers.split(","):
            continue
        base, names = (root / "sys/fs/cgroup/memory", v1) if controllers else (root / "sys/fs/cgroup", v2)
        # Inside a container the path is often a path of the host: then only the base folder exists.
        path = Path(inside.strip("/"))
        groups += [(base / p, names) for p in dict.fromkeys((path, *path.parents, Path()))]
    return groups


def _number(path: Path) -> int | None:
    try:
        return max(0, int(path.read_text("utf-8")))
    except (OSError, ValueError):  # absent, or "max"
        return None


def _reclaimable(folder: Path) -> int:
    try:
        rows = dict(
            line.split(maxsplit=1) for line in (folder / "memory.stat").read_text("utf-8").splitlines()
        )
        return int(rows.get("total_inactive_file", rows.get("inactive_file", "0")))
    except (OSError, ValueError):
        return 0
