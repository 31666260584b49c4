"""The same recipe on TRL: its words for our settings, and some real steps on a CPU."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit import LabkitError
from labkit.tasks.countdown import is_test
from labkit.training import recipes
from labkit.training.rl import trl as trl_engine
from labkit.training.rl.gpu_memory import SHAPES, grpo_memory
from labkit.training.rl.recipe import Grpo

OPENED = {"opened": True, "open_tag": "<think>", "close_tag": "</think>"}
SMALL = Grpo(steps=2, problems=2, group=4, max_new_tokens=250, updates=2, warmup=2, decay=1)


def test_a_recipe_says_the_same_in_the_words_of_trl(tmp_path: Path) -> None:
    said = trl_engine.trl_config(
        Grpo(problems=16, group=8, updates=2, steps=10, epsilon_high=0.28, variant="dapo"), tmp_path
    )
    assert said["generation_batch_size"] == 128 and said["num_generations"] == 8 and said["max_steps"] == 20
    assert said["per_device_train_batch_size"] * said["gradient_accumulation_steps"] == 64
    assert said["loss_type"] == "dapo" and said["epsilon_high"] == 0.28 and said["scale_rewards"] == "group"
    assert said["reward_weights"] == [1.0, 0.2] and not said["shuffle_dataset"]
    with pytest.raises(LabkitError, match="has no advantage 'rloo'"):
        trl_engine.trl_config(Grpo(advantage="rloo"), tmp_path)


def test_eight_processes_share_the_batch_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Grpo(problems=16, group=8, updates=2)
    monkeypatch.setenv("WORLD_SIZE", "8")
    said = trl_engine.trl_config(recipe, tmp_path)
    assert said["generation_batch_size"] == 128
    assert said["per_device_train_batch_size"] * said["gradient_accumulation_steps"] * 8 == 64
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(LabkitError, match="128 rollouts a step cannot be divided among 3 processes"):
        trl_engine.trl_config(recipe, tmp_path)


def test_no_problem_that_trl_trains_on_is_held_out() -> None:
    rows = list(trl_engine.training_rows(Grpo(steps=40, problems=16), OPENED))
    assert len(rows) == 640 and not any(is_test(row["numbers"]) for row in rows)
    assert rows[0]["prompt"][0]["content"].startswith("Using ")


@pytest.mark.slow
def test_trl_trains_logs_and_leaves_a_model_that_thinks(tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="needs the extra trl")
    start = labkit.load("r1-mini-cold")
    before = start.network.model.norm.weight.detach().clone()
    made = trl_engine.train(start, SMALL, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2]
    assert all({"accuracy", "format", "length", "entropy", "clipped", "same"} <= {*row} for row in rows)
    assert made.state.global_step == 4 and not before.equal(made.model.model.norm.weight)
    rates = [row["learning_rate"] for row in made.state.log_history if "learning_rate" in row]
    assert rates == pytest.approx([SMALL.learning_rate(0), SMALL.learning_rate(1)])
    model = labkit.load(tmp_path / "model")
    assert (
        model.family == "r1-mini" and model.think("Using 3, 5 and 9, make 24.", max_new_tokens=3).tokens.ids
    )


@pytest.mark.slow
def test_trl_is_given_our_rewards_unchanged(tmp_path: Path) -> None:
    trl = pytest.importorskip("trl", reason="needs the extra trl")
    made = trl_engine.make_trl_trainer(trl, labkit.load("r1-mini-cold"), SMALL, tmp_path)
    assert made.reward_func_names == ["countdown_accuracy", "think_format"]
    inputs: list[dict[str, Any]] = list(islice(trl_engine.training_rows(SMALL, OPENED), 1))
    said = [[{"role": "assistant", "content": "x</think>\n\n<answer>1 + 1</answer>"}]]
    given = made._calculate_rewards(inputs, [inputs[0]["prompt"]], said, [[1, 2]])
    assert given.tolist() == [[0.0, 1.0]]


def test_the_command_refuses_what_trl_cannot_train(tmp_path: Path) -> None:
    with pytest.raises(LabkitError, match="a recipe of the stage cold-start"):
        recipes.run("r1-mini-cold", tmp_path, engine="trl")


def test_the_shapes_have_the_parameters_of_the_published_models() -> None:
    published = {"1.5b": 1_777_088_000, "7b": 7_615_616_512, "14b": 14_770_033_664}
    assert {name: shape.parameters for name, shape in SHAPES.items()} == published
    assert {name: shape.kv for name, shape in SHAPES.items()} == {
        "1.5b": 28_672,
        "7b": 57_344,
        "14b": 196_608,
    }


def test_the_bill_by_hand() -> None:
    parts = grpo_memory("1.5b", gpus=1, rollouts=64, tokens=8192).parts
    assert parts["training"] == 16 * 1_777_088_000 and parts["generation"] == 2 * 1_777_088_000
    assert parts["KV cache"] == 64 * 8192 * 28_672 and parts["logits"] == 8 * 8192 * 151_936
    assert parts["activations"] == 8192 * 1536 * (2 * 28 + 34)
    assert grpo_memory("7b", gpus=8).parts["training"] == 2 * 7_615_616_512
    assert (
        "at most 61 rollouts" in list(grpo_memory("7b", gpus=8).lines(80))[-2]
        and grpo_memory("7b", gpus=8, rollouts=61).total < 72e9
    )
    assert grpo_memory("7b", gpus=8, rollouts=62).total > 72e9
    assert "arithmetic, not a measurement" in list(grpo_memory("7b", gpus=8).lines(80))[-1]
    with pytest.raises(LabkitError, match=r"sizes are 1\.5b, 7b, 14b"):
        grpo_memory("70b")
