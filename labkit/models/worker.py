"""Thinking in a thread, so that a click or an Interrupt can end it and lose nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from threading import Event, Thread
from typing import TYPE_CHECKING

from labkit.models.recorder import Recorder
from labkit.traces import Trace

if TYPE_CHECKING:
    from labkit.views import TokenView

TICK = 0.04  # seconds between looks at what has been written: 25 a second


class Worker:
    """Runs `steps` to the end in a thread of its own.

    After each step the recorders hold more tokens; the main thread looks at them when it likes.
    `stop` ends the thread after the step at hand.
    """

    def __init__(self, steps: Iterator[None], stop: Event) -> None:
        self.steps, self.stop = steps, stop
        self.error: BaseException | None = None
        self.over = Event()
        self.thread = Thread(target=self._work, name="labkit-think", daemon=True)

    def _work(self) -> None:
        try:
            for _ in self.steps:
                if self.stop.is_set():
                    break
        except BaseException as error:  # told to the main thread, which raises it
            self.error = error
        finally:
            self.over.set()

    def ticks(self) -> Iterator[None]:
        """Once every `TICK` until all is written; Interrupt ends the thinking, not the cell."""
        self.thread.start()
        while True:
            try:
                done = self.over.wait(TICK)
                yield
                if done:
                    break
            except KeyboardInterrupt:
                self.stop.set()
        self.thread.join()
        if self.error is not None:
            raise self.error


def run(steps: Iterator[None], recorders: list[Recorder], stop: Event) -> list[Trace]:
    """Thinks without showing anything; the traces, partial ones after an Interrupt."""
    for _ in Worker(steps, stop).ticks():
        pass
    return [r.trace(r.finish(stopped=stop.is_set())) for r in recorders]


def run_shown(steps: Iterator[None], recorder: Recorder, head: Trace, stop: Event) -> Trace:
    """Thinks into a `TokenView` in the cell; the trace, a partial one after Stop or Interrupt."""
    from labkit.views import show_stream

    view: TokenView = show_stream(head, stop)
    for _ in Worker(steps, stop).ticks():
        tokens, pieces = recorder.chunk()
        if len(tokens):
            view.extend(tokens, pieces)
    trace = recorder.trace(recorder.finish(stopped=stop.is_set()))
    view.done(trace)
    return trace


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this, so that a view can be seen."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and getattr(shell, "kernel", None) is not None
