"""Decoding: one loop for one thought and for a whole group of rollouts.

Each step feeds the last token of every rollout, reads the model's distribution once, draws, and
keeps what a reader will want to see (logprob, entropy, the k likeliest): nothing is computed twice.
Rollouts that have finished are dropped from the batch and from the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.cache_utils import Cache

from labkit.models.cache import cache_argument, new_cache, of_slabs, select_rows
from labkit.models.capture import Keeper
from labkit.models.lean import lean_step
from labkit.models.threads import sparing

COLD = 1e-5  # a temperature below is greedy: logits divided by it would leave the range of floats
READ = 512  # tokens of a prompt that are read at a time
DROP_BELOW = 0.8  # compact the batch when fewer than this share of its rows still think


@dataclass(frozen=True)
class Draw:
    """One decoding step for the A rollouts that still think.

    `rows` (A,) are their numbers; `ids`, `logps`, `entropies` (A,); `top_ids`, `top_logps` (A, k),
    likeliest first. Log-probabilities and entropies in nats, of the model's own distribution
    (temperature 1, before top-p).
    """

    rows: Tensor
    ids: Tensor
    logps: Tensor
    entropies: Tensor
    top_ids: Tensor
    top_logps: Tensor


@sparing
@torch.inference_mode()
def decode(
    model: PreTrainedModel,
    prompts: Tensor,
    *,
    temperature: float,
    top_p: float,
    top_k: int = 0,
    max_new_tokens: int,
    end_ids: Sequence[int],
    generator: torch.Generator,
    repeat: int = 1,
    alternatives: int = 5,
    known: int | None = None,
    lean: bool = False,
    keeper: Keeper | None = None,
    stop: Event | None = None,
    cache: Cache | None = None,
    told: Callable[[int], None] = lambda read: None,
) -> Iterator[Draw]:
    """Continues prompts of equal length until each has ended, `max_new_tokens` are out, or `stop` is set.

    Args:
        prompts: (P prompts, T) token ids; each is read once and continued `repeat` times, B in all.
        temperature: 0 is greedy; else logits are divided by it, then `top_k` and `top_p` cut the tail.
        top_k: draws from this many of the likeliest tokens; 0 from all.
        end_ids: tokens that end a rollout; they are drawn and yielded, then the rollout is dropped.
        generator: all randomness, the processor's: the same on a card. Row b draws from column b of its stream,
            whoever has finished.
        alternatives: how many of the likeliest tokens are told of at each position.
        lean: whether a small network may take the short path of `labkit.models.lean`.
        keeper: takes queries and keys, of one rollout, inside `capturing(model, keeper)`.
        known: ids from here on are padding rows of the embedding, never drawn (facts 2.1).
        cache: keys and values of what stands before `prompts`, one row a prompt; it is used up.
        told: how many tokens of a long prompt have been read, after each piece of it.
    """
    batch, device = prompts.shape[0] * repeat, prompts.device
    alive = torch.arange(batch, device=device)  # (A,) number of the rollout in each row of the batch
    thinking = torch.ones(batch, dtype=torch.bool, device=device)  # (A,) False: finished, not yet dropped
    ends = torch.tensor(list(end_ids), device=device)
    *pieces, inputs = prompts.split(READ, 1)  # by pieces, so that one sees how far it is, and Stop ends it
    left = batch
    cache = new_cache(model) if cache is None else cache
    quick = lean_step(model) if lean and of_slabs(cache) else None
    kept: dict[str, Any] = {cache_argument(model): cache, "use_cache": True, "logits_to_keep": 1}
    if keeper is not None:
        kept["labkit_keeper"] = keeper
    for i, piece in enumerate(pieces, 1):
        if stop is not None and stop.is_set():
            return
        model(input_ids=piece, **kept)
        told(i * READ)
    for step in range(max_new_tokens):
        if stop is not None and stop.is_set():
            return
        if step and quick:
            logits = quick(inputs, cache)[:, :known]  # (A, V)
        else:
            output = model(input_ids=inputs, **kept)
            logits = output.logits[:, -1, :known].float()  # (A, V)
        if step == 0 and repeat > 1:
            rows = torch.arange(len(prompts), device=device).repeat_interleave(repeat)
            select_rows(cache, rows)
            logits = logits[rows]
        logps = logits.log_softmax(-1)
        uniform = torch.rand(batch, generator=generator).to(device)[alive]
        ids = draw(logits, uniform, temperature=temperature, top_p=top_p, top_k=top_k)
        top = logps.topk(min(alternatives, logps.shape[-1]), dim=-1)
        entropies = torch.special.entr(logps.exp()).sum(-1)  # -p log p, and 0 where p is 0
        chosen = logps.gather(1, ids[:, None])[:, 0]
        columns = (alive, ids, chosen, entropies, top.indices, top.values)
        yield Draw(*(columns if left == len(alive) else (x[thinking] for x in columns)))

        thinking = thinking & ~torch.isin(ids, ends)
        left = int(thinking.sum())
        if left == 0:
            break
        if left < DROP_BELOW * len(alive):
            rows = thinking.nonzero()[:, 0]
            select_rows(cache, rows)
            alive, ids, thinking = alive[rows], ids[rows], thinking[rows]
        inputs = ids[:, None]
    if keeper is not None:  # the last token was drawn and not read: it looks back too
        model(input_ids=ids[:, None], **kept)


def draw(logits: Tensor, uniform: Tensor, *, temperature: float, top_p: float, top_k: int = 0) -> Tensor:
    """One token a row by inverting the cumulative distribution: logits (A, V), uniform (A,) in [0, 1) -> ids (A,).

    The order is that of `transformers`: temperature, then top-k, then top-p, which keeps the smallest set of
    likeliest tokens whose mass reaches `top_p` of what top-k has left.
    """
    if temperature < COLD:
        return logits.argmax(-1)
    if 0 < top_k < logits.shape[-1]:
        ranked, order = (logits / temperature).topk(top_k, -1)
        ranked = ranked.softmax(-1)
    else:
        probs = (logits / temperature).softmax(-1)
        if top_p >= 1:
            return invert(probs, uniform)
        ranked, order = probs.sort(-1, descending=True)
    before = ranked.cumsum(-1) - ranked  # mass of the likelier tokens
    likely = before < top_p
    likely[:, 0] = True  # whatever `top_p` is, one must be left
    kept = ranked.where(likely, torch.zeros(()))
    return order.gather(1, invert(kept, uniform)[:, None])[:, 0]


def invert(weights: Tensor, uniform: Tensor) -> Tensor:
    """The first index at which the cumulative weight passes `uniform` of the total."""
    mass = weights.cumsum(-1)
    at = torch.searchsorted(mass, uniform[:, None] * mass[:, -1:], right=True)[:, 0]
    last = (
        weights.shape[-1] - 1 - (weights.flip(-1) > 0).int().argmax(-1)
    )  # a rounding error must not pass it
    return torch.minimum(at, last)
