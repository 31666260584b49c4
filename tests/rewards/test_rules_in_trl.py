"""Every rule as a reward function of TRL's `GRPOTrainer`, unchanged, in a real step."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit import rewards
from labkit.tasks import countdown

trl = pytest.importorskip("trl", reason="needs the extra trl")
datasets = pytest.importorskip("datasets")
pytest.importorskip("math_verify", reason="needs the extra math")
pytest.importorskip("reasoning_gym", reason="needs the extra gym")

RULES = [
    rewards.countdown_accuracy, rewards.think_format, rewards.exact_answer, rewards.gym_score, rewards.math_accuracy,
    rewards.countdown_steps, rewards.language_consistency("en"), rewards.overlong(80, 40), rewards.length(80),
]  # fmt: skip


def rows() -> list[dict[str, Any]]:
    asked = labkit.tasks.gym("chain_sum", n=2, seed=0)
    problems = islice(countdown.stream(split="train", seed=0), 2)
    return [
        {
            "prompt": [{"role": "user", "content": p.prompt}], **p.columns, **g.columns,
            "answer": str(p.target), "solution": str(p.target), "opened": True,
        }
        for p, g in zip(problems, asked, strict=True)
    ]  # fmt: skip


@pytest.mark.slow
def test_each_rule_rewards_a_step_of_trl(tmp_path: Path) -> None:
    model = labkit.load("r1-mini-cold")
    args = trl.GRPOConfig(
        output_dir=str(tmp_path), max_steps=1, per_device_train_batch_size=8, num_generations=4, max_completion_length=80,
        use_cpu=True, bf16=False, gradient_checkpointing=False, logging_steps=1, save_strategy="no", report_to=[], disable_tqdm=True,
    )  # fmt: skip
    data = datasets.Dataset.from_list(rows())
    trainer = trl.GRPOTrainer(
        model.network, reward_funcs=RULES, args=args, train_dataset=data, processing_class=model.tokenizer
    )
    trainer.train()
    logged = trainer.state.log_history[0]
    assert {f"rewards/{rule.name}/mean" for rule in RULES} <= {*logged}
    assert logged["rewards/overlong/mean"] < 0 < logged["rewards/length_short/mean"] < 1
    means = [logged[f"rewards/{rule.name}/mean"] for rule in RULES]
    assert logged["reward"] == pytest.approx(sum(means), abs=0.01)
