"""A KV cache that is written in place and can drop rows.

The dynamic cache of `transformers` is copied completely at every token, and its static cache attends over
the empty part too. This cache owns a buffer that grows by blocks, returns views of the filled part,
and is compacted when rollouts finish. This makes `model.sample` fast.
"""

from __future__ import annotations

from inspect import signature
from typing import Any, cast

from torch import Tensor
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import Cache, DynamicLayer

BLOCK_TOKENS = 128  # tokens by which a buffer grows


class PreallocatedLayer(DynamicLayer):
    """Keys and values of one layer, each (B, KV heads, T, D): the first T columns of a larger buffer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self.buffers: list[Tensor] = []
        self.length = 0

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Appends (B, KV heads, t, D) keys and values and returns all of them so far."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.length + key_states.shape[-2]
        if not self.buffers or end > self.buffers[0].shape[-2]:
            self._grow(key_states, end)
        for buffer, states in zip(self.buffers, (key_states, value_states), strict=True):
            buffer[:, :, self.length : end] = states
        self.length = end
        self.keys, self.values = (buffer[:, :, :end] for buffer in self.buffers)
        return self.keys, self.values

    def select(self, rows: Tensor) -> None:
        """Keeps the given rows of the batch; a repeated index repeats the row."""
        self.buffers = [buffer.index_select(0, rows) for buffer in self.buffers]
        self.keys, self.values = (buffer[:, :, : self.length] for buffer in self.buffers)

    def get_seq_length(self) -> int:
        """Number of cached tokens."""
        return self.length

    def _grow(self, like: Tensor, end: int) -> None:
        batch, heads, _, width = like.shape
        room = (end // BLOCK_TOKENS + 1) * BLOCK_TOKENS
        larger = [like.new_empty(batch, heads, room, width) for _ in range(2)]
        for new, old in zip(larger, self.buffers, strict=False):
            new[:, :, : self.length] = old[:, :, : self.length]
        self.buffers = larger


def new_cache(network: PreTrainedModel) -> Cache:
    """An empty cache for a network, made of preallocated layers (`is_preallocated`) if possible.

    Models with sliding windows or other special layers get the stock cache of `transformers`. Models
    that run on llama.cpp have their own cache.
    """
    own: Any = getattr(network, "new_cache", None)
    if own is not None:
        return cast(Cache, own())
    stock = DynamicCache(config=network.config)
    if not all(type(layer) is DynamicLayer for layer in stock.layers):
        return stock
    return Cache(
        layers=[PreallocatedLayer() for _ in range(network.config.get_text_config().num_hidden_layers)]
    )


def is_preallocated(cache: Cache) -> bool:
    """Whether every layer is preallocated, so that the cache can be truncated and forked."""
    return all(isinstance(layer, PreallocatedLayer) for layer in cache.layers)


def select_rows(cache: Cache, rows: Tensor) -> None:
    """Keeps, drops or repeats rows of the batch in every layer."""
    for layer in cache.layers:
        if isinstance(layer, PreallocatedLayer):
            layer.select(rows)
        else:
            layer.reorder_cache(rows)  # type: ignore[arg-type]


def fork_prefix(cache: Cache, length: int) -> Cache:
    """A separate cache with the first `length` tokens; `cache` is unchanged and can be forked again.

    Works only for preallocated layers: a sliding window has dropped keys that a shorter text would need.
    """
    layers = []
    for old in cast(list[PreallocatedLayer], cache.layers):
        new = PreallocatedLayer()
        new.buffers = [buffer[:, :, :length].clone() for buffer in old.buffers]
        new.lazy_initialization(*new.buffers)
        new.keys, new.values = new.buffers
        new.length = length
        layers.append(new)
    return Cache(layers=layers)  # type: ignore[arg-type]


def cache_argument(model: PreTrainedModel) -> str:
    """The name of the cache argument of `forward`: `cache` from transformers 5.24 on, before `past_key_values`."""
    return "cache" if "cache" in signature(model.forward).parameters else "past_key_values"
