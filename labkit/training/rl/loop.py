"""GRPO (DeepSeekMath, arXiv 2402.03300, algorithm 1): rollout, reward, advantage, update. The only GRPO loop of labkit.

Live training, the recipes, and the control experiments run it; they differ in `draw` and `reward_fn`. Left out,
compared with DeepSeekMath and R1 (section 2.2): a trained reward model (here rules, as in R1); the outer iterations,
in which the policy becomes the new reference (here it is the initial model); the reward for a consistent language;
an inference engine and several machines (`labkit train --engine trl` has both). There is no critic: a group's mean
reward is its baseline. The KL term is off by default and then needs no reference (R1 weights it with 0.001).

Shapes: P prompts a step, G rollouts a prompt, B = P * G rollouts, b of them in a micro-batch, T tokens.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from labkit._host.memory import trim_freed_memory
from labkit.models import LocalModel
from labkit.models.runtime.threads import with_cpu_threads
from labkit.rewards import group_advantages
from labkit.rewards.advantages import Kind
from labkit.tasks import Problem
from labkit.training.rl.loss import grpo_loss, stopped_by_clip
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.rollout import Progress, Rewards, Rollouts, iter_rollouts
from labkit.training.rl.update import UpdateStats, batch_logps, largest_norm, micro_batches


@dataclass(frozen=True)
class GrpoStep:
    """One finished step: its number, counted from 1, and everything that it computed."""

    number: int
    rollouts: Rollouts
    rewards: Rewards  # (B,)
    advantages: np.ndarray  # (B,)
    stats: UpdateStats


def grpo_loop(
    policy: LocalModel, optimizer: torch.optim.Optimizer, recipe: Grpo, *, first: int = 0, last: int, chat: bool = True,
    draw: Callable[[int, int], Sequence[Problem]], reward_fn: Callable[[Rollouts, int], Rewards], reference: Any = None,
) -> Generator[Progress | GrpoStep, None, None]:  # fmt: skip
    """Trains the steps `first` to `last` (exclusive, counted from 0) in place.

    Yields a `Progress` wherever a step may be abandoned (no weight has changed in it yet), and a `GrpoStep` after each
    step. A step depends only on the recipe, its number and the weights, so a continued run equals an uninterrupted one.

    Args:
        draw: `draw(n, seed)` returns n training problems.
        reward_fn: `reward_fn(rollouts, seed)` returns the rewards, (B,).
        reference: the network of the KL term; needed if `recipe.beta` is not 0.
        chat: False samples from the bare prompts.
    """
    for step in range(first, last):
        seed = random.Random(f"grpo-{recipe.seed}-{step}").getrandbits(32)
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate(step)

        # Rollout: G completions of each problem from the current policy, with the log p of every token.
        problems, n = draw(recipe.problems, seed), recipe.group  # P, G
        rollouts = yield from iter_rollouts(policy, problems, n, recipe.sampling, seed, chat=chat)  # B

        # Reward, and advantage: how much better a rollout is than its own group.
        rewards = reward_fn(rollouts, seed)  # (B,)
        advantages = compute_advantages(rewards, n, recipe.advantage)  # (B,)

        # Update: the tokens of better rollouts become more likely, those of worse ones less likely.
        stats = yield from update(policy.network, optimizer, rollouts, advantages, recipe, reference)
        yield GrpoStep(step + 1, rollouts, rewards, advantages, stats)


def compute_advantages(rewards: Rewards, group: int, kind: Kind = "grpo") -> np.ndarray:
    """A_i = (r_i - mean r) / std r in each group of `group` rollouts, (B,) in and out; 0 where the reward is None."""
    groups = [list(rewards[i : i + group]) for i in range(0, len(rewards), group)]  # P lists of G
    return np.concatenate([group_advantages(r, kind=kind) for r in groups])  # (B,)


@with_cpu_threads
def update(
    network: Any, optimizer: torch.optim.Optimizer, rollouts: Rollouts, advantages: np.ndarray, recipe: Grpo,
    reference: Any = None,
) -> Generator[Progress, None, UpdateStats]:  # fmt: skip
    """`recipe.updates` optimiser steps on the loss of eq. 3, each on its own part of the batch; `advantages`: (B,)."""
    loss, n_clipped, norm = 0.0, 0, 0.0
    order = np.random.default_rng(len(advantages)).permutation(len(advantages))  # (B,)
    for k, part in enumerate(np.array_split(order, recipe.updates)):  # (B / updates,)
        mean_length = float(np.mean([len(rollouts.ids[i]) for i in part]))
        useful = [i for i in part if advantages[i] != 0 or recipe.beta]  # without both: no gradient
        for rows in micro_batches(rollouts, useful, recipe.micro):  # b of them
            logps, old_logps, mask = batch_logps(network, rollouts, rows)  # (b, T)
            ref_logps = logps.detach()  # (b, T)
            if reference is not None and recipe.beta:
                with torch.no_grad():
                    ref_logps = batch_logps(reference, rollouts, rows)[0]  # (b, T)
            advantage = torch.tensor(advantages[rows], dtype=torch.float32, device=logps.device)  # (b,)
            clip: dict[str, Any] = {"epsilon": recipe.epsilon, "epsilon_high": recipe.epsilon_high}
            losses = grpo_loss(
                logps, old_logps, ref_logps, advantage, mask.float(), variant=recipe.variant, beta=recipe.beta,
                limit=recipe.max_new_tokens, mean_length=mean_length, **clip,
            )  # (b,)  # fmt: skip
            (losses.sum() / len(part)).backward()
            loss += losses.sum().item() / len(advantages)
            n_clipped += int(stopped_by_clip(logps.detach(), old_logps, advantage, **clip)[mask].sum())
            trim_freed_memory()  # the activations
            if k == 0:  # no weight has changed yet
                yield Progress("learning")
        norm = largest_norm([norm, float(torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0))])
        if np.isfinite(norm):
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return UpdateStats(loss, n_clipped / max(sum(map(len, rollouts.ids)), 1), norm)
