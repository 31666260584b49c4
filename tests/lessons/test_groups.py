"""The recorded groups that lessons read: their problems are held out, and each answer is judged as the task judges it now."""

from __future__ import annotations

import json
from itertools import chain
from typing import Any

import pytest

from labkit import data_path
from labkit.tasks import countdown

GROUPS: dict[str, Any] = json.loads(data_path("groups", "r1-mini-cold.json").read_text("utf-8"))
DISTILL: dict[str, Any] = json.loads(data_path("groups", "distill.json").read_text("utf-8"))
PROBLEMS = countdown.problems(100, split="test", seed=0)


def test_the_problems_are_the_first_held_out_ones() -> None:
    assert GROUPS["problems"] == [problem.prompt for problem in PROBLEMS]
    assert all(countdown.is_test(problem.numbers) for problem in PROBLEMS)


@pytest.mark.parametrize("temperature", ["0.6", "1.0"])
def test_each_recorded_answer_is_judged_as_the_task_judges_it_now(temperature: str) -> None:
    table = GROUPS["temperatures"][temperature]
    for problem, answers, right in zip(PROBLEMS, table["answer"], table["right"], strict=True):
        assert [problem.verify(answer) for answer in answers] == [bool(each) for each in right], (
            problem.prompt
        )
    assert {len(row) for column in table.values() for row in column} == {16}


def test_the_continued_thoughts_begin_with_the_recorded_ones_and_a_finished_thought_stays() -> None:
    tokens = [turn["tokens"] for turn in GROUPS["continued"]]
    right = [turn["right"] for turn in GROUPS["continued"]]
    table = GROUPS["temperatures"]["0.6"]
    assert tokens[0] == [row[:4] for row in table["tokens"]]
    assert right[0] == [row[:4] for row in table["right"]]
    for first, second, third in zip(*map(chain.from_iterable, tokens), strict=True):
        assert first != second or second == third, "a thought that did not give up was continued later"


def test_the_comparison_of_two_models_has_both() -> None:
    assert [*DISTILL["repeated"]] == [*DISTILL["thoughts"]] == ["r1-mini", "smollm2-135m"]
