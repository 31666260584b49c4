"""How much memory this process may still take: of the container, not of the machine under it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_UNLIMITED = 1 << 60  # control groups of version 1 write "no limit" as a number near 2^63


@dataclass(frozen=True)
class Memory:
    """Bytes: the ceiling of this process's world, and what is left below it.

    `source` says who sets the ceiling: "container" or "machine".
    """

    limit: int
    available: int
    source: str


def memory(root: Path = Path("/")) -> Memory | None:
    """The tightest of the machine's memory and every control group that this process is in.

    A container that has filled its page cache can get it back, so file pages that nobody uses
    (`inactive_file`) count as available.

    macOS and Windows are asked through psutil, which comes with ipykernel. None where it is not installed: then
    nothing is refused for want of memory.

    Args:
        root: where `proc` and `sys` lie; another folder in tests.
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
    """Folders of this process's control groups, inner to outer, with the names of limit and usage."""
    v1, v2 = ("memory.limit_in_bytes", "memory.usage_in_bytes"), ("memory.max", "memory.current")
    found = []
    try:
        rows = (root / "proc/self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return []
    for row in rows:
        _, controllers, inside = [*row.split(":", 2), "", ""][:3]
        if controllers and "memory" not in controllers.split(","):
            continue
        base, names = (root / "sys/fs/cgroup/memory", v1) if controllers else (root / "sys/fs/cgroup", v2)
        # Inside a container the path is often one of the host's: then only the base is there.
        path = Path(inside.strip("/"))
        found += [(base / p, names) for p in dict.fromkeys((path, *path.parents, Path()))]
    return found


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
