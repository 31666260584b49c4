"""GRPO with rule rewards, as in R1 (section 2.2.1, eq. 1-3), in the per-token form of DeepSeekMath.

The functions are in the order of their use: rollout, reward, advantage, update; the loss has its own
module (`labkit.training.rl.loss`). The loop that trains a recipe is at the end. Differences from R1: the
reference model's KL term is off by default (R1 used 0.001; at 0 no second model is needed), and the
language-consistency reward is left out (there is only one language here).
"""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase, Qwen2ForCausalLM

from labkit.rewards import countdown_accuracy, group_advantages, think_format
from labkit.rewards.advantages import Kind
from labkit.tasks.countdown import stream
from labkit.training import checkpoint
from labkit.training.output import export, forget, log, opened
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.rollout import Rollouts, rollout
from labkit.training.rl.update import update


def reward(rolls: Rollouts, recipe: Grpo) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy and format of each completion, (B,) each; the reward is their weighted sum."""
    columns: dict[str, Any] = {
        "numbers": [p.numbers for p in rolls.problems],
        "target": [p.target for p in rolls.problems],
        "opened": rolls.opened or None,
    }
    return np.array(countdown_accuracy(rolls.texts, **columns)), np.array(
        think_format(rolls.texts, **columns)
    )


def advantages(rewards: Sequence[float | None] | np.ndarray, group: int, kind: Kind = "grpo") -> np.ndarray:
    """The advantage of each rollout in its own group, (B,) in and out; None for a rollout that cannot be judged."""
    each = [rewards[i : i + group] for i in range(0, len(rewards), group)]
    return np.concatenate([group_advantages(list(r), kind=kind) for r in each])


def rate(recipe: Grpo, step: int) -> float:
    """The learning rate at a step: warmup, constant, then decay to a tenth."""
    down = max(0.1, min(1.0, (recipe.steps - step) / recipe.decay)) if recipe.decay else 1.0
    return recipe.lr * min(down, (step + 1) / max(1, recipe.warmup))


def train(
    model: Qwen2ForCausalLM, tok: PreTrainedTokenizerBase, recipe: Grpo, folder: Path
) -> Qwen2ForCausalLM:
    """Trains in place, logs to `folder/metrics.jsonl`, saves `folder/model`; resumes an interrupted run."""
    opened(folder)
    model.eval()  # no dropout: sampling and training use the same network
    reference = copy.deepcopy(model).requires_grad_(False) if recipe.beta else None
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.lr, betas=(0.9, 0.95), weight_decay=0.0, fused=True
    )
    done = (checkpoint.restore(folder / "state", model, [optimizer]) or {"step": 0})["step"]
    forget(folder, done)
    for step in range(done, recipe.steps):
        seed = random.Random(f"grpo-{recipe.seed}-{step}").getrandbits(32)
        for group in optimizer.param_groups:
            group["lr"] = rate(recipe, step)
        rolls = rollout(
            model, tok, list(islice(stream(split="train", seed=seed), recipe.problems)), recipe, seed
        )
        right, formed = reward(rolls, recipe)
        gains = advantages(right + recipe.format_weight * formed, recipe.group, recipe.advantage)
        done_to = update(model, optimizer, rolls, gains, recipe, tok.pad_token_id, reference)
        flat = float(np.mean([np.ptp(r) == 0 for r in right.reshape(-1, recipe.group)]))
        log(
            folder, step=step + 1, accuracy=right.mean().round(4), format=formed.mean().round(4), same=round(flat, 3),
            length=round(float(np.mean([len(i) for i in rolls.ids])), 1), entropy=round(rolls.entropy, 4),
            clipped=round(done_to.clipped, 4),
        )  # fmt: skip
        if (step + 1) % recipe.save_every == 0 or step + 1 == recipe.steps:
            export(model, tok, folder / "model")  # before the state, which marks this step as done
            checkpoint.save(folder / "state", model, [optimizer], {"step": step + 1})
    return model
