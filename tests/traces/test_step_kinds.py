"""The rules for kinds and categories agree with the labels as well as the documentation says."""

from __future__ import annotations

from typing import get_args

import pytest

from labkit.traces import Trace
from labkit.traces.step_kind_cues import CUES, LABELS, Category, Kind
from labkit.traces.step_kinds import EVERY_STEP, category_of, cues_of, label_of, points
from labkit.traces.step_rules import thought_anchors
from tests.bench.step_kinds import macro_f1, pairs_of, scores
from tests.traces.step_kinds.sample import labelled_steps


def test_macro_f1_on_the_half_to_measure_on_is_not_below_the_documented_one() -> None:
    kinds, categories = pairs_of("test")
    assert macro_f1(kinds, get_args(Kind)) >= 0.82
    assert macro_f1(categories, get_args(Category)) >= 0.79


def test_the_scores_of_a_label_are_those_worked_out_by_hand() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "a"), ("a", "a")]  # (label, rule)
    assert scores(pairs, "a") == (2 / 3, 2 / 3, 4 / 6)
    assert macro_f1(pairs, ["a", "b"]) == pytest.approx(1 / 3)


@pytest.fixture(scope="module")
def cues_of_steps() -> list[list[bool]]:
    """The cues of the labelled steps on which the cues were developed."""
    return [cues_of(step.text) for split in ("dev", "train") for step in labelled_steps(split)]


@pytest.mark.parametrize("number", range(len(CUES)), ids=[cue.name for cue in CUES])
def test_each_cue_is_in_several_steps(number: int, cues_of_steps: list[list[bool]]) -> None:
    """The points of a cue that few steps have say little."""
    assert sum(cues[number] for cues in cues_of_steps) >= 5


def test_each_cue_has_points_for_each_label() -> None:
    """A cue without points was added after the points were fitted: `python -m tests.bench.fit_step_kinds`."""
    assert list(points()) == [EVERY_STEP, *(cue.name for cue in CUES)]
    assert {len(given) for given in points().values()} == {len(LABELS)}


def test_the_label_of_a_step_is_the_one_with_most_points_worked_out_by_hand() -> None:
    text = "Wait, no."
    there = [cue.name for cue, found in zip(CUES, cues_of(text), strict=True) if found]
    sums = [sum(column) for column in zip(*(points()[name] for name in (EVERY_STEP, *there)), strict=True)]
    assert "wait" in there and dict(zip(LABELS, sums, strict=True))["error"] == max(sums)
    assert label_of(cues_of(text)) == "error"


def test_thought_anchors_gives_sentences_their_categories() -> None:
    text = "A dozen has 12 things.\n\nLet me multiply by 10 first. 17 * 10 = 170. Wait, let me verify: 34 / 17 = 2. So the answer is 204."
    trace = Trace.from_text("?", f"<think>{text}</think>204").with_steps(thought_anchors)
    assert [step.kind for step in trace.steps] == [
        "fact_retrieval", "plan_generation", "active_computation", "self_checking", "final_answer_emission",
    ]  # fmt: skip
    assert {category_of(step.gist) for step in trace.steps} <= set(get_args(Category))
