"""The update: optimiser steps on one batch of rollouts."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from labkit.models.runtime.threads import sparing, threads_for
from labkit.training.rl.loss import grpo_loss, stopped_by_clip
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.rollout import Rollouts, exhaust
from labkit.training.sft.sft import collate


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
        clipped: share of all tokens whose gradient the clip stopped, see `labkit.training.rl.loss.stopped_by_clip`.
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
