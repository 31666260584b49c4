"""GRPO with rule rewards, as in R1 (section 2.2.1, eq. 1-3), in the per-token form of DeepSeekMath.

Five functions in the order in which things happen: rollout, reward, advantage, loss, update; then
the loop that calls them. Left out against R1: the reference model's KL term is off by default
(R1 used 0.001; at 0 no second model is needed), and the language-consistency reward (one language
here).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase, Qwen2ForCausalLM

from labkit.models.sampler import decode
from labkit.rewards import countdown_accuracy, group_advantages, think_format
from labkit.tasks.countdown import Problem, stream
from labkit.training import checkpoint
from labkit.training.sft import chat, collate, export, forget, log


@dataclass(frozen=True)
class Grpo:
    """The recipe of `r1-mini`."""

    seed: int = 0
    steps: int = 120
    problems: int = 16  # prompts a step
    group: int = 16  # rollouts a prompt
    temperature: float = 1.0
    max_new_tokens: int = 640
    format_weight: float = 0.2  # beside 1.0 for a right answer
    updates: int = 2  # optimiser steps a batch of rollouts
    epsilon: float = 0.2
    lr: float = 3e-4
    warmup: int = 5  # steps
    decay: int = 40  # steps at the end over which the rate falls to a tenth
    micro: int = 8_192  # tokens of a micro-batch
    save_every: int = 5  # steps


@dataclass(frozen=True)
class Rollouts:
    """B completions, G in a row for each problem.

    `ids` and `old_logps` hold one list a completion: its tokens, and log p of each when it was drawn.
    """

    problems: list[Problem]
    prompts: list[list[int]]
    ids: list[list[int]]
    old_logps: list[list[float]]
    texts: list[str]
    entropy: float


def rollout(
    model: Qwen2ForCausalLM,
    tok: PreTrainedTokenizerBase,
    problems: Sequence[Problem],
    recipe: Grpo,
    seed: int,
) -> Rollouts:
    """Samples a group for each problem from the policy as it stands."""
    each = [p for p in problems for _ in range(recipe.group)]
    asked = [chat(tok, p.prompt) for p in problems]  # of one length: every number is one token
    ids: list[list[int]] = [[] for _ in each]
    logps: list[list[float]] = [[] for _ in each]
    entropies = []
    for draw in decode(
        model, torch.tensor(asked), repeat=recipe.group, temperature=recipe.temperature, top_p=1.0,
        max_new_tokens=recipe.max_new_tokens, end_ids=[tok.eos_token_id],
        generator=torch.Generator().manual_seed(seed), lean=True, top_k=1,
    ):  # fmt: skip
        entropies.append(draw.entropies)
        for row, token, logp in zip(draw.rows.tolist(), draw.ids.tolist(), draw.logps.tolist(), strict=True):
            ids[row].append(token)
            logps[row].append(logp)
    texts = tok.batch_decode([row[:-1] if row[-1] == tok.eos_token_id else row for row in ids])
    prompts = [prompt for prompt in asked for _ in range(recipe.group)]
    return Rollouts(each, prompts, ids, logps, texts, torch.cat(entropies).mean().item())


def reward(rolls: Rollouts, recipe: Grpo) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy and format of each completion, (B,) each; the reward is their weighted sum."""
    right = countdown_accuracy(
        rolls.texts, numbers=[p.numbers for p in rolls.problems], target=[p.target for p in rolls.problems]
    )
    return np.array(right), np.array(think_format(rolls.texts))


def advantages(rewards: np.ndarray, group: int) -> np.ndarray:
    """Each rollout against its own group, (B,) in and out."""
    return np.concatenate([group_advantages(r.tolist()) for r in rewards.reshape(-1, group)])


