"""What a model needs in memory, held against what is left before it is spent."""

from __future__ import annotations

from collections.abc import Callable

from transformers import PreTrainedConfig, PreTrainedModel

from labkit._memory import memory
from labkit.errors import LabkitError


def kv_bytes(config: PreTrainedConfig, tokens: int, *, width: int = 4) -> int:
    """Bytes of the KV cache: 2 x layers x KV heads x head size x tokens x `width` bytes (facts, section 5)."""
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return int(2 * text.num_hidden_layers * heads * size * tokens * width)


def side_by_side(network: PreTrainedModel, tokens: int, most: int) -> int:
    """How many rollouts of `tokens` each, up to `most`, have room: their KV caches in half of what memory is left."""
    left = _left(network)
    if left is None:
        return most
    return max(1, min(most, left // 2 // kv_bytes(network.config, tokens, width=network.dtype.itemsize)))


def _left(network: PreTrainedModel) -> int | None:
    """Bytes that are free where a network lies."""
    if network.device.type == "cuda":
        import torch

        return int(torch.cuda.mem_get_info(network.device)[0])
    now = memory()
    return now.available if now is not None else None


def require(needed: int, *, what: str, next: str | Callable[[], str]) -> None:
    """Refuses, with the numbers, what would not fit.

    Args:
        needed: bytes.
        what: what takes them, for the error.
        next: what to type instead; a function is called only where it is needed.

    Raises:
        LabkitError: `needed` bytes are more than nine tenths of what is left.
    """
    now = memory()
    if now is not None and needed > 0.9 * now.available:
        raise LabkitError(
            f"{what} needs about {gigabytes(needed)}, and {gigabytes(now.available)} are left on this {now.source}.",
            why="going on would end this kernel without a word, and take your variables with it.",
            next=next if isinstance(next, str) else next(),
        )


def gigabytes(n: int) -> str:
    """A size as people say it.

    >>> gigabytes(3_550_000_000), gigabytes(7_000_000), gigabytes(20_000)
    ('3.5 GB', '7 MB', '20 kB')
    """
    if n >= 1e9:
        return f"{n / 1e9:.1f} GB"
    return f"{n / 1e6:.0f} MB" if n >= 1e6 else f"{n / 1e3:.0f} kB"
