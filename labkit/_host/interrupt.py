"""Interrupt (Ctrl-C, the stop button of a notebook) as a request, not as an exception in the middle of something."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType


@contextmanager
def deferred(stop: Event) -> Iterator[None]:
    """While the block runs, Interrupt sets `stop` and raises nothing, wherever it arrives.

    Python hands signals to the main thread. In another thread, and where Interrupt is ignored or handled by a program
    that embeds Python, the block runs as it is.
    """
    before = signal.getsignal(signal.SIGINT)
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or before is None or before is signal.SIG_IGN:
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    try:
        signal.signal(signal.SIGINT, ask)
        yield
    finally:
        signal.signal(signal.SIGINT, before)
