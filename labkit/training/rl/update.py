"""The parts of an update: micro-batches of rollouts, and the log-probabilities of their tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from labkit.models.runtime.threads import threads_for
from labkit.training.batching import collate
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.rollout import Rollouts


@dataclass(frozen=True)
class UpdateStats:
    """The results of the optimiser steps on one batch.

    Attributes:
        loss: mean over the rollouts, before the step.
        clip_fraction: share of all tokens whose gradient the clip stopped, see
            `labkit.training.rl.loss.stopped_by_clip`.
        grad_norm: the largest gradient norm of the steps, before clipping to 1; not finite if the gradient is
            not finite, and then no step is taken.
    """

    loss: float
    clip_fraction: float
    grad_norm: float


def make_optimizer(network: nn.Module, recipe: Grpo) -> torch.optim.Optimizer:
    """AdamW without weight decay."""
    return torch.optim.AdamW(
        network.parameters(), lr=recipe.lr, betas=(0.9, 0.95), weight_decay=0.0, fused=True
    )


def micro_batches(rollouts: Rollouts, rows: Iterable[int], tokens: int) -> Iterator[list[int]]:
    """Micro-batches of rollouts of similar length, the longest first, at most `tokens` padded tokens each."""
    left = sorted(rows, key=lambda i: len(rollouts.prompts[i]) + len(rollouts.ids[i]))
    while left:
        width = len(rollouts.prompts[left[-1]]) + len(rollouts.ids[left[-1]])
        yield [left.pop() for _ in range(min(len(left), max(1, tokens // width)))]


def batch_logps(network: Any, rollouts: Rollouts, rows: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
    """log p of some rollouts' tokens now and at sampling, and the mask of the completion: (b, T) each.

    The id of the padding does not matter: it stands after a row's tokens, so no token attends to it.
    """
    ids, mask = collate(
        [(len(rollouts.prompts[i]), rollouts.prompts[i] + rollouts.ids[i]) for i in rows], pad=0
    )
    mask = mask[:, 1:]
    old = torch.zeros(mask.shape)
    old[mask] = torch.tensor([logp for i in rows for logp in rollouts.old_logps[i]])
    ids, mask, old = (x.to(network.device) for x in (ids, mask, old))
    with threads_for(network):
        return token_logps(network, ids, mask), old, mask


def token_logps(network: Any, ids: Tensor, mask: Tensor) -> Tensor:
    """log p of each completion token given the earlier tokens; ids (B, T), mask (B, T - 1) -> (B, T - 1).

    0 where the mask is 0: the unembedding is computed only for the completion.
    """
    hidden = network.model(ids[:, :-1]).last_hidden_state[mask]  # (N, D)
    chosen = -F.cross_entropy(network.lm_head(hidden).float(), ids[:, 1:][mask], reduction="none")  # (N,)
    return torch.zeros(mask.shape, device=ids.device).masked_scatter(mask, chosen)


def largest_norm(norms: Sequence[float]) -> float:
    """The largest of some gradient norms; NaN counts as infinite.

    >>> largest_norm([0.5, float("nan"), 2.0])
    nan
    """
    return max(norms, key=lambda norm: norm if norm == norm else float("inf"))
