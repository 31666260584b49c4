"""The recorded tables of `data/inside/` are what `tests/bench/inside_records.py` measures: their second rows, anew."""

from __future__ import annotations

import csv
from itertools import islice

import pytest

import labkit
from labkit import Trace
from tests.bench.inside_records import Row, head_effects, thoughts, verdicts


@pytest.fixture(scope="module")
def second() -> Trace:
    return list(islice(thoughts(labkit.load(), 2), 2))[1]


def recorded(name: str) -> list[dict[str, str]]:
    with labkit.data_path("inside", name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_the_effects_of_heads_are_measured_anew(second: Trace) -> None:
    row = head_effects(second)
    assert row is not None
    stored = recorded("head-effects.csv")[1]
    assert (stored["prompt"], stored["answer"]) == (row["prompt"], row["answer"])
    heads = [name for name in row if name.startswith("L")]
    assert len(heads) == 25
    assert [float(stored[name]) for name in heads] == pytest.approx(
        [float(row[name]) for name in heads], abs=0.2
    )


@pytest.mark.slow
def test_the_answers_after_changed_verdicts_are_counted_anew(second: Trace) -> None:
    row: Row | None = verdicts(second)
    assert row is not None
    stored = recorded("verdicts.csv")[1]
    assert stored["prompt"] == row["prompt"]
    for name in ("n", "first_verdict", "right_false", "right_missed", "tokens"):
        assert int(stored[name]) == row[name], name


def test_each_row_of_the_tables_is_possible() -> None:
    for row in recorded("verdicts.csv"):
        assert 0 <= int(row["right_false"]) <= int(row["n"]) >= int(row["right_missed"]) >= 0
        assert int(row["first_verdict"]) > 0, "the first verdict was not a success"
    for row in recorded("plans.csv"):
        assert int(row["right_away"]) <= int(row["away"]) <= int(row["n"])
        assert 1 <= float(row["removals"]) <= int(row["rounds"])
    assert all(len(row) == 27 for row in recorded("head-effects.csv"))
