"""Continues a thought with a network in this process: one batch of rollouts after a single prefill."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from threading import Event

import torch
from transformers.cache_utils import Cache

from labkit.errors import BadArgument, LabkitError
from labkit.inside.forks.batch import ContinuationBatch, fork_backend
from labkit.inside.forks.prefix_cache import cached_prefix, score_tokens
from labkit.inside.sequence import model_for_inspection, sequence
from labkit.models import LocalModel, families, prompts
from labkit.models.local.recorder import TOP_K, Recorder, record_column
from labkit.models.local.sampling import sample_batch
from labkit.models.runtime.kv_cache import new_cache
from labkit.models.runtime.memory_budget import kv_bytes, max_batch, require_memory
from labkit.traces import SamplingParams, Tokens, Trace

COLUMNS = ("logprobs", "entropies", "top_ids", "top_logprobs")


class LocalBatch(ContinuationBatch):
    """A batch sampled by the network; `replacement` holds token ids."""

    model: LocalModel

    @property
    def replacement_text(self) -> str:
        """The inserted text; an end token, which has no text, is shown by its name."""
        pieces = self.model.pieces
        text = b"".join(pieces.bytes(i) for i in self.replacement).decode("utf-8", "replace")
        return text if text or not self.replacement else pieces.text(self.replacement[0])

    def steps(self, stop: Event) -> Generator[None]:
        """Decodes into the recorders, one token of every rollout per `next` call."""
        model, settings = self.model, self.settings
        ids = [*sequence(self.trace)[: len(self.trace.prompt_ids) + self.prefix_len], *self.replacement]
        columns, cache = self._prefill(ids)
        started, last = time.perf_counter(), columns.times[-1] if len(columns) else 0.0
        for _ in range(self.n):
            recorder = Recorder(self.head, model.pieces)
            recorder.extend(columns)
            recorder.ended = bool(self.replacement) and self.replacement[-1] in model.end_ids
            self.recorders.append(recorder)
        if self.recorders[0].ended or stop.is_set():
            return
        for column in sample_batch(
            model.network, torch.tensor([ids[-1:]], device=model.network.device), settings, cache=cache,
            repeat=self.n, alternatives=TOP_K, vocab_size=len(model.tokenizer), fast_path=True, stop=stop,
            end_ids=model.end_ids, generator=torch.Generator().manual_seed(settings.seed or 0),
        ):  # fmt: skip
            record_column(self.recorders, column, last + time.perf_counter() - started, model.end_ids)
            yield

    def _prefill(self, ids: Sequence[int]) -> tuple[Tokens, Cache]:
        """The columns of the kept and inserted tokens, and a KV cache of all these tokens but the last."""
        tokens, prompt = self.trace.tokens, len(self.trace.prompt_ids)
        if any(not getattr(tokens, name) for name in COLUMNS):  # a trace from another source: computed again
            cache = new_cache(self.model.network)
            return score_tokens(self.model, ids, prompt, cache), cache
        first = prompt + self.prefix_len
        cache = cached_prefix(self.model, sequence(self.trace), first - 1)
        return _joined(tokens, self.prefix_len, score_tokens(self.model, ids, first, cache)), cache


def _joined(old: Tokens, prefix_len: int, new: Tokens) -> Tokens:
    """The first `prefix_len` tokens of the first record, followed by the second record; texts are left out."""
    times = old.times[:prefix_len] or [0.0] * prefix_len
    columns = {
        name: [*getattr(old, name)[:prefix_len], *getattr(new, name)] for name in ("ids", "sizes", *COLUMNS)
    }
    return Tokens(**columns, times=[*times, *(times[-1:] or [0.0]) * len(new)])


@fork_backend.register(LocalModel)
@dataclass(frozen=True)
class LocalForks:
    """Continues thoughts with a network in this process; replacements are token ids."""

    model: LocalModel

    def token_by_id(self, trace: Trace, id: int) -> tuple[int, ...]:
        """A token by its id.

        Raises:
            LabkitError: the model has no token of this id.
        """
        vocab_size = len(self.model.tokenizer)
        if 0 <= id < vocab_size:
            return (id,)
        raise BadArgument(f"There is no token {id:,}.", why=f"{self.model.name} has {vocab_size:,}, counted from 0.",
                          next="trace.alternatives(0)  # the likeliest ones, with their ids")  # fmt: skip

    def encode(self, text: str) -> tuple[int, ...]:
        """A text as tokens."""
        return tuple(self.model.tokenizer.encode(text, add_special_tokens=False))

    def check_in_vocabulary(self, text: str) -> None:
        """Checks that an embedded model has tokens for a text.

        Raises:
            LabkitError: names the first word without a token.
        """
        model = self.model
        if not families.named(model.family).closed_vocabulary:
            return
        try:
            prompts.check_in_vocabulary(model.tokenizer, [{"content": text}], model.name)
        except LabkitError as error:
            raise BadArgument(
                f"{model.name} has no tokens for {text.strip()!r}.", why=error.why,
                next='labkit.inside.fork(trace, at=0, replace="Go back")',
            ) from None  # fmt: skip

    def make_batch(
        self, trace: Trace, prefix_len: int, replacement: Sequence[int], n: int, params: SamplingParams
    ) -> ContinuationBatch:
        """A batch whose memory is checked before it is allocated.

        Raises:
            NotEnoughMemory: names the missing bytes.
        """
        model = model_for_inspection(trace, self.model)
        before = len(trace.prompt_ids) + prefix_len + len(replacement)
        longest = before + params.max_new_tokens
        require_memory(
            n * kv_bytes(model.network.config, longest, width=model.network.dtype.itemsize),
            what=f"The KV cache of {n} x {longest:,} tokens",
            next=lambda: (
                f"labkit.inside.fork(trace, at={prefix_len}, n={max_batch(model.network, before + 512, n)}, "
                "max_new_tokens=512)"
            ),
        )
        return LocalBatch(model, trace, prefix_len, tuple(replacement), n, params)
