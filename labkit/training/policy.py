"""GRPO with rule rewards, as in R1 (section 2.2.1, eq. 1-3), in the per-token form of DeepSeekMath.

The functions are in the order of their use: rollout, reward, advantage, update; the loss has its own
module (`labkit.training.loss`). The loop that trains a recipe is at the end. Differences from R1: the
reference model's KL term is off by default (R1 used 0.001; at 0 no second model is needed), and the
language-consistency reward is left out (there is only one language here).
"""

from __future__ import annotations

import copy
import random
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedTokenizerBase, Qwen2ForCausalLM

from labkit.models import families
from labkit.models.sampler import decode
from labkit.models.threads import sparing, threads_for
from labkit.rewards import countdown_accuracy, group_advantages, think_format
from labkit.rewards.advantages import Kind
from labkit.tasks.countdown import Problem, stream
from labkit.training import checkpoint
from labkit.training.loss import Variant, grpo_loss, stopped_by_clip
from labkit.training.output import export, forget, log, opened
from labkit.training.sft import chat, collate

T = TypeVar("T")


@dataclass(frozen=True)
class Grpo:
    """The recipe of `r1-mini`."""

    seed: int = 0
    steps: int = 120
    problems: int = 16  # prompts per step
    group: int = 16  # rollouts per prompt
    temperature: float = 1.0
    max_new_tokens: int = 640
    format_weight: float = 0.2  # a right answer has weight 1.0
    updates: int = 2  # optimiser steps per batch of rollouts
    epsilon: float = 0.2  # how far a token's ratio may move before its gradient stops
    epsilon_high: float | None = None  # a separate upper limit (DAPO: 0.28)
    beta: float = 0.0  # weight of the KL to the initial model
    variant: Variant = "grpo"  # the divisor of a rollout's loss
    advantage: Kind = "grpo"  # how a rollout is compared with its group
    lr: float = 3e-4
    warmup: int = 5  # steps
    decay: int = 40  # final steps in which the rate falls to a tenth; 0: constant
    micro: int = 8_192  # tokens per micro-batch
    save_every: int = 5  # steps


@dataclass(frozen=True)
class Rollouts:
    """B completions, G in a row for each problem.

    `opened` tells, for each completion, whether its prompt contains the opening tag of the thought; `tags` are the
    tags of the model's family. `ids`, `old_logps` and `entropies` hold one list per completion: its tokens, the log p
    of each token at sampling, and the entropy of its distribution; `entropy` is the mean entropy, in nats.
    """

    problems: list[Problem]
    prompts: list[list[int]]
    ids: list[list[int]]
    old_logps: list[list[float]]
    texts: list[str]
    entropy: float
    entropies: list[list[float]] = field(default_factory=list)
    opened: list[bool] = field(default_factory=list)
    tags: families.Tags = families.THINK

    def reading(self, i: int) -> dict[str, Any]:
        """How to parse completion `i`, for rules and `labkit.traces.split`."""
        opened = self.opened[i] if self.opened else False
        return {"opened": opened, "open_tag": self.tags.open, "close_tag": self.tags.close}


def rollout(
    model: Qwen2ForCausalLM,
    tok: PreTrainedTokenizerBase,
    problems: Sequence[Problem],
    recipe: Grpo,
    seed: int,
) -> Rollouts:
    """Samples a group for each problem from the current policy."""
    asked = [chat(tok, p.prompt) for p in problems]
    drawing = rolling(
        model, tok, problems, asked, recipe.group, temperature=recipe.temperature, top_p=1.0,
        max_new_tokens=recipe.max_new_tokens, end_ids=[tok.eos_token_id], seed=seed,
    )  # fmt: skip
    return exhaust(drawing)


