"""The memory of a process, for systems without memory limits: macOS and Windows."""

from __future__ import annotations

from functools import cache
from typing import Any


def taken(pid: int) -> int | None:
    """Resident bytes of a process and its children. Returns None if psutil is missing or the process has ended.

    On Windows the `python.exe` of a virtual environment starts the real interpreter as a child process.
    """
    psutil = _psutil()
    if psutil is None:
        return None
    try:
        process = psutil.Process(pid)
        return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    except psutil.Error:
        return None


@cache
def _psutil() -> Any:
    try:
        import psutil
    except ImportError:
        return None
    return psutil
