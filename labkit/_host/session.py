"""What this process holds and computes: its models, its results, and its generations and training runs.

Models, results and computations enter themselves here. The side panel of the JupyterLab plugin shows these tables
(`labkit.jupyter.session`). Models and results are weak references, so a table keeps nothing in memory. A computation
is entered once, when it begins: a token costs nothing.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Generic, Literal, NamedTuple, TypeVar
from weakref import ref

T = TypeVar("T")
Kind = Literal["thought", "rollouts", "forks", "training"]
_NUMBERS = itertools.count(1)


class WeakTable(Generic[T]):
    """Objects by a number, in the order in which they were added. A freed object leaves the table."""

    def __init__(self) -> None:
        self._items: dict[int, ref[T]] = {}

    def add(self, item: T) -> None:
        """Adds an object."""
        number = next(_NUMBERS)
        self._items[number] = ref(item, lambda _: self._items.pop(number, None))

    def get(self, number: int) -> T | None:
        """The object with a number; None if it was freed."""
        item = self._items.get(number)
        return None if item is None else item()

    def items(self) -> list[tuple[int, T]]:
        """The numbers and the objects. Another thread may add objects at the same time."""
        listed = [(number, item()) for number, item in list(self._items.items())]
        return [(number, item) for number, item in listed if item is not None]


class Count(NamedTuple):
    """How far a computation is.

    Attributes:
        model: the name of its model.
        done: finished rollouts or steps.
        total: all rollouts or steps; 0 if the number is unknown.
        tokens: tokens generated so far; None if they are not counted.
        positions: positions in the KV cache.
        phase: what a training step does: `"sampling"`, `"learning"` or `"judging"`.
    """

    model: str
    done: int = 0
    total: int = 0
    tokens: int | None = None
    positions: int = 0
    phase: str = ""


@dataclass(eq=False)
class Computation:
    """A generation or a training run that `stop` ends after the current token.

    Attributes:
        kind: what is computed.
        stop: the event that ends it.
        count: returns how far it is; called from another thread at any time.
        number: its number.
        started: when it began, in seconds of `time.monotonic`.
        is_announced: whether the listeners were called while it ran.
    """

    kind: Kind
    stop: Event
    count: Callable[[], Count]
    number: int = field(default_factory=lambda: next(_NUMBERS))
    started: float = 0.0
    is_announced: bool = False

    def tokens_per_second(self) -> float | None:
        """The mean speed so far, prefill included; None before the first token, or if tokens are not counted."""
        tokens, seconds = self.count().tokens, time.monotonic() - self.started
        return tokens / seconds if tokens and seconds > 0 else None


LISTENERS: list[Callable[[], object]] = []  # called while something is computed, and at its end
TICK_SECONDS = 1.0  # between two calls
MODELS: WeakTable[Any] = WeakTable()  # `labkit.models.LanguageModel`
RESULTS: WeakTable[Any] = WeakTable()  # `labkit.Trace` and `labkit.TraceGroup`
_COMPUTATIONS: dict[int, Computation] = {}
# Of computations that have ended: the number, the kind and the model.
_ENDED: deque[tuple[int, Kind, str]] = deque(maxlen=256)
_last_speed: float | None = None
_next_tick = 0.0


@contextmanager
def computing(computation: Computation) -> Iterator[None]:
    """Enters a computation for the time of the block, and notes its speed at the end."""
    global _last_speed
    computation.started = time.monotonic()
    _COMPUTATIONS[computation.number] = computation
    try:
        yield
    finally:
        _last_speed = computation.tokens_per_second() or _last_speed
        _ENDED.append((computation.number, computation.kind, computation.count().model))
        del _COMPUTATIONS[computation.number]
        if computation.is_announced:
            _notify()


def tick() -> None:
    """Calls the listeners if `TICK_SECONDS` have passed since their last call; without listeners it does nothing."""
    if LISTENERS and time.monotonic() >= _next_tick:
        _notify()


def _notify() -> None:
    global _next_tick
    _next_tick = time.monotonic() + TICK_SECONDS
    for computation in computations():
        computation.is_announced = True
    for listener in LISTENERS:
        listener()


def computations() -> list[Computation]:
    """What is computed at the moment, oldest first."""
    return list(_COMPUTATIONS.values())


def last_speed() -> float | None:
    """Tokens per second of the current generation, otherwise of the last one; None if there was none."""
    for computation in reversed(computations()):
        speed = computation.tokens_per_second()
        if speed is not None:
            return speed
    return _last_speed


def stop(number: int | None = None) -> int:
    """Ends a computation after its current token, or all of them; what was generated is kept.

    A request takes time to arrive. In a loop of short thoughts, the thought that it names has often ended by then; the
    one that runs now, of the same kind and the same model, is ended in its place.

    Args:
        number: the number of one computation; by default all.

    Returns:
        The number of computations that will end.
    """
    running = computations()
    chosen = [c for c in running if number in (None, c.number)] or _successors(number, running)
    for computation in chosen:
        computation.stop.set()
    return len(chosen)


def _successors(number: int | None, running: list[Computation]) -> list[Computation]:
    """The running computations that are like the ended one with this number, and began after it."""
    alike = [(kind, model) for ended, kind, model in list(_ENDED) if ended == number]
    return [
        c for c in running if number is not None and c.number > number and (c.kind, c.count().model) in alike
    ]
