"""The traces view: what its Python half measures, selects, searches and saves."""

from __future__ import annotations

import json
import math
import struct
import time
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit import LabkitError, Trace
from labkit.traces import ProblemRecord, TraceGroup
from labkit.views import TracesView
from labkit.views.core.saved import read_payload
from labkit.views.traces.contract import Column, Range
from labkit.views.traces.data import around
from labkit.views.traces.histogram import Bins, bins_of
from labkit.views.traces.selection import ordered

from . import make, traces_check

WORDS = ("So 3 and 5.", "Wait, that is 8.", "Check: 8 + 9 is 17.")


def rows(n: int) -> list[dict[str, Any]]:
    """Rows of a file: thought i has i % 3 + 1 steps, and its reward is i % 5."""
    thoughts = ["\n\n".join(WORDS[: i % 3 + 1]) for i in range(n)]
    return [
        {"prompt": f"Problem {i}", "completion": f"<think>{thought}</think>{i}", "reward": float(i % 5)}
        for i, thought in enumerate(thoughts)
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "many.jsonl"
    lines = [json.dumps(row) for row in rows(600)]
    lines[7] = '{"neither": "prompt nor text"}'
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def numbers(view: TracesView, first: int = 0) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """The header of the numbers, and the columns by name."""
    header, buffer = view.answer({"ask": "numbers", "first": first, "id": 1})
    names, count = [column["name"] for column in view.scene["columns"]], header.count
    values = struct.unpack(f"<{count * len(names)}f", buffer)
    return header.model_dump(), {name: [*values[i * count : (i + 1) * count]] for i, name in enumerate(names)}


def wait_for_all(view: TracesView) -> dict[str, list[float]]:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        header, columns = numbers(view)
        if header["done"]:
            return columns
        time.sleep(0.01)
    raise AssertionError("the thoughts were not measured within a minute")


def test_the_first_thoughts_are_measured_at_once_and_the_others_in_the_background(file: Path) -> None:
    view = TracesView(labkit.open(file))
    header, _ = numbers(view)
    assert header["count"] >= 100 and header["skipped"] == 1
    columns = wait_for_all(view)
    assert len(columns["reward"]) == 599
    assert columns["reward"][:8] == [0.0, 1.0, 2.0, 3.0, 4.0, 0.0, 1.0, 3.0], "the seventh row was left out"
    assert columns["reflections"][:3] == [0.0, 1.0, 2.0]
    assert math.isnan(columns["tokens"][0]), "a thought that was read as text has no tokens"
    later, rest = numbers(view, 590)
    assert later["count"] == 9 and rest["reward"] == columns["reward"][590:]
    view.close()


def test_what_was_left_out_is_listed_with_its_place_and_reason(file: Path) -> None:
    view = TracesView(labkit.open(file))
    header, _ = view.answer({"ask": "skipped", "id": 1})
    (record,) = header.records
    assert header.total == 1 and record.place == "line 8 of many.jsonl" and record.why
    view.close()


def test_the_filters_and_the_order_choose_the_selected_thoughts(file: Path) -> None:
    view = TracesView(labkit.open(file), sort="reward", down=True)
    view.focus = {**view.focus, "ranges": [{"column": "reflections", "low": 2.0}], "search": "WAIT"}
    selected = view.selected
    rewards, reflections = (wait_for_all(view)[name] for name in ("reward", "reflections"))
    assert all(reflections[row] == 2.0 for row in selected)
    assert len(selected) == sum(value == 2.0 for value in reflections)
    assert [rewards[row] for row in selected] == sorted((rewards[row] for row in selected), reverse=True)
    view.focus = {**view.focus, "extreme": "worst", "sort": "number"}
    assert len(view.selected) == 5 and {rewards[row] for row in view.selected} == {0.0}
    view.close()


def test_a_search_finds_prompts_and_thoughts_and_another_one_ends_it(file: Path) -> None:
    view = TracesView(labkit.open(file))
    ask = {"ask": "search", "first": 0, "id": 1}
    view.answer({**ask, "text": "nowhere"})
    deadline = time.monotonic() + 60
    while not (header := view.answer({**ask, "text": "problem 59"})[0]).done:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    header, buffer = view.answer({**ask, "text": "problem 59"})
    assert header.searched == 599
    assert [*struct.unpack(f"<{header.count}I", buffer)] == [58, *range(589, 599)]
    texts, _ = view.answer({"ask": "texts", "rows": [58], "search": "problem 59", "id": 1})
    assert texts.texts[0].match.startswith("Problem 59") and texts.texts[0].answer == "59"
    view.close()


def test_an_opened_thought_is_answered_by_its_token_view(file: Path) -> None:
    view = TracesView(labkit.open(file))
    header, bundle = view.answer({"ask": "open", "row": 7, "bundle": True, "id": 1})
    assert header.place == "line 9 of many.jsonl" and header.scene["prompt"] == "Problem 8"
    assert b"export{" in bundle
    assert view.answer({"ask": "open", "row": 7, "bundle": False, "id": 1})[1] == b""
    question = {"ask": "columns", "first": 0, "last": 9}
    columns, _ = view.answer({"ask": "thought", "row": 7, "question": question, "id": 1})
    assert "".join(columns.texts).startswith("<think>So 3")
    with pytest.raises(LabkitError, match="no thought 5000"):
        view.answer({"ask": "open", "row": 5000, "bundle": False, "id": 1})
    view.focus = {**view.focus, "row": 7}
    assert view.trace is not None and view.trace.prompt == "Problem 8"
    view.close()


def test_a_group_a_list_and_a_run_are_shown_with_what_is_known_of_them() -> None:
    wrong = make.COUNTDOWN.replace("(3 * 5) + 9", "(3 + 5) * 9")
    problem = ProblemRecord.of(labkit.tasks.countdown.problems(1)[0])
    asked = problem.model_copy(update={"columns": {"numbers": [3, 5, 9], "target": 24}})
    thoughts = (make.trace(problem=asked), make.trace(wrong, problem=asked))
    group = TracesView(TraceGroup(thoughts))
    assert wait_for_all(group)["correct"] == [1.0, 0.0]
    run = labkit.training.Run.load(labkit.data_path("runs", "first-run"))
    view = TracesView(run)
    assert wait_for_all(view)["reward"] == pytest.approx([kept.reward for kept in run.kept])
    assert repr(view) == f"TracesView({len(run.kept)} rollouts of {run.name} on {run.task})"
    own = TracesView([make.trace()], measures={"lines": lambda trace: trace.text.count("\n")})
    assert wait_for_all(own)["lines"] == [float(make.trace().text.count("\n"))]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sort": "beauty"}, "its columns are"),
        ({"ranges": [{"column": "beauty"}]}, "its columns are"),
        ({"row": 2}, "it has 1 thought, counted from 0"),
        ({"extreme": "middle"}, "worst"),
    ],
)
def test_a_focus_that_is_not_possible_is_refused(change: dict[str, Any], why: str) -> None:
    view = TracesView([make.trace()])
    with pytest.raises(LabkitError, match=why):
        view.focus = {**view.focus, **change}