def grpo_loss(
    logps: Tensor,
    old_logps: Tensor,
    ref_logps: Tensor,
    advantages: Tensor,
    mask: Tensor,
    *,
    epsilon: float = 0.2,
    beta: float = 0.0,
) -> Tensor:
    """The loss of each rollout; their mean over the batch is what is minimised.

        J = 1/G sum_i 1/|o_i| sum_t [ min(rho A, clip(rho, 1 - eps, 1 + eps) A) - beta KL ]
        rho = pi_theta(o_t) / pi_old(o_t),   KL = pi_ref/pi_theta - log(pi_ref/pi_theta) - 1
                                                        (R1 eq. 1-2; DeepSeekMath eq. 3)

    Args:
        logps, old_logps, ref_logps: (B, T), log p of each token under the policy, under the policy
            that sampled, and under the reference.
        advantages: (B,).
        mask: (B, T), 1 on the completion's tokens, 0 on padding; one token or more in each row.
        epsilon: how far the ratio may move before the gradient stops.
        beta: weight of the KL term.

    Returns:
        Shape (B,).
    """
    gain = advantages[:, None]  # (B, 1): one a rollout, shared by its tokens
    ratio = torch.exp(logps - old_logps)  # (B, T): this policy / the policy that sampled
    clipped = ratio.clamp(1 - epsilon, 1 + epsilon)
    surrogate = torch.minimum(ratio * gain, clipped * gain)

    log_ratio = ref_logps - logps
    kl = torch.exp(log_ratio) - log_ratio - 1  # (B, T): never negative

    objective = (surrogate - beta * kl) * mask  # prompt and padding count for nothing
    return -objective.sum(1) / mask.sum(1)  # (B,): the 1/|o_i| of the equation


def token_logps(model: Qwen2ForCausalLM, ids: Tensor) -> Tensor:
    """log p of each token given those before it: ids (B, T) -> (B, T - 1)."""
    hidden = model.model(ids[:, :-1]).last_hidden_state
    return model.lm_head(hidden).log_softmax(-1).gather(2, ids[:, 1:, None])[..., 0]


def update(
    model: Qwen2ForCausalLM,
    optimizer: torch.optim.Optimizer,
    rolls: Rollouts,
    gains: np.ndarray,
    recipe: Grpo,
    pad: int,
) -> float:
    """`recipe.updates` optimiser steps on a batch; returns the share of clipped tokens.

    Rollouts with no advantage are left out: their gradient is zero.
    """
    clipped = total = 0
    order = np.random.default_rng(len(rolls.ids)).permutation(len(gains))
    for part in np.array_split(order, recipe.updates):
        useful = sorted((i for i in part if gains[i] != 0), key=lambda i: len(rolls.ids[i]))
        while useful:
            width = len(rolls.prompts[0]) + len(rolls.ids[useful[-1]])
            take = [useful.pop() for _ in range(min(len(useful), max(1, recipe.micro // width)))]
            ids, mask = collate([(len(rolls.prompts[i]), rolls.prompts[i] + rolls.ids[i]) for i in take], pad)
            mask = mask[:, 1:]
            old = torch.zeros(mask.shape)
            old[mask] = torch.tensor([logp for i in take for logp in rolls.old_logps[i]])
            logps = token_logps(model, ids)
            losses = grpo_loss(
                logps, old, logps.detach(), torch.tensor(gains[take], dtype=torch.float32), mask.float(),
                epsilon=recipe.epsilon, beta=0.0,  # no KL term, so no reference model
            )  # fmt: skip
            (losses.sum() / len(part)).backward()
            ratio = (logps.detach() - old)[mask].exp()
            clipped += int(((ratio - 1).abs() > recipe.epsilon).sum())
            total += int(mask.sum())
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return clipped / max(total, 1)


def rate(recipe: Grpo, step: int) -> float:
    """The learning rate at a step: up, flat, then down to a tenth."""
    down = max(0.1, min(1.0, (recipe.steps - step) / recipe.decay))
    return recipe.lr * min(down, (step + 1) / recipe.warmup)


def grpo(
    model: Qwen2ForCausalLM, tok: PreTrainedTokenizerBase, recipe: Grpo, folder: Path
) -> Qwen2ForCausalLM:
    """Trains in place, logs to `folder/metrics.jsonl`, saves `folder/model`; resumes where it was cut off."""
    folder.mkdir(parents=True, exist_ok=True)
    model.eval()  # no dropout anywhere: the same network samples and learns
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
        gains = advantages(right + recipe.format_weight * formed, recipe.group)
        clipped = update(model, optimizer, rolls, gains, recipe, tok.pad_token_id)
        flat = float(np.mean([np.ptp(r) == 0 for r in right.reshape(-1, recipe.group)]))
        log(
            folder, step=step + 1, accuracy=right.mean().round(4), format=formed.mean().round(4), same=round(flat, 3),
            length=round(float(np.mean([len(i) for i in rolls.ids])), 1), entropy=round(rolls.entropy, 4),
            clipped=round(clipped, 4),
        )  # fmt: skip
        if (step + 1) % recipe.save_every == 0 or step + 1 == recipe.steps:
            checkpoint.save(folder / "state", model, [optimizer], {"step": step + 1})
            export(model, tok, folder / "model")
    return model
