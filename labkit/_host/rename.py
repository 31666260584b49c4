"""Renames that wait a moment where Windows lets nobody rename a file that is open.

A virus scanner or the indexer of Windows opens each new file for a moment. Elsewhere an open file can be renamed, and
nothing here waits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from labkit._host.system import WINDOWS

PATIENCE = 1.0  # seconds
INTERVAL = 0.05  # seconds between two attempts


def rename(old: Path, new: Path) -> None:
    """`os.rename`.

    Raises:
        OSError: as `os.rename`.
    """
    _patiently(os.rename, old, new)


def replace(old: Path, new: Path) -> None:
    """`os.replace`.

    Raises:
        OSError: as `os.replace`.
    """
    _patiently(os.replace, old, new)


def _patiently(move: Callable[[Path, Path], None], old: Path, new: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return move(old, new)
        except PermissionError:
            if not WINDOWS or time.monotonic() > end:
                raise
            time.sleep(INTERVAL)