@pytest.mark.parametrize("name", ["number", "finish"])
def test_a_measure_with_the_name_of_a_column_is_refused(name: str) -> None:
    with pytest.raises(LabkitError, match="has a column of this name"):
        TracesView([make.trace()], measures={name: len})


@pytest.mark.parametrize("source", [3, "many.jsonl", [make.trace(), "text"]])
def test_what_holds_no_traces_is_refused(source: Any) -> None:
    with pytest.raises(LabkitError, match="TracesView cannot show"):
        TracesView(source)


def test_a_huge_line_and_control_characters_stay_short_and_visible_in_a_row() -> None:
    hostile = Trace.from_text(
        "\x1b[31m\u202e" + "x" * 1_000_000, "<think>" + "y " * 500_000 + "</think>a\x00b"
    )
    view = TracesView([hostile])
    (text,) = view.answer({"ask": "texts", "rows": [0], "id": 1})[0].texts
    assert len(text.prompt) <= 160 and "\x1b" not in text.prompt and text.answer == "a␀b"
    assert "\x1b" not in view.as_html() and view.as_png().startswith(b"\x89PNG")


def test_the_saved_outputs_are_the_same_at_every_run_and_hold_the_rows(file: Path) -> None:
    outputs = [TracesView(labkit.open(file))._repr_mimebundle_()[0] for _ in range(2)]
    for name in ("text/plain", "text/html", "image/png", "application/vnd.labkit.view+json"):
        assert outputs[0][name] == outputs[1][name]
    assert outputs[0]["text/plain"] == "TracesView(many.jsonl)"
    assert "the first 100 thoughts of 600 records" in outputs[0]["text/html"]
    saved = read_payload(outputs[0]["application/vnd.labkit.view+json"])
    assert saved is not None and len(saved["texts"]) == 100
    whole = TracesView(labkit.open(file)).complete()
    assert "599 thoughts" in whole.as_html()


