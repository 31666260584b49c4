"""The rules for kinds and categories agree with the labels as well as the documentation says."""

from __future__ import annotations

from typing import get_args

import pytest

from labkit.traces import Trace
from labkit.traces.step_kind_rows import ROWS, Category, Kind, Row
from labkit.traces.step_kinds import category_of, row_of
from labkit.traces.step_rules import thought_anchors
from tests.bench.step_kinds import macro_f1, pairs_of, scores
from tests.traces.step_kinds.sample import Split, labelled_steps


def test_macro_f1_on_the_half_to_measure_on_is_not_below_the_documented_one() -> None:
    kinds, categories = pairs_of("test")
    assert macro_f1(kinds, get_args(Kind)) >= 0.77
    assert macro_f1(categories, get_args(Category)) >= 0.70


def test_the_scores_of_a_label_are_those_worked_out_by_hand() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "a"), ("a", "a")]  # (label, rule)
    assert scores(pairs, "a") == (2 / 3, 2 / 3, 4 / 6)
    assert macro_f1(pairs, ["a", "b"]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind} {row.category} {row.place}")
def test_each_row_of_the_table_decides_a_step(row: Row) -> None:
    """A row that decides nothing is not needed."""
    steps = [step.text for split in get_args(Split) for step in labelled_steps(split)]
    steps.append("15 + 9 = 24. Let me check the other clue.")
    assert any(row_of(text) is row for text in steps)


def test_thought_anchors_gives_sentences_their_categories() -> None:
    text = "A dozen has 12 things.\n\nLet me multiply by 10 first. 17 * 10 = 170. Wait, let me verify: 34 / 17 = 2. So the answer is 204."
    trace = Trace.from_text("?", f"<think>{text}</think>204").with_steps(thought_anchors)
    assert [step.kind for step in trace.steps] == [
        "fact_retrieval", "plan_generation", "active_computation", "self_checking", "final_answer_emission",
    ]  # fmt: skip
    assert {category_of(step.gist) for step in trace.steps} <= set(get_args(Category))
