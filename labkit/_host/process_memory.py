"""The resident memory of a process and its children.

On macOS and Windows, which have no limit for the memory of a child, the parent measures it and ends the child.
"""

from __future__ import annotations

from functools import cache
from typing import Any


def resident_bytes(pid: int, *, children: bool = True) -> int | None:
    """Resident bytes of a process and its children. Returns None if psutil is missing or the process has ended.

    Without its children it takes less than a millisecond; with them, all processes of the machine are read.
    On Windows the `python.exe` of a virtual environment starts the real interpreter as a child process.
    """
    psutil = _import_psutil()
    if psutil is None:
        return None
    try:
        process = psutil.Process(pid)
        members = [process, *(process.children(recursive=True) if children else ())]
        return sum(member.memory_info().rss for member in members)
    except psutil.Error:
        return None


@cache
def _import_psutil() -> Any:
    try:
        import psutil
    except ImportError:
        return None
    return psutil
