"""Readers that break the law, each in its own way, to see that the guard notices."""

from __future__ import annotations

import os
import time

from hypothesis import strategies as st

from labkit.errors import LabkitError
from tests.fuzz.guard import Format


def error(case: int) -> None:
    """Another exception than a LabkitError."""
    raise ZeroDivisionError(case)


def hang(case: int) -> None:
    """Works for ever."""
    while True:
        case += 1


def wait(case: int) -> None:
    """Waits for ever."""
    time.sleep(10_000)


def abort(case: int) -> None:
    """Ends the process, as a library does that finds no memory."""
    os.abort()


def memory(case: int) -> None:
    """Takes 600 MB."""
    assert len(b"\1" * 520_000_000) == 520_000_000


def sentence(case: int) -> None:
    """A LabkitError, which is allowed."""
    raise LabkitError("No.", why="it is allowed.", next="nothing")


FORMATS = [
    Format(read.__name__, st.integers(), read) for read in (error, hang, wait, abort, memory, sentence)
]