def rolling(
    model: Any,
    tok: Any,
    problems: Sequence[Any],
    asked: Sequence[list[int]],
    n: int,
    *,
    temperature: float,
    top_p: float,
    max_new_tokens: int,
    end_ids: Sequence[int],
    seed: int,
    known: int | None = None,
    tags: families.Tags = families.THINK,
) -> Generator[int, None, Rollouts]:
    """`n` rollouts of each problem, as a generator: yields the number of ended rollouts after each decoding step.

    Args:
        problems: the problems; `asked` are their prompts as ids.
        known: ids from here on are padding rows of the embedding and are never sampled.
        tags: the tags of the model's family.
    """
    each = [p for p in problems for _ in range(n)]
    ids: list[list[int]] = [[] for _ in each]
    logps: list[list[float]] = [[] for _ in each]
    entropies: list[list[float]] = [[] for _ in each]
    ended, ends = 0, set(end_ids)
    for k, batch in enumerate(alike(asked)):  # a batch needs prompts of the same length
        for draw in decode(
            model, torch.tensor([asked[i] for i in batch], device=model.device), repeat=n, temperature=temperature,
            top_p=top_p, max_new_tokens=max_new_tokens, end_ids=end_ids, known=known, lean=True, alternatives=1,
            generator=torch.Generator().manual_seed(seed + k),
        ):  # fmt: skip
            columns = (draw.rows, draw.ids, draw.logps, draw.entropies)
            for row, token, logp, entropy in zip(*(c.tolist() for c in columns), strict=True):
                at = n * batch[row // n] + row % n
                ids[at].append(token)
                logps[at].append(logp)
                entropies[at].append(entropy)
                ended += token in ends
            yield ended
    texts = tok.batch_decode([row[:-1] if row[-1] in ends else row for row in ids])
    prompts = [prompt for prompt in asked for _ in range(n)]
    mean = float(np.mean([e for row in entropies for e in row]))
    opened = [families.opened(tok.decode(prompt), tags) for prompt in asked for _ in range(n)]
    return Rollouts(each, prompts, ids, logps, texts, mean, entropies, opened, tags)


def alike(asked: Sequence[list[int]]) -> list[list[int]]:
    """Indices of prompts, grouped by the number of tokens."""
    of_length: dict[int, list[int]] = {}
    for i, prompt in enumerate(asked):
        of_length.setdefault(len(prompt), []).append(i)
    return list(of_length.values())


def exhaust(steps: Generator[Any, None, T]) -> T:
    """Runs a generator to its end and returns its return value."""
    while True:
        try:
            next(steps)
        except StopIteration as over:
            return over.value


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


def token_logps(model: Any, ids: Tensor, mask: Tensor) -> Tensor:
    """log p of each completion token given the earlier tokens; ids (B, T), mask (B, T - 1) -> (B, T - 1).

    0 where the mask is 0: the unembedding is computed only for the completion.
    """
    hidden = model.model(ids[:, :-1]).last_hidden_state[mask]  # (N, D)
    chosen = -F.cross_entropy(model.lm_head(hidden).float(), ids[:, 1:][mask], reduction="none")  # (N,)
    return torch.zeros(mask.shape, device=ids.device).masked_scatter(mask, chosen)


def read(model: Any, rolls: Rollouts, take: Sequence[int], pad: int) -> tuple[Tensor, Tensor, Tensor]:
    """log p of some rollouts' tokens now and at sampling, and the mask of the completion: (b, T) each."""
    ids, mask = collate([(len(rolls.prompts[i]), rolls.prompts[i] + rolls.ids[i]) for i in take], pad)
    mask = mask[:, 1:]
    old = torch.zeros(mask.shape)
    old[mask] = torch.tensor([logp for i in take for logp in rolls.old_logps[i]])
    ids, mask, old = (x.to(model.device) for x in (ids, mask, old))
    with threads_for(model):
        return token_logps(model, ids, mask), old, mask


def micro_batches(rolls: Rollouts, rows: Iterable[int], tokens: int) -> Iterator[list[int]]:
    """Micro-batches of rollouts of similar length, the longest first, at most `tokens` padded tokens each."""
    left = sorted(rows, key=lambda i: len(rolls.prompts[i]) + len(rolls.ids[i]))
    while left:
        width = len(rolls.prompts[left[-1]]) + len(rolls.ids[left[-1]])
        yield [left.pop() for _ in range(min(len(left), max(1, tokens // width)))]


@dataclass(frozen=True)
class Updated:
    """The results of the optimiser steps on one batch.

    Attributes:
        loss: mean over the rollouts, before the step.
        clipped: share of all tokens whose gradient the clip stopped, see `labkit.training.loss.stopped_by_clip`.
        norm: the largest gradient norm of the steps, before clipping to 1; not finite if the gradient is
            not finite, and then no step is taken.
    """

    loss: float
    clipped: float
    norm: float


def update(
    model: Any,
    optimizer: torch.optim.Optimizer,
    rolls: Rollouts,
    gains: np.ndarray,
    recipe: Grpo,
    pad: int,
    reference: Any = None,
) -> Updated:
    """`recipe.updates` optimiser steps on a batch; see `updating`."""
    return exhaust(updating(model, optimizer, rolls, gains, recipe, pad, reference))


@sparing
def updating(
    model: Any,
    optimizer: torch.optim.Optimizer,
    rolls: Rollouts,
    gains: np.ndarray,
    recipe: Grpo,
    pad: int,
    reference: Any = None,
) -> Generator[bool, None, Updated]:
    """`update` as a generator: yields after each micro-batch whether the weights are still unchanged.

    Rollouts with zero advantage are left out unless there is a KL term: their gradient is zero.

    Args:
        gains: the advantages, (B,).
        reference: the reference model of the KL term; needed if `recipe.beta` is not 0.
    """
    loss, norm, clipped, total = 0.0, 0.0, 0, 0
    order = np.random.default_rng(len(rolls.ids)).permutation(len(gains))
    for k, part in enumerate(np.array_split(order, recipe.updates)):
        lengths = [len(rolls.ids[i]) for i in part]
        mean_length = float(np.mean(lengths))
        total += sum(lengths)
        useful = [i for i in part if gains[i] != 0 or recipe.beta]
        for take in micro_batches(rolls, useful, recipe.micro):
            logps, old, mask = read(model, rolls, take, pad)
            ref = logps.detach()
            if reference is not None and recipe.beta:
                with torch.no_grad():
                    ref = read(reference, rolls, take, pad)[0]
            gain = torch.tensor(gains[take], dtype=torch.float32, device=logps.device)  # (B,)
            losses = grpo_loss(
                logps, old, ref, gain, mask.float(),
                variant=recipe.variant, epsilon=recipe.epsilon, epsilon_high=recipe.epsilon_high,
                beta=recipe.beta, limit=recipe.max_new_tokens, mean_length=mean_length,
            )  # fmt: skip
            (losses.sum() / len(part)).backward()
            loss += losses.sum().item() / len(gains)
            stopped = stopped_by_clip(
                logps.detach(), old, gain, epsilon=recipe.epsilon, epsilon_high=recipe.epsilon_high
            )
            clipped += int(stopped[mask].sum())
            yield k == 0
        norm = max(norm, float(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)), key=_weight)
        if np.isfinite(norm):
            optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return Updated(loss, clipped / max(total, 1), norm)


def _weight(norm: float) -> float:
    return norm if norm == norm else float("inf")  # max() would drop a NaN in its second argument


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