def test_bars_have_round_edges_and_count_every_known_value() -> None:
    values = [0.0, 7.0, 41.0, 97.0, math.nan]
    bins = bins_of(Column(name="characters", kind="count"), values)
    assert bins is not None and bins.width in (1.0, 2.0, 5.0)
    assert sum(bins.counts(values)) == 4 and bins.counts(values)[-1] == 1
    assert bins_of(Column(name="reward", kind="value"), [math.nan]) is None


def test_a_value_on_the_edge_of_a_bar_is_in_that_bar_and_in_its_filter() -> None:
    thoughts = [make.trace().model_copy(update={"rewards": {"reward": n / 10}}) for n in range(11)]
    view = TracesView(thoughts)
    view.focus = {"ranges": [{"column": "reward", "low": 0.6, "high": 0.7}]}
    assert view.selected == [6]
    rewards = numbers(view)[1]["reward"]
    assert Bins(0.0, 0.1, 11).counts(rewards) == [1] * 11


def test_a_measure_that_is_infinite_is_shown_and_counted_in_the_last_bar() -> None:
    lengths = {
        "ratio": lambda trace: math.inf if "one" in trace.text else -1e300 if "two" in trace.text else 0.5
    }
    view = TracesView([Trace.from_text("", text) for text in ("one", "two", "three")], measures=lengths)
    html = view.as_html()
    assert ">∞<" in html and ">−∞<" in html and view.as_png().startswith(b"\x89PNG")
    assert Bins(0.0, 1.0, 3).counts([math.inf, -math.inf, 0.5]) == [2, 0, 1]


@pytest.mark.parametrize("low", [7, -3, math.inf])
def test_a_filter_beyond_the_values_is_written(low: float) -> None:
    view = TracesView([make.trace()])
    view.focus = {"ranges": [{"column": name, "low": low} for name in ("finish", "correct", "characters")]}
    assert "characters from" in view.as_html()


def test_a_match_behind_letters_that_grow_in_lower_case_is_shown() -> None:
    assert around("İ" * 40 + " a cat", "CAT").endswith("İ a cat")


def test_many_records_that_gave_no_thought_are_counted_and_the_first_are_listed(tmp_path: Path) -> None:
    lines = [json.dumps(rows(1)[0]), *['{"neither": 1}'] * 300]
    path = tmp_path / "bad.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    view = TracesView(labkit.open(path)).complete()
    header, _ = view.answer({"ask": "skipped", "id": 1})
    assert (header.total, len(header.records), numbers(view)[0]["skipped"]) == (300, 200, 300)
    view.close()


def test_values_that_are_not_known_come_last_in_both_directions() -> None:
    values = [math.nan, 2.0, 1.0]
    assert ordered(range(3), values, down=False) == [2, 1, 0]
    assert ordered(range(3), values, down=True) == [1, 2, 0]
    assert Range(column="reward").low is None


def test_the_committed_results_for_the_front_end_are_those_of_python() -> None:
    assert traces_check.FILE.read_text("utf-8") == traces_check.text()


def test_what_is_measured_in_the_background_does_not_change_the_saved_outputs(file: Path) -> None:
    view, other = TracesView(labkit.open(file)), TracesView(labkit.open(file))
    wait_for_all(view)
    assert view.as_html() == other.as_html() and view.saved_payload() == other.saved_payload()
    saved = read_payload(view.complete().saved_payload())
    assert saved is not None and len(saved["texts"]) == 599
    view.close()
