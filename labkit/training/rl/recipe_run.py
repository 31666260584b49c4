"""Runs a GRPO recipe in a folder: logs each step, saves, and resumes an interrupted run."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np

from labkit.models import LocalModel
from labkit.tasks import countdown
from labkit.training import checkpoint
from labkit.training.loggers import NO_LOGGERS, Loggers
from labkit.training.output import export, log, open_run_folder, truncate_log
from labkit.training.rl.loop import GrpoStep, grpo_loop
from labkit.training.rl.proxy_rewards import (
    ProxyRewardRecipe,
    accuracy_and_format,
    claims_right,
    reward_fn,
)
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.update import make_optimizer


def train(model: LocalModel, recipe: Grpo, folder: Path, loggers: Loggers = NO_LOGGERS) -> LocalModel:
    """Trains in place on Countdown, logs to `folder/metrics.jsonl`, saves `folder/model`; resumes an interrupted run.

    Raises:
        LabkitError: the recipe's reward does not exist, or the folder holds other files.
    """
    reward, network = reward_fn(recipe), model.network
    open_run_folder(folder)
    network.eval()  # no dropout: sampling and training use the same network
    reference = copy.deepcopy(network).requires_grad_(False) if recipe.beta else None
    optimizer = make_optimizer(network, recipe)
    progress = {"step": 0, "tokens": 0} | (checkpoint.restore(folder / "state", network, [optimizer]) or {})
    tokens = progress["tokens"]
    truncate_log(folder, progress["step"])
    draw = countdown.TASK.draw
    assert draw is not None
    for event in grpo_loop(
        model, optimizer, recipe, first=progress["step"], last=recipe.steps, draw=draw, reward_fn=reward,
        reference=reference,
    ):  # fmt: skip
        if not isinstance(event, GrpoStep):
            continue
        tokens += sum(map(len, event.rollouts.ids))
        log(folder, loggers, **log_row(event, recipe, tokens))
        if event.number % recipe.save_every == 0 or event.number == recipe.steps:
            export(
                network, model.tokenizer, folder / "model"
            )  # before the state, which marks this step as done
            checkpoint.save(folder / "state", network, [optimizer], {"step": event.number, "tokens": tokens})
    return model


def log_row(step: GrpoStep, recipe: Grpo, tokens: int) -> dict[str, float]:
    """A line of `metrics.jsonl`; a recipe with a choice of reward also logs its reward, claims and tokens."""
    rollouts = step.rollouts
    accuracy, formatted = accuracy_and_format(rollouts)
    row = {"step": step.number, "accuracy": _mean(accuracy), "format": _mean(formatted)}
    spread = accuracy  # the groups that count as equal: equal in accuracy, or equal in the chosen reward
    if isinstance(recipe, ProxyRewardRecipe):
        spread = np.asarray(step.rewards)
        row |= {
            "tokens": tokens,
            "paid": _mean(spread),
            "claims": _mean(np.array(claims_right(rollouts.texts), float)),
        }
    return row | {
        "same": _mean(np.ptp(spread.reshape(-1, recipe.group), axis=1) == 0, 3),
        "length": _mean(np.array([len(ids) for ids in rollouts.ids]), 1),
        "entropy": round(rollouts.entropy, 4),
        "clipped": round(step.stats.clip_fraction, 4),
    }


def _mean(values: np.ndarray, digits: int = 4) -> float:
    return round(float(np.mean(values)), digits)
