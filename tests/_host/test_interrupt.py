"""Interrupt is a request while the block runs, and an exception again after it."""

from __future__ import annotations

import os
import signal
import threading
from threading import Event

import pytest

from labkit._host.interrupt import deferred


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_an_interrupt_sets_the_event_and_raises_nothing() -> None:
    before, stop = signal.getsignal(signal.SIGINT), Event()
    with deferred(stop):
        with deferred(Event()):
            pass  # one inside another leaves the outer one in its place
        for _ in range(3):
            interrupt()
        assert stop.is_set()
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        interrupt()


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_the_handler_comes_back_after_an_exception_and_other_threads_leave_it() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="broken"), deferred(Event()):
        raise ValueError("broken")
    assert signal.getsignal(signal.SIGINT) is before
    seen: list[object] = []

    def elsewhere() -> None:
        with deferred(Event()):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [before]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        stop = Event()
        with deferred(stop):
            interrupt()
        assert not stop.is_set(), "a program in the background ignores Interrupt, and goes on to"
    finally:
        signal.signal(signal.SIGINT, before)
