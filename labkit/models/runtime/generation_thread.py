"""Runs generation in a worker thread; Stop and Interrupt end it and keep the partial trace."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

from labkit._host import display_hook, session
from labkit._host.interrupt import deferred
from labkit._host.progress import Progress
from labkit._host.session import Computation, Count
from labkit.traces import Trace

if TYPE_CHECKING:
    from labkit.models.local.recorder import Recorder
    from labkit.views import TokenView

# One thread for all generations: torch warms up its kernels per thread, and a new thread would repeat that.
GENERATION_EXECUTOR = ThreadPoolExecutor(max_workers=1, thread_name_prefix="labkit-think")
TICK_SECONDS = 0.04  # seconds between two updates of the view: 25 a second


class GenerationThread:
    """Runs `steps` to the end in the worker thread.

    After each step the recorders hold more tokens; the main thread reads them at any time.
    The event `stop` of the computation ends the thread after the current step.
    """

    def __init__(self, steps: Generator[None], computation: Computation) -> None:
        self.steps, self.computation, self.stop = steps, computation, computation.stop
        self.error: BaseException | None = None
        self.over = Event()

    def _work(self) -> None:
        try:
            for _ in self.steps:
                if self.stop.is_set():
                    break
        except BaseException as error:  # passed to the main thread, which raises it
            self.error = error
        finally:
            self.steps.close()  # undoes temporary changes of the network
            self.over.set()

    def run(self, on_tick: Callable[[], None]) -> None:
        """Generates to the end; calls `on_tick` every `TICK_SECONDS` and once at the end.

        Interrupt ends the generation and not the cell, wherever in this method it arrives.
        """
        with deferred(self.stop), session.computing(self.computation):
            thinking = GENERATION_EXECUTOR.submit(self._work)
            while True:
                done = self.over.wait(TICK_SECONDS)
                on_tick()
                session.tick()
                if done:
                    break
            thinking.result()
            if self.error is not None:
                raise self.error


def run(
    steps: Generator[None],
    recorders: Sequence[Recorder],
    stop: Event,
    on_tick: Callable[[], None] = lambda: None,
    computation: Computation | None = None,
) -> list[Trace]:
    """Generates without showing text; returns the traces, partial after an Interrupt.

    Args:
        steps: generates into the recorders, some tokens per `next` call.
        recorders: those of the rollouts that have begun.
        stop: ends the generation.
        on_tick: called every `TICK_SECONDS`.
        computation: what the side panel shows; by default the rollouts of the recorders.
    """
    with deferred(stop):
        GenerationThread(steps, computation or _computation(recorders, stop)).run(on_tick)
        return [r.trace(r.finish_reason(stopped=stop.is_set())) for r in recorders]


def run_counted(steps: Generator[None], recorders: Sequence[Recorder], n: int, stop: Event) -> list[Trace]:
    """Generates with a bar that shows how many of `n` rollouts have ended, and the number of tokens.

    Args:
        recorders: those of the rollouts that have begun; with a server, the list grows during the run.
    """
    bar = Progress(f"Sampling {n} rollout{'' if n == 1 else 's'}", n)

    def on_tick() -> None:
        tokens = sum(len(r.ids) for r in recorders)
        bar.show(sum(r.ended for r in recorders), f"{tokens:,} tokens")

    with deferred(stop):
        try:
            return run(steps, recorders, stop, on_tick, _computation(recorders, stop, n))
        finally:
            bar.close()


def run_shown(steps: Generator[None], recorder: Recorder, stop: Event) -> Trace:
    """Generates into a `TokenView` in the cell; returns the trace, partial after Stop or Interrupt."""
    view: TokenView = display_hook.show("trace", recorder, stop)

    def on_tick() -> None:
        view.update()
        if not len(recorder) and recorder.prefilled:
            view.show_prefill(recorder.prefilled)

    worker = GenerationThread(steps, _computation([recorder], stop))
    with deferred(stop):
        try:
            worker.run(on_tick)
        finally:  # an error also ends the view: nothing is left to stop
            trace = recorder.trace(recorder.finish_reason(stopped=stop.is_set() or worker.error is not None))
            view.done(trace)
        return trace


def _computation(recorders: Sequence[Recorder], stop: Event, n: int = 1) -> Computation:
    """What the side panel shows of a generation of `n` rollouts."""

    def count() -> Count:
        begun = list(recorders)  # with a server, the list grows in another thread
        model = begun[0].head.model if begun else ""
        tokens, prompts = sum(len(r.ids) for r in begun), sum(len(r.head.prompt_ids) for r in begun)
        return Count(model, sum(r.ended for r in begun), n, tokens, tokens + prompts)

    return Computation("thought" if n == 1 else "rollouts", stop, count)
