"""Decoding: one loop for a single thought and for a group of rollouts.

Each step feeds the last token of every rollout, computes the distribution once, samples, and records
the logprob, the entropy and the k likeliest tokens. Finished rollouts are dropped from the batch and
from the cache.
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

from labkit.models.capture.capture import QKRecorder
from labkit.models.local.fast_decode import fast_decode_step
from labkit.models.runtime.kv_cache import cache_argument, is_preallocated, new_cache, select_rows
from labkit.models.runtime.threads import with_cpu_threads
from labkit.traces import SamplingParams

GREEDY_BELOW = 1e-5  # a lower temperature is greedy: dividing logits by it would overflow
PREFILL_CHUNK = 512  # prompt tokens of one prefill chunk
DROP_BELOW = 0.8  # compact the batch when fewer than this share of its rows are active


@dataclass(frozen=True)
class SampledColumn:
    """One decoding step for the A active rollouts.

    `rows` (A,) are their numbers; `ids`, `logps`, `entropies` (A,); `top_ids`, `top_logps` (A, k),
    likeliest first. Log-probabilities and entropies are in nats, of the unmodified distribution
    (temperature 1, before top-p).
    """

    rows: Tensor
    ids: Tensor
    logps: Tensor
    entropies: Tensor
    top_ids: Tensor
    top_logps: Tensor


@with_cpu_threads
@torch.inference_mode()
def sample_batch(
    model: PreTrainedModel,
    prompts: Tensor,
    params: SamplingParams,
    *,
    end_ids: Sequence[int],
    generator: torch.Generator,
    repeat: int = 1,
    alternatives: int = 5,
    vocab_size: int | None = None,
    fast_path: bool = False,
    keeper: QKRecorder | None = None,
    stop: Event | None = None,
    cache: Cache | None = None,
    on_prefill: Callable[[int], None] = lambda tokens: None,
) -> Iterator[SampledColumn]:
    """Continues prompts of equal length until each has ended, `max_new_tokens` are reached, or `stop` is set.

    Args:
        prompts: (P prompts, T) token ids; each is prefilled once and continued `repeat` times, B rows in all.
        params: temperature, top-k, top-p and `max_new_tokens`; the seed is that of `generator`.
        end_ids: tokens that end a rollout; they are sampled and yielded, then the rollout is dropped.
        generator: the only source of randomness, on the CPU, so a GPU gives the same numbers. Row b uses column b
            of its stream, independently of finished rows.
        alternatives: number of likeliest tokens to report at each position.
        vocab_size: ids from here on are padding rows of the embedding, never sampled.
        fast_path: whether a small network may use `labkit.models.local.fast_decode`.
        keeper: records queries and keys of a single rollout, inside `capturing(model, keeper)`.
        cache: keys and values of the tokens before `prompts`, one row a prompt; `sample_batch` consumes it.
        on_prefill: receives the number of prefilled tokens after each chunk of a long prompt.
    """
    batch, device = prompts.shape[0] * repeat, prompts.device
    alive = torch.arange(batch, device=device)  # (A,) rollout number of each row of the batch
    running = torch.ones(batch, dtype=torch.bool, device=device)  # (A,) False: finished, not yet dropped
    ends = torch.tensor(list(end_ids), device=device)
    *chunks, inputs = prompts.split(PREFILL_CHUNK, 1)  # in chunks, so that progress is visible and Stop works
    remaining = batch
    cache = new_cache(model) if cache is None else cache
    decode_step = fast_decode_step(model) if fast_path and is_preallocated(cache) else None
    arguments: dict[str, Any] = {cache_argument(model): cache, "use_cache": True, "logits_to_keep": 1}
    if keeper is not None:
        arguments["labkit_recorder"] = keeper
    for i, chunk in enumerate(chunks, 1):
        if stop is not None and stop.is_set():
            return
        model(input_ids=chunk, **arguments)
        on_prefill(i * PREFILL_CHUNK)
    for step in range(params.max_new_tokens):
        if stop is not None and stop.is_set():
            return
        if step and decode_step:
            logits = decode_step(inputs, cache)[:, :vocab_size]  # (A, V)
        else:
            output = model(input_ids=inputs, **arguments)
            logits = output.logits[:, -1, :vocab_size].float()  # (A, V)
        if step == 0 and repeat > 1:
            rows = torch.arange(len(prompts), device=device).repeat_interleave(repeat)
            select_rows(cache, rows)
            logits = logits[rows]
        logps = logits.log_softmax(-1)
        uniform = torch.rand(batch, generator=generator).to(device)[alive]
        ids = sample_token(logits, uniform, params)
        top = logps.topk(min(alternatives, logps.shape[-1]), dim=-1)
        entropies = torch.special.entr(logps.exp()).sum(-1)  # -p log p, and 0 where p is 0
        chosen = logps.gather(1, ids[:, None])[:, 0]
        columns = (alive, ids, chosen, entropies, top.indices, top.values)
        yield SampledColumn(*(columns if remaining == len(alive) else (x[running] for x in columns)))

        running = running & ~torch.isin(ids, ends)
        remaining = int(running.sum())
        if remaining == 0:
            break
        if remaining < DROP_BELOW * len(alive):
            rows = running.nonzero()[:, 0]
            select_rows(cache, rows)
            alive, ids, running = alive[rows], ids[rows], running[rows]
        inputs = ids[:, None]
    if keeper is not None:  # the last token was sampled but not fed: it attends too
        model(input_ids=ids[:, None], **arguments)


def sample_token(logits: Tensor, uniform: Tensor, params: SamplingParams) -> Tensor:
    """Samples one token a row by inverting the CDF: logits (A, V), uniform (A,) in [0, 1) -> ids (A,).

    The order is that of `transformers`: temperature, then top-k, then top-p, which keeps the smallest set of
    likeliest tokens whose mass reaches `top_p` of the mass after top-k.
    """
    temperature, top_p, top_k = params.temperature, params.top_p, params.top_k
    if temperature < GREEDY_BELOW:
        return logits.argmax(-1)
    if 0 < top_k < logits.shape[-1]:
        ranked, order = (logits / temperature).topk(top_k, -1)
        ranked = ranked.softmax(-1)
    else:
        probs = (logits / temperature).softmax(-1)
        if top_p >= 1:
            return inverse_cdf(probs, uniform)
        ranked, order = probs.sort(-1, descending=True)
    before = ranked.cumsum(-1) - ranked  # mass of the likelier tokens
    likely = before < top_p
    likely[:, 0] = True  # one token must remain for any `top_p`
    ranked = ranked.where(likely, torch.zeros(()))
    return order.gather(1, inverse_cdf(ranked, uniform)[:, None])[:, 0]


def inverse_cdf(weights: Tensor, uniform: Tensor) -> Tensor:
    """The first index at which the cumulative weight exceeds `uniform` times the total."""
    mass = weights.cumsum(-1)
    index = torch.searchsorted(mass, uniform[:, None] * mass[:, -1:], right=True)[:, 0]
    last = (
        weights.shape[-1] - 1 - (weights.flip(-1) > 0).int().argmax(-1)
    )  # a rounding error must not exceed it
    return torch.minimum(index, last)
