"""Capture: keeps queries and keys during generation without slowing generation down.

An attention function, registered with `transformers.AttentionInterface`, passes queries and keys to a
`QKRecorder` and calls SDPA. It computes no attention weights and never sets `output_attentions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AttentionInterface, PreTrainedConfig, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from labkit._host.memory import memory
from labkit.errors import BadArgument, Unsupported
from labkit.models.capture.disk_spill import SpillBuffer
from labkit.models.capture.qk_capture import AttentionLayout, QKCapture, check_index
from labkit.models.runtime.kv_cache import cache_argument, new_cache
from labkit.models.runtime.memory_budget import format_bytes
from labkit.models.runtime.threads import threads_for

ATTENTION_NAME = "labkit_capture"
_patch_lock = RLock()  # a view may recompute a layer while a cell generates: one at a time
DEFAULT_CEILING = 150_000_000  # bytes: the ceiling of one capture on a small machine


@dataclass(frozen=True)
class Capture:
    """Which queries and keys to keep, and how much memory they may take.

    `model.think(prompt, capture="qk")` means `capture=Capture()`.

    Attributes:
        layers: which layers to keep; None keeps all. A layer left out is recomputed when it is read.
        ceiling: bytes that may be held in memory; None means 150 MB, or an eighth of the free memory if
            that is more. Later positions go to a memory-mapped safetensors file.
        folder: where that file is created; None means the system's folder for temporary files.
    """

    layers: Sequence[int] | None = None
    ceiling: int | None = None
    folder: str | Path | None = None

    def limit(self) -> int:
        """The ceiling in bytes."""
        if self.ceiling is not None:
            return self.ceiling
        now = memory()
        return max(DEFAULT_CEILING, now.available // 8) if now is not None else DEFAULT_CEILING

    def layer_indices(self, config: PreTrainedConfig) -> list[int]:
        """The layers to keep, in order.

        Raises:
            LabkitError: a layer does not exist, or the selection is empty.
        """
        count = config.get_text_config().num_hidden_layers
        layers = list(range(count)) if self.layers is None else sorted(set(self.layers))
        for layer in layers:
            check_index("layer", layer, count)
        if not layers:
            raise BadArgument("A capture of no layers holds nothing.", why="layers is an empty list.",
                              next='model.think(prompt, capture="qk")  # all layers')  # fmt: skip
        return layers


@dataclass(frozen=True)
class Cost:
    """Bytes that a capture takes, estimated before they are allocated."""

    a_token: int
    tokens: int
    ceiling: int

    @property
    def bytes(self) -> int:
        """Total bytes."""
        return self.a_token * self.tokens

    @property
    def in_memory(self) -> int:
        """Number of tokens that fit below the ceiling."""
        return min(self.tokens, self.ceiling // self.a_token)

    def __str__(self) -> str:
        size = f"{self.a_token / 1e3:.0f} kB a token, {format_bytes(self.bytes)} for {self.tokens:,} tokens"
        if self.in_memory == self.tokens:
            return size
        over = f"over the ceiling of {format_bytes(self.ceiling)}"
        return f"{size}: {over}, so from token {self.in_memory:,} on it goes to a file"


def cost(config: PreTrainedConfig, tokens: int, *, capture: Capture | None = None, width: int = 4) -> Cost:
    """The cost of capturing `tokens` positions: layers x (heads + KV heads) x head size x `width` bytes each."""
    capture, text = capture or Capture(), config.get_text_config()
    heads, size = text.num_attention_heads, getattr(text, "head_dim", None)
    size = size or text.hidden_size // heads
    both = heads + (getattr(text, "num_key_value_heads", None) or heads)
    return Cost(len(capture.layer_indices(config)) * both * size * width, tokens, capture.limit())


def parse_capture(capture: str | Capture | None) -> Capture | None:
    """The capture that an argument requests.

    Raises:
        LabkitError: the argument is neither "qk", a Capture nor None.
    """
    if capture is None or isinstance(capture, Capture):
        return capture
    if capture == "qk":
        return Capture()
    raise BadArgument(
        f"capture={capture!r} is not possible.",
        why='"qk" keeps queries and keys, from which attention is worked out; None keeps nothing.',
        next='model.think(prompt, capture="qk")',
    )


class QKRecorder:
    """Records queries and keys of one sequence as the attention function receives them.

    Raises:
        LabkitError: the model uses an unsupported kind of attention.
    """

    def __init__(self, network: PreTrainedModel, capture: Capture, positions: int) -> None:
        self.config = network.config
        kinds = set(getattr(self.config.get_text_config(), "layer_types", None) or ["full_attention"])
        if kinds - {"full_attention", "sliding_attention"}:
            raise unsupported(self.config, f"it has layers of {', '.join(sorted(kinds))}")
        self.layers = capture.layer_indices(self.config)
        self.layouts: dict[int, AttentionLayout] = {}
        self.heads = 0
        self._pending: list[Tensor] = []  # queries and keys of the current pass, layer by layer
        self._buffer = SpillBuffer(positions, ceiling=capture.limit(), folder=capture.folder)

    def record(self, layer: int, query: Tensor, key: Tensor, layout: AttentionLayout) -> None:
        """Records queries (1, heads, t, D) of the new positions, and keys (1, KV heads, T, D) of all positions."""
        if layer not in self.layouts:
            self.layouts[layer], self.heads = layout, query.shape[1]
        if layer not in self.layers:
            return
        if layer == self.layers[0]:
            self._pending.clear()
        self._pending += query, key[:, :, -query.shape[2] :]
        if layer == self.layers[-1]:
            self._buffer.append(self._pending, len(self.layers))
            self._pending.clear()

    def inside(self, prompt: int) -> QKCapture:
        """The recorded queries and keys.

        Raises:
            LabkitError: the attention of the model passed no queries and keys.
        """
        layers = self.config.get_text_config().num_hidden_layers
        if len(self.layouts) != layers or not len(self._buffer):
            raise unsupported(
                self.config, f"{len(self.layouts)} of its {layers} layers attend by queries and keys"
            )
        both = self._buffer.finish()
        return QKCapture(
            queries=both[:, :, : self.heads],
            keys=both[:, :, self.heads :],
            layouts=[self.layouts[layer] for layer in range(layers)],
            captured_layers=self.layers,
            prompt=prompt,
            location=self._buffer.location(None if len(self.layers) == layers else self.layers),
            rows=self._buffer,
        )


def unsupported(config: PreTrainedConfig, why: str) -> Unsupported:
    """The error for a model whose attention cannot be captured."""
    return Unsupported(
        f"The attention of a {config.model_type} model cannot be captured.",
        why=f"{why}; labkit knows softmax attention, causal or with a sliding window, with or without sinks.",
        next="model.think(prompt)  # without capture; Qwen2, Qwen3, Llama, Mistral and gpt-oss can be captured",
    )


def capturing_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    sliding_window: int | None = None,
    s_aux: Tensor | None = None,
    labkit_recorder: QKRecorder | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """The registered attention function: records queries and keys, then calls SDPA. Shapes as in `transformers`."""
    if labkit_recorder is not None:
        for name in ("softcap", "position_bias"):
            if kwargs.get(name) is not None:
                raise unsupported(labkit_recorder.config, f"its attention has a {name}")
        scale = query.shape[-1] ** -0.5 if scaling is None else float(scaling)
        layout = AttentionLayout(
            scale, sliding_window, None if s_aux is None else s_aux.detach().float().cpu()
        )
        labkit_recorder.record(int(module.layer_idx), query, key, layout)  # type: ignore[arg-type]
    if s_aux is not None:
        return attention_with_sinks(query, key, value, attention_mask, s_aux, scaling), None
    return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **kwargs)


def attention_with_sinks(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, sinks: Tensor, scaling: float | None
) -> Tensor:
    """SDPA with sinks (gpt-oss): one extra key, whose dot product is the sink's logit and whose value is 0.

    Args:
        query: (B, heads, t, D); key and value (B, KV heads, T, D); mask True for visible keys, or additive.
        sinks: (heads,) logits.

    Returns:
        (B, t, heads, D), as `transformers` expects.
    """
    batch, heads, new, _ = query.shape
    length = key.shape[2]
    bias = query.new_zeros(batch, heads, new, length)
    if mask is None and new > 1:
        mask = torch.ones(new, length, dtype=torch.bool, device=query.device).tril(length - new)
    if mask is not None:
        bias = bias.masked_fill(~mask, float("-inf")) if mask.dtype == torch.bool else bias + mask
    last = sinks.to(query.dtype).view(1, heads, 1, 1).expand(batch, heads, new, 1)
    key, value = F.pad(key, (0, 0, 0, 1)), F.pad(value, (0, 0, 0, 1))
    seen = F.scaled_dot_product_attention(
        query, key, value, attn_mask=torch.cat([bias, last], -1), scale=scaling, enable_gqa=True
    )
    return seen.transpose(1, 2)


AttentionInterface.register(ATTENTION_NAME, capturing_attention)
AttentionMaskInterface.register(ATTENTION_NAME, sdpa_mask)


@contextmanager
def capturing(network: PreTrainedModel, recorder: QKRecorder | None) -> Iterator[None]:
    """Uses `capturing_attention` within the block if `recorder` is given.

    Pass it on: `network(..., labkit_recorder=recorder)`.
    """
    if recorder is None:
        yield
        return
    with _patch_lock:
        before = network.config._attn_implementation
        network.set_attn_implementation(ATTENTION_NAME)
        try:
            yield
        finally:
            network.set_attn_implementation(before)


@torch.inference_mode()
def prefill(network: PreTrainedModel, ids: Tensor, recorder: QKRecorder | None, *, chunk: int = 512) -> None:
    """Prefills ids (1, N) in chunks, so that no mask or logit grows with N squared; the recorder gets its layers."""
    cache = new_cache(network)
    given = {cache_argument(network): cache, "use_cache": True, "logits_to_keep": 1}
    with threads_for(network), capturing(network, recorder):
        for part in ids.split(chunk, 1):
            network(input_ids=part, labkit_recorder=recorder, **given)
