"""What the model card claims of the shipped checkpoints, held against the checkpoints."""

from __future__ import annotations

import json

import pytest

import labkit
from labkit.tasks import countdown
from labkit.training.evaluation.evaluation import sample_and_grade

PROBLEMS = countdown.problems(96, split="test", seed=7)
DRAWN = {"temperature": 0.6, "top_p": 0.95, "seed": 1, "max_new_tokens": 800}


def published(model: str) -> dict[str, dict[str, float]]:
    rows = json.loads(labkit.data_path(f"models/{model}/metrics.json").read_text())
    return {row["what"]: row for row in rows}


@pytest.mark.slow
def test_reward_made_a_solver_of_the_cold_start() -> None:
    mini, cold = (
        sample_and_grade(labkit.load(name), PROBLEMS, 1, **DRAWN) for name in ("r1-mini", "r1-mini-cold")
    )
    assert mini.right.mean() > cold.right.mean() + 0.15
    for name, found in (("r1-mini", mini), ("r1-mini-cold", cold)):
        # 96 problems against 500: three standard errors of the smaller sample
        assert found.right.mean() == pytest.approx(published(name)["pass@1, T = 0.6"]["value"], abs=0.15)


@pytest.mark.slow
def test_without_its_thought_it_cannot_answer() -> None:
    empty = sample_and_grade(labkit.load(), PROBLEMS, 1, thought="", **(DRAWN | {"max_new_tokens": 40}))
    assert empty.right.mean() < 0.1


@pytest.mark.parametrize("model", ["r1-mini", "r1-mini-cold"])
def test_the_card_prints_what_was_measured(model: str) -> None:
    card = labkit.data_path("models/r1-mini/README.md").read_text()
    for what in ("pass@1, T = 0.6", "greedy"):
        assert f"{published(model)[what]['value']:.3f}" in card


def test_the_published_figures_clear_the_bar() -> None:
    mini, cold = published("r1-mini"), published("r1-mini-cold")
    assert mini["pass@1, T = 0.6"]["problems"] >= 500
    assert mini["pass@1, T = 0.6"]["value"] >= 0.90 and mini["greedy"]["value"] >= 0.85
    assert 0.20 <= cold["pass@1, T = 0.6"]["value"] <= 0.75
