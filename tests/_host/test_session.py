"""The tables of a session keep nothing in memory, and a computation is listed for as long as it runs."""

from __future__ import annotations

import gc
from threading import Event

import pytest

from labkit._host import session
from labkit._host.session import Computation, Count, WeakTable, computing


class Thing:
    """Something that a table lists."""


def test_a_table_lists_what_is_in_memory_and_nothing_else() -> None:
    table: WeakTable[Thing] = WeakTable()
    first, second = Thing(), Thing()
    table.add(first)
    table.add(second)
    (number, _), (later, _) = table.items()
    assert table.get(number) is first and number < later
    del first
    gc.collect()
    assert table.get(number) is None and [item for _, item in table.items()] == [second]
    assert len(table._items) == 1, "a freed object leaves no entry"


def test_stop_ends_the_computation_that_it_names() -> None:
    events = [Event(), Event()]
    with computing(first := Computation("thought", events[0], lambda: Count("a"))):
        with computing(Computation("forks", events[1], lambda: Count("b"))):
            assert [c.count().model for c in session.computations()] == ["a", "b"]
            assert session.stop(first.number) == 1
            assert [event.is_set() for event in events] == [True, False]
            assert session.stop() == 2 and events[1].is_set()
        assert session.computations() == [first]
    assert session.computations() == [] and session.stop() == 0


def test_stop_of_a_thought_that_has_just_ended_ends_the_one_that_follows_it() -> None:
    def computation(model: str) -> Computation:
        return Computation("thought", Event(), lambda: Count(model))

    first, other, second = computation("a"), computation("b"), computation("a")
    with computing(first):
        pass
    with computing(other), computing(second):
        assert session.stop(first.number) == 1
        assert second.stop.is_set() and not other.stop.is_set()
        assert session.stop(10**9) == 0, "a number that never ran"


def test_a_computation_leaves_the_list_after_an_error() -> None:
    with (
        pytest.raises(ValueError, match="broken"),
        computing(Computation("thought", Event(), lambda: Count("a"))),
    ):
        raise ValueError("broken")
    assert session.computations() == []


def test_the_speed_is_that_of_the_running_generation_and_then_of_the_last_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    monkeypatch.setattr(session.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(session, "_last_speed", None)
    assert session.last_speed() is None
    with computing(Computation("thought", Event(), lambda: Count("a", tokens=300))):
        clock[0] += 2.0
        assert session.last_speed() == 150.0
        clock[0] += 1.0
    with computing(Computation("training", Event(), lambda: Count("a", 1, 4))):
        assert session.last_speed() == 100.0, "training counts no tokens"
    assert session.last_speed() == 100.0


def test_listeners_are_called_once_a_second_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = [100.0], []
    monkeypatch.setattr(session.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(session, "_next_tick", 0.0)
    monkeypatch.setattr(session, "LISTENERS", [lambda: calls.append(clock[0])])
    with computing(Computation("thought", Event(), lambda: Count("a"))):
        for _ in range(100):
            clock[0] += 0.025
            session.tick()
    assert calls == pytest.approx([100.025, 101.025, 102.025, 102.5])
    with computing(Computation("thought", Event(), lambda: Count("a"))):
        clock[0] += 0.2
        session.tick()
    assert len(calls) == 4, "a short computation calls nothing"
    monkeypatch.setattr(session, "LISTENERS", [])
    session.tick()
    assert len(calls) == 4
