"""Renames with retries on Windows, which does not rename open files.

A virus scanner or the indexer of Windows opens each new file for a moment. Other systems rename open files, so the
functions do not wait there.
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
    """`os.rename`, with retries.

    Raises:
        OSError: as `os.rename`.
    """
    _patiently(os.rename, old, new)


def replace(old: Path, new: Path) -> None:
    """`os.replace`, with retries.

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
