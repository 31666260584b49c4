"""The residual stream of a trace, layer by layer, by one teacher-forced forward pass.

A decoder layer adds to the stream and never replaces it (Elhage et al. 2021, A Mathematical
Framework for Transformer Circuits). Stream `l` is the residual stream after `l` layers: 0 is the
embedding, L is the input of the final norm.

The network is unmodified `transformers`; hooks record the input of each module and are removed in any
case. Long traces run in chunks over one KV cache. Above a memory limit only that cache is kept, and a
window of the stream is recomputed on demand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock, get_ident
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.cache_utils import Cache

from labkit.errors import Unsupported
from labkit.models.runtime.kv_cache import PreallocatedLayer, cache_argument
from labkit.models.runtime.memory_budget import format_bytes, kv_bytes, require_memory
from labkit.models.runtime.threads import threads_for

CHUNK = 512  # positions per forward pass
CEILING = 150_000_000  # bytes; a longer or wider stream is recomputed, window by window


@dataclass(frozen=True)
class ModelParts:
    """The modules of a decoder that a lens needs: its layers, the final norm, the unembedding."""

    layers: nn.ModuleList
    norm: nn.Module
    head: nn.Linear


def model_parts(network: PreTrainedModel) -> ModelParts:
    """Finds these modules in Qwen2, Qwen3, Llama, Mistral, gpt-oss and networks of the same structure.

    Raises:
        LabkitError: this network has another structure.
    """
    body: Any = network.base_model
    layers, norm, head = (
        getattr(body, "layers", None), getattr(body, "norm", None), network.get_output_embeddings(),
    )  # fmt: skip
    if (
        not isinstance(layers, nn.ModuleList)
        or not isinstance(norm, nn.Module)
        or not hasattr(head, "weight")
    ):
        raise Unsupported(
            f"labkit cannot read the residual stream of a {type(network).__name__}.",
            why="a lens needs .layers, a final .norm and an unembedding, as Qwen2, Qwen3, Llama, Mistral "
            "and gpt-oss have them.",
            next='model = labkit.load("r1-mini")',
        )
    return ModelParts(layers, norm, head)


@contextmanager
def record_residual_stream(parts: ModelParts) -> Iterator[list[Tensor]]:
    """A context manager: each forward pass of this thread fills the list with its L + 1 streams, (B, T, D) each.

    The input of layer `l` is stream `l`, and the input of the final norm is stream L: the output of the
    last layer *before* the norm. The hooks record nothing for forward passes of other threads.
    """
    streams_seen: list[Tensor] = []
    thread = get_ident()

    def keep(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if get_ident() == thread:
            streams_seen.append(args[0] if args else kwargs["hidden_states"])

    hooks: list[Any] = []
    try:
        for part in (*parts.layers, parts.norm):
            hooks.append(part.register_forward_pre_hook(keep, with_kwargs=True))
        yield streams_seen
    finally:
        for hook in hooks:
            hook.remove()


class Residuals:
    """The streams of one row of ids, kept if they fit in memory and recomputed otherwise.

    Args:
        network: a decoder that `model_parts` supports.
        ids: N ids, prompt and completion.
        chunk: positions per forward pass.
        ceiling: bytes for the streams; above it only the KV cache is kept.

    Attributes:
        count, layers, vocabulary: N, L and V.
        held: a description of what is in memory, and its size.
        last_logits: the network's own logits at the last position of the pass, (V,).

    Raises:
        LabkitError: the network has another structure, or the memory is too small.
    """

    def __init__(
        self, network: PreTrainedModel, ids: Sequence[int], *, chunk: int = CHUNK, ceiling: int = CEILING
    ) -> None:
        self.network, self.parts, self.count, self.chunk = network, model_parts(network), len(ids), chunk
        self.layers, self.vocabulary = len(self.parts.layers), int(self.parts.head.weight.shape[0])
        self._ids = torch.tensor([list(ids)], device=network.device)
        self._lock = RLock()
        width = network.dtype.itemsize
        config = network.config.get_text_config()
        streams = (self.layers + 1) * self.count * int(config.hidden_size) * width
        cache = kv_bytes(config, self.count, width=width)
        self._keeps_streams = streams <= ceiling
        require_memory(
            cache + (streams if self._keeps_streams else 0),
            what=f"The residual stream of {self.count:,} tokens",
            next="trace = model.think(prompt, max_new_tokens=512)  # a shorter trace",
        )
        self.held = (
            f"all streams in memory, {format_bytes(streams)}" if self._keeps_streams
            else f"a KV cache of {format_bytes(cache)} in memory; streams worked out again, window by window"
        )  # fmt: skip
        # A full-length cache for each layer, also with sliding windows: the mask limits what a position sees.
        self._cache: Cache | None = Cache(layers=[PreallocatedLayer() for _ in range(self.layers)])
        chunks = [
            self._forward(start, min(start + chunk, self.count)) for start in range(0, self.count, chunk)
        ]
        self._streams = torch.cat(chunks, 1) if self._keeps_streams else None  # (L + 1, N, D)
        if self._keeps_streams:
            self._cache = None

    def window(self, first: int, last: int) -> Tensor:
        """Streams of positions `[first, last)`, (L + 1, last - first, D), in the network's dtype."""
        if self._streams is not None:
            return self._streams[:, first:last]
        with self._lock:
            windows = [(start, min(start + self.chunk, last)) for start in range(first, last, self.chunk)]
            return torch.cat([self._forward(*window, return_streams=True) for window in windows], 1)

    def _forward(self, first: int, last: int, *, return_streams: bool = False) -> Tensor:
        """One forward pass of `[first, last)` over the cached earlier positions."""
        assert self._cache is not None
        for layer in cast(list[PreallocatedLayer], self._cache.layers):
            layer.length = first  # recomputing a window writes the same keys to the same slots
        inputs: dict[str, Any] = {cache_argument(self.network): self._cache, "use_cache": True}
        positions = torch.arange(first, last, device=self.network.device)[None]
        with torch.no_grad(), threads_for(self.network), record_residual_stream(self.parts) as streams_seen:
            out = self.network(self._ids[:, first:last], position_ids=positions, logits_to_keep=1, **inputs)
        self.last_logits = out.logits[0, -1]
        if self._keeps_streams or return_streams:
            return torch.stack([stream[0] for stream in streams_seen])
        return streams_seen[0].new_empty(0)
