"""Turns Interrupt (Ctrl-C, the stop button of a notebook) into a request instead of an exception."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType


@contextmanager
def deferred(stop: Event) -> Iterator[None]:
    """Within the block, Interrupt sets `stop` and raises nothing.

    Python delivers signals to the main thread. In another thread, or if Interrupt is ignored or handled by a program
    that embeds Python, the block runs unchanged.
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
