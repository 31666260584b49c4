"""Measures of thoughts, and what is done with many of them: sorting, filtering, the worst and the best."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import inf, isnan, nan
from pathlib import Path

import pytest

import labkit
from labkit.errors import BadArgument
from labkit.traces import Segmenter, StepKind, Trace, TraceGroup, TraceSet, measure
from labkit.training.run import KeptRollout

THOUGHT = "<think>Two pairs.\n\nWait, that is odd.\n\nLet me check: 2 + 2 = 4.</think>4"


def rows(n: int) -> list[dict[str, object]]:
    """n rows whose thoughts have 2, 3, 4 ... steps; every third has no reward."""
    thoughts = ["Add.\n\nWait, no.\n\n" + "Add again.\n\n" * i for i in range(n)]
    return [
        {"prompt": "2 + 2?", "completion": f"<think>{thought}</think>4"}
        | ({} if i % 3 == 2 else {"reward": i * 7 % 5})
        for i, thought in enumerate(thoughts)
    ]


def opened(n: int = 7) -> TraceSet:
    traces = labkit.open(rows(n))
    assert isinstance(traces, TraceSet)
    return traces


def test_the_measures_of_a_thought_are_those_of_its_text_and_its_record() -> None:
    trace = Trace.from_text("2 + 2?", THOUGHT, finish="length").model_copy(
        update={"rewards": {"reward": 0.5}}
    )
    measured = measure(trace)
    assert measured._asdict() | {"correct": 0} == {
        "tokens": 0, "characters": len(THOUGHT) - len("<think></think>4"), "steps": 3, "reflections": 1,
        "repeats": 0.0, "language_mixing": 0.0, "reward": 0.5, "correct": 0, "finish": "length",
    }  # fmt: skip
    assert isnan(measured.correct)


def test_a_loop_is_measured_as_repeated() -> None:
    line = "we try three and five and nine once more "
    assert measure(Trace.from_text("", f"<think>{line * 50}</think>")).repeats > 0.9
    assert measure(Trace.from_text("", f"<think>{line}</think>")).repeats == 0


@pytest.mark.parametrize(
    ("prompt", "thought", "share"),
    [
        ("Make 24.", "First 3, then 9.", 0),
        ("Make 24.", "First 三 then 九", 0.5),
        ("用三和九算出 24。", "三加九等于十二", 0),
        ("用三和九算出 24。", "So three and nine", 1),
        ("Find x.", "α + β = π", 0),  # single letters are symbols
        ("", "Сначала три, then nine", 0.5),
        ("", "1 + 1 = 2 ☃", 0),
    ],
)
def test_mixing_counts_words_in_scripts_that_the_prompt_does_not_use(
    prompt: str, thought: str, share: float
) -> None:
    assert measure(Trace.from_text(prompt, f"<think>{thought}</think>")).language_mixing == pytest.approx(
        share
    )


@pytest.mark.parametrize(
    ("rewards", "reward", "correct"),
    [
        ({}, nan, nan),
        ({"accuracy_reward": 1.0, "format_reward": 0.5}, 1.5, 1),
        ({"reward": 2.0, "format_reward": 0.5}, 2, nan),
        ({"correct": 0.0}, 0, 0),
        ({"correct": 1.0, "format": 0.2}, 0.2, 1),
        ({"accuracy_reward": -1.0}, -1, 0),
    ],
)
def test_the_reward_is_the_total_or_the_sum(rewards: dict[str, float], reward: float, correct: float) -> None:
    measured = measure(Trace.from_text("", "4").model_copy(update={"rewards": rewards}))
    assert [measured.reward, measured.correct] == pytest.approx([reward, correct], nan_ok=True)


def test_the_measures_of_a_set_are_columns() -> None:
    table = opened().measures()
    assert len(table) == 7
    assert table["steps"].tolist() == [2, 3, 4, 5, 6, 7, 8]
    assert table["reward"].tolist() == pytest.approx([0, 2, nan, 1, 3, nan, 2], nan_ok=True)
    assert table.finish == ["stop"] * 7
    assert table.row(1)["reflections"] == 1
    assert "reflections" in repr(table)
    with pytest.raises(BadArgument, match="no measure 'stepz'"):
        table["stepz"]


def test_a_file_is_parsed_once_for_counting_and_measuring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(300)))
    traces = labkit.open(path)
    assert isinstance(traces, TraceSet)
    reads: list[int] = []
    read = traces.source.read
    monkeypatch.setattr(traces.source, "read", lambda number: reads.append(number) or read(number))  # type: ignore[func-returns-value]
    assert len(traces.measures()) == len(traces) == 300
    traces.worst(5), traces.sort("steps"), traces.filter(steps=(3, None))
    assert sorted(set(reads)) == sorted(reads) == list(range(1, 300)), "opening read the first record"


def test_an_interrupt_keeps_what_was_measured_and_no_thought_is_counted_twice() -> None:
    traces = opened(20)
    calls: list[str] = []

    def slow(trace: Trace) -> int:
        calls.append(trace.text)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return len(trace.text)

    with pytest.raises(KeyboardInterrupt):
        traces.measures({"length": slow})
    assert len(traces.measured) == 7
    assert traces.measures()["length"].tolist() == [len(trace.text) for trace in traces]
    assert len(traces.measures()["steps"]) == len(traces) == 20
    assert len(calls) == 21


def test_an_interrupt_while_a_record_is_read_leaves_no_record_out(monkeypatch: pytest.MonkeyPatch) -> None:
    traces, interrupts = opened(20), {3, 4, 11}
    read = traces.source.read

    def interrupted(number: int) -> object:
        if number in interrupts:
            interrupts.remove(number)
            raise KeyboardInterrupt
        return read(number)

    monkeypatch.setattr(traces.source, "read", interrupted)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            len(traces)
    assert [len(trace.steps) for trace in traces] == list(range(2, 22))


def test_a_measure_that_raises_is_listed_and_the_rest_is_measured() -> None:
    traces = opened()

    def fragile(trace: Trace) -> float:
        return 1 / (len(trace.steps) - 3)

    table = traces.measures({"fragile": fragile})
    assert isnan(table["fragile"][1])
    assert table["fragile"][2] == 1
    assert [(failure.number, failure.name) for failure in table.failures] == [(1, "fragile")]
    assert "ZeroDivisionError" in repr(table)
    assert traces.measures({"fragile": lambda _: 1})["fragile"] == array("d", [1] * 7), (
        "a new function replaces it"
    )


@pytest.mark.parametrize("own", [{"steps": len}, {"mine": 3}, {5: len}, {"finish": len}])
def test_a_measure_that_cannot_be_added_is_refused(own: dict[str, object]) -> None:
    with pytest.raises(BadArgument, match="cannot be added"):
        opened().measures(own)  # type: ignore[arg-type]


def test_the_worst_and_the_best_are_those_of_the_reward_or_of_another_measure() -> None:
    traces = opened()
    rewards = [trace.rewards["reward"] for trace in traces.worst(3)]
    assert rewards == [0, 1, 2]
    assert [len(trace.steps) for trace in traces.best(2, by="steps")] == [8, 7]
    assert [len(trace.steps) for trace in traces.best(2, by=lambda trace: -len(trace.steps))] == [2, 3]
    assert len(traces.worst(50)) == 5, "thoughts without a reward are left out"
    with pytest.raises(BadArgument, match="No thought has a value"):
        traces.worst(by="correct")
    with pytest.raises(BadArgument, match="No thought has a value of the measure 'function'"):
        traces.worst(by=partial(lambda unknown, _: unknown, None))


def test_a_selection_keeps_the_measures_and_can_be_selected_from_again() -> None:
    traces = opened()
    longest = traces.sort("steps", descending=True)
    assert longest.measures()["steps"].tolist() == [8, 7, 6, 5, 4, 3, 2]
    assert [len(trace.steps) for trace in longest.filter(reward=(1, None))] == [8, 6, 5, 3]
    assert [len(trace.steps) for trace in longest[:2]] == [8, 7]
    assert longest[-1] == traces[0]
    assert [isnan(value) for value in traces.sort().measures()["reward"]] == [False] * 5 + [True] * 2


def test_thoughts_are_filtered_by_limits_and_by_a_rule() -> None:
    traces = opened()
    assert traces.filter(steps=(3, 5)).indices == (1, 2, 3)
    assert traces.filter(steps=4, finish="stop").indices == (2,)
    assert traces.filter(lambda trace: "Add again" not in trace.text).indices == (0,)
    assert traces.filter(finish="length").indices == ()
    with pytest.raises(BadArgument, match="no measure 'stepz'"):
        traces.filter(stepz=3)
    with pytest.raises(BadArgument, match="no thought 7"):
        traces.select([7])


def test_a_group_of_rollouts_is_measured_and_sorted_as_a_set_is() -> None:
    group = TraceGroup(tuple(opened()))
    assert [len(trace.steps) for trace in group.worst(2)] == [2, 5]
    assert group.measures()["steps"].tolist() == [2, 3, 4, 5, 6, 7, 8]
    assert group == TraceGroup(tuple(opened())), "what was measured is not part of the record"


def test_the_worst_rollouts_of_a_run_have_their_reward_and_their_step() -> None:
    traces = opened()
    run = labkit.training.Run("r1-base", "countdown", {}, {"accuracy": 1.0})
    run.keep([KeptRollout(i + 1, (i * 3) % 7, 0.0, i == 2, trace) for i, trace in enumerate(traces)])
    (worst, second), (best,) = run.worst(2), run.best(1)
    assert worst.text == traces[0].text
    assert (second.rewards["reward"], second.metadata["step"]) == (1, 6)
    assert best.rewards == traces[2].rewards | {"reward": 6, "correct": 1}
    assert run.thoughts.filter(correct=1).indices == (2,)


def test_a_limit_that_is_not_one_is_refused() -> None:
    with pytest.raises(BadArgument, match="is not a limit"):
        opened().filter(steps="many")
    with pytest.raises(BadArgument, match="is not a limit"):
        opened().filter(steps=(1, 2, 3))  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="no measure 'stepz'"):
        TraceGroup(()).filter(stepz=1)
    with pytest.raises(BadArgument, match="finish='lenght' is not possible"):
        opened().filter(finish="lenght")


def test_a_slice_of_a_set_is_a_selection_that_reads_when_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    traces = opened(200)
    assert len(traces) == 200
    monkeypatch.setattr(traces.source, "read", lambda number: pytest.fail(f"read {number}"))
    part = traces[10:100:2]
    assert (len(part), part.indices[:3]) == (45, (10, 12, 14))


def test_threads_that_measure_at_once_measure_each_thought_once() -> None:
    traces, calls = opened(300), Counter[str]()

    def own(trace: Trace) -> int:
        calls[trace.text] += 1
        return len(trace.steps)

    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(lambda _: traces.measures({"own": own}), range(4)))
    assert [table["own"].tolist() for table in tables] == [list(range(2, 302))] * 4
    assert [table["steps"].tolist() for table in tables] == [list(range(2, 302))] * 4
    assert set(calls.values()) == {1}


def test_a_set_with_steps_of_a_rule_of_ones_own_measures_and_asks_by_them() -> None:
    def halves(text: str) -> list[tuple[int, int]]:
        if "Add again.\n\nAdd again.\n\nAdd again." in text:
            raise ValueError("too long")
        return [(0, len(text) // 2), (len(text) // 2, len(text))]

    traces = opened(4).with_steps(Segmenter(cut=halves, kind=lambda text: "self_checking"))
    assert traces.measures()["steps"].tolist() == [2, 2, 2]
    assert traces.measures()["reflections"].tolist() == [2, 2, 2]
    assert traces.ask(StepKind("self_checking"))["self_checking"].occurrences == 6
    (skipped,) = traces.skipped
    assert "row 3" in skipped.place
    assert len(traces.with_steps(None)) == 4


def test_rewards_beyond_the_range_of_a_number_are_infinite() -> None:
    trace = Trace.from_text("", "4").model_copy(update={"rewards": {"one": 1e308, "two": 1e308}})
    assert measure(trace).reward == inf
    assert "inf" in repr(TraceGroup((trace,)).measures())


def test_the_display_of_a_trace_shows_a_hostile_name_of_a_model_as_text() -> None:
    assert "\x1b" not in repr(Trace.from_text("", "4").model_copy(update={"model": "\x1b[2Jr1"}))
