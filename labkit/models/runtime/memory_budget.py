"""Compares the memory that a model needs with the free memory before allocation."""

from __future__ import annotations

from collections.abc import Callable

from transformers import PreTrainedConfig, PreTrainedModel

from labkit._host.memory import memory, trim_freed_memory
from labkit._host.sizes import format_bytes as format_bytes
from labkit.errors import NotEnoughMemory


def kv_bytes(config: PreTrainedConfig, tokens: int, *, width: int = 4) -> int:
    """Bytes of the KV cache: 2 x layers x KV heads x head size x tokens x `width` bytes."""
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return int(2 * text.num_hidden_layers * heads * size * tokens * width)


def max_batch(network: PreTrainedModel, tokens: int, most: int) -> int:
    """The number of rollouts of `tokens` tokens, at most `most`, whose KV caches fit in half of the free memory."""
    left = _free_bytes(network)
    if left is None:
        return most
    return max(1, min(most, left // 2 // kv_bytes(network.config, tokens, width=network.dtype.itemsize)))


def _free_bytes(network: PreTrainedModel) -> int | None:
    """Free bytes on the device of a network."""
    if network.device.type == "cuda":
        import torch

        return int(torch.cuda.mem_get_info(network.device)[0])
    now = memory()
    return now.available if now is not None else None


def require_memory(needed: int, *, what: str, next: str | Callable[[], str]) -> None:
    """Refuses an allocation that does not fit; the error gives the numbers.

    Args:
        needed: bytes.
        what: the purpose of the memory, for the error.
        next: what to type instead; a function is called only if the error is raised.

    Raises:
        LabkitError: `needed` is more than nine tenths of the free memory.
    """
    now = memory()
    if now is not None and needed > 0.9 * now.available:
        trim_freed_memory()
        now = memory()
    if now is not None and needed > 0.9 * now.available:
        raise NotEnoughMemory(
            f"{what} needs about {format_bytes(needed)}, and {format_bytes(now.available)} are left on this "
            f"{now.source}.",
            why="allocating this would kill the kernel, and you would lose your variables.",
            next=next if isinstance(next, str) else next(),
        )
