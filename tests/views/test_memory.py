"""A view that was closed leaves nothing behind."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable

import pytest

from labkit import TraceGroup
from labkit.views import ForkView, RewardView, ScalingView, TokenView, TracesView, View, catalog

from . import make

TRACE = make.trace()
MADE: dict[str, Callable[[], View]] = {
    "TokenView": lambda: TokenView(TRACE),
    "ForkView": lambda: ForkView(TRACE),
    "RewardView": lambda: RewardView([TRACE, TRACE]),
    "ScalingView": lambda: ScalingView(TraceGroup((TRACE, TRACE))),
    "TracesView": lambda: TracesView([TRACE, TRACE]),
    "catalog": catalog,
}


def open_and_close(make_one: Callable[[], View]) -> weakref.ref[View]:
    view = make_one()
    view._repr_mimebundle_()
    view.close()
    return weakref.ref(view)


@pytest.mark.parametrize("name", MADE)
def test_a_closed_view_is_forgotten(name: str) -> None:
    gone = open_and_close(MADE[name])
    gc.collect()
    assert gone() is None


@pytest.mark.slow
def test_two_hundred_views_take_no_memory_once_they_are_closed() -> None:
    for _ in range(20):  # caches fill
        open_and_close(MADE["TokenView"])
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        gone = [open_and_close(MADE["TokenView"]) for _ in range(200)]
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [ref() for ref in gone] == [None] * 200
    assert after - before < 200 * 1_000, "a kilobyte a view, the weak references included"
