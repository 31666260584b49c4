"""Continuous batching: one forward pass a step for rollouts of different lengths.

`labkit.models.local.sampling` continues prompts of one length that start together; requests arrive at any time.
Here the rows are right-aligned in one KV cache, as in left-padded generation: the last column holds the
newest token of every row, and a mask hides the columns before a row's first token. RoPE is applied to the
keys before they are cached, so a row may use any columns; only the positions differ by row.

The network is stock `transformers`, each prompt is prefilled alone, and each row has its own random numbers:
a seed gives the same thought as `model.think`, independently of other rows, up to the rounding of sums.

Left out: paged attention, shared prefixes, chunked prefill. The prompts of a class are short.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import torch
from torch import Tensor
from transformers.cache_utils import Cache

from labkit.models import LocalModel
from labkit.models.local.recorder import TOP_K
from labkit.models.local.sampling import DROP_BELOW, sample_batch, sample_token
from labkit.models.runtime.kv_cache import PreallocatedLayer, cache_argument, is_preallocated, new_cache
from labkit.traces import SamplingParams

T = TypeVar("T")


@dataclass(frozen=True)
class SampledToken:
    """One token; logprobs in nats, of the unmodified distribution, as in `sampler.Draw`."""

    id: int
    logprob: float
    top_ids: list[int]
    top_logprobs: list[float]


class Row(Generic[T]):
    """One rollout.

    Args:
        owner: what the rollout belongs to; `step` returns it with each token.
        ids: the prompt.
        settings: its sampling settings.

    Attributes:
        ids: prompt and completion so far.
        n_cached: number of cached tokens.
        n_sampled: number of completion tokens.
        finished: the rollout is complete; set it to end the rollout early.
        error: the exception of a failed prefill.
    """

    def __init__(self, owner: T, ids: Sequence[int], settings: SamplingParams) -> None:
        self.owner, self.ids, self.settings = owner, list(ids), settings
        self.generator = torch.Generator().manual_seed(settings.seed or 0)
        self.n_cached, self.n_sampled, self.finished = len(self.ids), 0, False
        self.error: Exception | None = None

    def add(self, drawn: SampledToken, end_ids: set[int]) -> None:
        """Appends one token."""
        self.ids.append(drawn.id)
        self.n_sampled += 1
        self.finished = self.finished or drawn.id in end_ids or self.n_sampled >= self.settings.max_new_tokens

    def fail(self, error: Exception) -> None:
        """Ends this rollout with an error; other rollouts continue."""
        self.finished, self.error = True, error


class ContinuousBatch(Generic[T]):
    """The active rows, for a model whose cache is preallocated."""

    def __init__(self, model: LocalModel) -> None:
        self.model, self.network, self.end_ids = model, model.network, set(model.end_ids)
        self.rows: list[Row[T]] = []
        self._cache = Cache(layers=[])

    @torch.inference_mode()
    def step(self, new_rows: Sequence[Row[T]] = ()) -> list[tuple[Row[T], SampledToken]]:
        """Generates one token for every active row; prefills the prompts of new rows first."""
        drawn: list[tuple[Row[T], SampledToken]] = []
        live = [i for i, row in enumerate(self.rows) if not row.finished]
        if live:
            drawn += self._draw([self.rows[i] for i in live], self._forward()[live])
        prefills = [(row, new_cache(self.network)) for row in new_rows]
        for row, cache in prefills:
            try:
                drawn += self._draw([row], self._logits(torch.tensor([row.ids]), cache))
            except Exception as error:  # too long for the free memory, or empty
                row.fail(error)
        live = [i for i, row in enumerate(self.rows) if not row.finished]
        new = [(row, cache) for row, cache in prefills if not row.finished]
        if new or len(live) < DROP_BELOW * len(self.rows):
            self._rebuild_cache(live, new)
        return drawn

    def _forward(self) -> Tensor:
        """Logits (A, V) after the newest token of each row, finished rows included."""
        width = self._cache.get_seq_length()
        lengths = torch.tensor([row.n_cached for row in self.rows])  # (A,)
        inputs: dict[str, Tensor] = {}
        if (lengths < width).any():
            mask = torch.arange(width + 1) >= (width - lengths)[:, None]  # (A, width + 1)
            # A finished row may exceed the context, where some networks have no position.
            finished = torch.tensor([row.finished for row in self.rows])
            inputs = {
                "attention_mask": mask.long(),
                "position_ids": lengths.masked_fill(finished, 0)[:, None],
            }
        for row in self.rows:
            row.n_cached += 1
        return self._logits(torch.tensor([[row.ids[-1]] for row in self.rows]), self._cache, **inputs)

    def _logits(self, ids: Tensor, cache: Cache, **inputs: Tensor) -> Tensor:
        """Runs ids (A, t) into a cache; returns logits (A, V) after the last one."""
        device = self.network.device
        arguments: dict[str, Any] = {
            cache_argument(self.network): cache,
            "use_cache": True,
            "logits_to_keep": 1,
        }
        arguments |= {name: value.to(device) for name, value in inputs.items()}
        return (
            self.network(input_ids=ids.to(device), **arguments)
            .logits[:, -1, : len(self.model.tokenizer)]
            .float()
        )

    def _draw(self, rows: Sequence[Row[T]], logits: Tensor) -> Iterator[tuple[Row[T], SampledToken]]:
        """Samples a token for each row; rows with the same temperature, top-p and top-k are sampled together."""
        logps = logits.log_softmax(-1)  # (A, V)
        top = logps.topk(min(TOP_K, logps.shape[-1]), dim=-1)
        uniform = torch.cat([torch.rand(1, generator=row.generator) for row in rows]).to(logits.device)
        ids = torch.empty(len(rows), dtype=torch.long, device=logits.device)
        same: dict[tuple[float, float, int], list[int]] = {}
        for i, row in enumerate(rows):
            params = row.settings
            same.setdefault((params.temperature, params.top_p, params.top_k), []).append(i)
        for members in same.values():
            index = torch.tensor(members, device=logits.device)
            ids[index] = sample_token(logits[index], uniform[index], rows[members[0]].settings)
        columns = (ids, logps.gather(1, ids[:, None])[:, 0], top.indices, top.values)
        for row, *values in zip(rows, *(c.tolist() for c in columns), strict=True):
            drawn = SampledToken(*values)
            row.add(drawn, self.end_ids)
            yield row, drawn

    def _rebuild_cache(self, live: list[int], new: list[tuple[Row[T], Cache]]) -> None:
        """Builds a cache of the continuing and the new rows, as wide as the longest of them."""
        stay = [self.rows[i] for i in live]
        self.rows = [*stay, *(row for row, _ in new)]
        width = max((row.n_cached for row in self.rows), default=0)
        caches = [(self._cache, live), *((cache, [0]) for _, cache in new)]
        filled = [(cast(list[PreallocatedLayer], cache.layers), rows) for cache, rows in caches if rows]
        count = len(filled[0][0]) if filled else 0
        layers = [align_right([(layer[n], rows) for layer, rows in filled], width) for n in range(count)]
        self._cache = Cache(layers=layers)  # type: ignore[arg-type]


def align_right(parts: Sequence[tuple[PreallocatedLayer, list[int]]], width: int) -> PreallocatedLayer:
    """Joins rows of several layers in one of `width` columns: newest tokens aligned right, zeros on the left."""
    joined = PreallocatedLayer()
    for which in range(2):  # keys, values: (rows, KV heads, T, D)
        like = parts[0][0].buffers[which]
        slab = like.new_zeros(sum(len(rows) for _, rows in parts), like.shape[1], width, like.shape[3])
        start = 0
        for layer, rows in parts:
            shared = min(width, layer.length)
            newest = layer.buffers[which][rows, :, layer.length - shared : layer.length]
            slab[start : start + len(rows), :, width - shared :] = newest
            start += len(rows)
        joined.buffers.append(slab)
    joined.lazy_initialization(*joined.buffers)
    joined.keys, joined.values = joined.buffers
    joined.length = width
    return joined


class RoundRobin(Generic[T]):
    """A loop for each row, in turn: for a model with another kind of cache (sliding windows, llama.cpp)."""

    def __init__(self, model: LocalModel) -> None:
        self.model, self.end_ids = model, set(model.end_ids)
        self.rows: list[Row[T]] = []
        self._steps: dict[Row[T], Iterator[Any]] = {}

    def step(self, new_rows: Sequence[Row[T]] = ()) -> list[tuple[Row[T], SampledToken]]:
        """As `ContinuousBatch.step`."""
        self.rows = [row for row in self.rows if not row.finished] + list(new_rows)
        self._steps = {row: self._steps.get(row) or self._loop(row) for row in self.rows}
        drawn = []
        for row in self.rows:
            try:
                one = next(self._steps[row])
            except Exception as error:
                row.fail(error)
                continue
            columns = (one.ids, one.logps, one.top_ids, one.top_logps)
            token = SampledToken(*(column.tolist()[0] for column in columns))
            row.add(token, self.end_ids)
            drawn.append((row, token))
        return drawn

    def _loop(self, row: Row[T]) -> Iterator[Any]:
        network = self.model.network
        return sample_batch(
            network, torch.tensor([row.ids], device=network.device), row.settings,
            end_ids=self.model.end_ids, generator=row.generator, alternatives=TOP_K,
            vocab_size=len(self.model.tokenizer),
        )  # fmt: skip


def batch_for(model: LocalModel) -> ContinuousBatch[Any] | RoundRobin[Any]:
    """A `ContinuousBatch` if the model supports it, otherwise `RoundRobin`."""
    return ContinuousBatch(model) if is_preallocated(new_cache(model.network)) else RoundRobin(model)
