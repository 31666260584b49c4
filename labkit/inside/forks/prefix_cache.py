"""Keeps the KV cache of a trace, so that many forks of the trace start without a new prefill.

A fork at token `t` needs the KV cache of everything before `t`. The whole trace is prefilled once and its
cache is kept, one trace per network; each fork copies the beginning of the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from transformers import PreTrainedModel
from transformers.cache_utils import Cache

from labkit.models import LocalModel
from labkit.models.local.fast_decode import hooked
from labkit.models.local.recorder import TOP_K
from labkit.models.local.scoring import score_pieces
from labkit.models.runtime.kv_cache import cache_argument, fork_prefix, is_preallocated, new_cache
from labkit.models.runtime.memory_budget import kv_bytes, require_memory
from labkit.models.runtime.threads import threads_for
from labkit.models.runtime.weights import weights_state
from labkit.traces import Tokens

PREFILL_CHUNK = 512  # tokens per forward pass: the logits of a whole trace would not fit beside the cache


@dataclass
class _CachedTrace:
    ids: list[int]
    weights: int
    cache: Cache


_CACHED: WeakKeyDictionary[PreTrainedModel, _CachedTrace] = WeakKeyDictionary()


def cached_prefix(model: LocalModel, ids: Sequence[int], length: int) -> Cache:
    """The KV cache of the first `length` of a trace's `ids` (prompt and completion); the caller may modify it.

    The trace is prefilled again if it is a new trace, if the weights have changed (training), and always
    while hooks change the network's computation.
    """
    network = model.network
    fresh = new_cache(network)
    if not is_preallocated(fresh) or hooked(network):
        return _prefill(network, ids[:length], fresh)
    cached, weights = _CACHED.get(network), weights_state(network)
    if cached is None or cached.weights != weights or cached.ids[:length] != list(ids[:length]):
        size = kv_bytes(network.config, len(ids), width=network.dtype.itemsize)
        require_memory(
            size,
            what=f"The KV cache of the {len(ids):,} tokens of this trace",
            next="import gc; gc.collect()",
        )
        cached = _CACHED[network] = _CachedTrace(list(ids), weights, _prefill(network, ids, fresh))
    assert is_preallocated(cached.cache)
    return fork_prefix(cached.cache, length)


def cached_bytes(network: PreTrainedModel) -> int:
    """Bytes of the KV cache that is kept for forks of a network's last trace."""
    cached = _CACHED.get(network)
    layers: list[Any] = [] if cached is None else list(cached.cache.layers)
    return sum(layer.keys.nbytes + layer.values.nbytes for layer in layers if layer.is_initialized)


def score_tokens(model: LocalModel, ids: Sequence[int], first: int, cache: Cache) -> Tokens:
    """Reads all `ids` but the last into `cache`; returns the columns of tokens `first` to the end.

    Args:
        model: the model that reads.
        ids: prompt and completion; `cache` already holds fewer than `first` of them.
        first: at least 1, since token 0 has no predecessor.
        cache: keys and values of the first tokens.
    """
    vocab_size = len(model.tokenizer)
    pieces = [*score_pieces(model.network, ids, first, cache, vocab_size=vocab_size, alternatives=TOP_K)]
    scored = [id for piece in pieces for id in piece.ids]
    return Tokens(
        ids=scored,
        sizes=[len(model.pieces.bytes(id)) for id in scored],
        logprobs=[round(min(p, 0.0), 6) for piece in pieces for p in piece.logprobs],
        entropies=[round(max(h, 0.0), 6) for piece in pieces for h in piece.entropies],
        times=[0.0] * len(scored),
        top_ids=[row for piece in pieces for row in piece.top_ids],
        top_logprobs=[[round(min(p, 0.0), 6) for p in row] for piece in pieces for row in piece.top_logprobs],
    )


@torch.inference_mode()
def _prefill(network: PreTrainedModel, ids: Sequence[int], cache: Cache) -> Cache:
    """Prefills `cache` with all of `ids`."""
    for start in range(0, len(ids), PREFILL_CHUNK):
        piece = torch.tensor([ids[start : start + PREFILL_CHUNK]], device=network.device)
        with threads_for(network):
            network(input_ids=piece, use_cache=True, logits_to_keep=1, **{cache_argument(network): cache})
    return cache
