"""How much memory a process takes, for systems that set a process no limit: macOS and Windows."""

from __future__ import annotations

from functools import cache
from typing import Any


def taken(pid: int) -> int | None:
    """Bytes in memory of a process and of those that it started; None where psutil is absent, or the process ended.

    On Windows the `python.exe` of a virtual environment starts the real one as a process of its own.
    """
    psutil = _psutil()
    if psutil is None:
        return None
    try:
        process = psutil.Process(pid)
        return sum(each.memory_info().rss for each in (process, *process.children(recursive=True)))
    except psutil.Error:
        return None


@cache
def _psutil() -> Any:
    try:
        import psutil
    except ImportError:
        return None
    return psutil
