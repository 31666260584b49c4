"""Adapts llama.cpp to the interface of a `transformers` network: tokens in, logits out, with a KV cache.

`LlamaNetwork` has the methods that `labkit.models.local.sampling` needs of a network, `LlamaKVCache` those of a cache.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from labkit.errors import FileDamaged, LabkitError, NotEnoughMemory, Unsupported
from labkit.models.runtime.threads import cpu_quota

MAX_SEQUENCES = 64  # rollouts at a time: the sequence limit of llama.cpp
PREFILL_CHUNK = 512  # tokens of one prefill chunk
NULL_LOG = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(lambda *_: None)


def unsupported_inspection(name: str) -> Unsupported:
    """The error for a request to inspect the network."""
    return Unsupported(
        f"{name} cannot be looked into.",
        why="llama.cpp computes it, and keeps queries, keys and the residual stream to itself.",
        next='model = labkit.load(file, engine="transformers")  # takes more memory, and is open',
    )


class LlamaNetwork:
    """The interface of a `transformers` network that sampling needs, implemented with llama.cpp.

    Attributes:
        config: the configuration of the file, as `transformers` reads it.
    """

    dtype = torch.float16  # of the KV cache
    device = torch.device("cpu")  # the device of the logits
    training = False

    def __init__(self, file: Path, config: Any, *, on_card: bool) -> None:
        from transformers import GenerationConfig

        self.config, self.lib, self.name = config, _library(), file.name
        self.generation_config = GenerationConfig.from_model_config(config)
        options = self.lib.llama_model_default_params()
        options.n_gpu_layers = 999 if on_card else 0
        self.model = self.lib.llama_model_load_from_file(str(file).encode(), options)
        if not self.model:
            raise FileDamaged(
                f"{file.name} could not be read.",
                why="it is cut off, or of an architecture that this llama.cpp does not know.",
                next="copy the file again, whole; or: pip install --upgrade llama-cpp-python",
            )
        weakref.finalize(self, self.lib.llama_model_free, self.model)
        self.vocabulary = self.lib.llama_vocab_n_tokens(self.lib.llama_model_get_vocab(self.model))

    @property
    def base_model(self) -> Any:
        """Not available: `labkit.inside` would read it.

        Raises:
            LabkitError: always.
        """
        raise unsupported_inspection(self.name)

    def forward(
        self, input_ids: Tensor, past_key_values: LlamaKVCache | None = None, use_cache: bool = True,
        logits_to_keep: int = 0,
    ) -> Any:  # fmt: skip
        """Appends tokens (A, t) to the cache; `.logits` (A, t, V), or of the last `logits_to_keep`.

        Raises:
            LabkitError: the cache is missing: the caller wants to inspect the network.
        """
        if past_key_values is None:
            raise unsupported_inspection(self.name)
        first = max(0, input_ids.shape[1] - logits_to_keep) if logits_to_keep else 0
        return SimpleNamespace(logits=past_key_values.append(input_ids, first))

    __call__ = forward

    def new_cache(self) -> LlamaKVCache:
        """An empty cache."""
        return LlamaKVCache(self)

    def num_parameters(self) -> int:
        """Number of weights in the file."""
        return int(self.lib.llama_model_n_params(self.model))

    @property
    def n_weight_bytes(self) -> int:
        """Bytes of the weights."""
        return int(self.lib.llama_model_size(self.model))

    def parameters(self) -> list[Tensor]:
        """An empty list: torch has no access to the weights."""
        return []

    modules = parameters

    def get_output_embeddings(self) -> None:
        """Returns None: llama.cpp does not expose the unembedding."""


class LlamaKVCache:
    """A KV cache of llama.cpp with one sequence a row; rows share the cells of a common prefix.

    It replaces a `transformers` cache with one layer. The context grows on demand: llama.cpp needs its size before
    the first token, when the size is still unknown.
    """

    def __init__(self, network: LlamaNetwork) -> None:
        self.network, self.lib = network, network.lib
        self.rows: list[int] = []  # the sequence number of each row of the batch
        self.length = self.used = self.room = 0  # tokens a row; used cells; allocated cells
        self.context: Any = None
        self._free: Any = lambda: None

    @property
    def layers(self) -> list[LlamaKVCache]:
        """The cache itself, for all layers."""
        return [self]

    def get_seq_length(self) -> int:
        """Number of tokens in each row."""
        return self.length

    def reorder_cache(self, rows: Tensor) -> None:
        """Keeps the given rows of the batch; a repeated index repeats the row."""
        sequences = [self.rows[row] for row in rows.tolist()]
        if len(sequences) > MAX_SEQUENCES:
            raise Unsupported(
                f"llama.cpp cannot sample {len(sequences)} rollouts at once.",
                why=f"it keeps {MAX_SEQUENCES} apart.",
                next=f"group = model.sample(prompt, n={MAX_SEQUENCES})",
            )
        memory, spare = (
            self.lib.llama_get_memory(self.context),
            sorted(set(range(MAX_SEQUENCES)) - set(sequences)),
        )
        for gone in set(self.rows) - set(sequences):
            self.lib.llama_memory_seq_rm(memory, gone, -1, -1)
        taken: set[int] = set()
        for row, sequence in enumerate(sequences):
            if sequence in taken:
                sequences[row] = spare.pop(0)
                self.lib.llama_memory_seq_cp(memory, sequence, sequences[row], -1, -1)
            taken.add(sequence)
        self.rows = sequences

    def append(self, ids: Tensor, first: int) -> Tensor:
        """Appends (A, t) tokens; returns the logits of columns `first` to the end, (A, t - first, V) float32."""
        rows, columns = ids.shape
        self.rows = self.rows or list(range(rows))
        if rows > MAX_SEQUENCES:
            raise Unsupported(f"llama.cpp cannot read {rows} texts at once.", why=f"it keeps {MAX_SEQUENCES} apart.",
                              next="model.think(prompt)  # one after the other")  # fmt: skip
        self._require(ids.numel())
        result = np.empty((rows, columns - first, self.network.vocabulary), np.float32)
        places = [(row, column) for row in range(rows) for column in range(columns)]
        texts = ids.tolist()
        for at in range(0, len(places), PREFILL_CHUNK):
            piece = places[at : at + PREFILL_CHUNK]
            self._decode([(texts[r][c], self.length + c, self.rows[r], c >= first) for r, c in piece])
            for index, (row, column) in enumerate(piece):
                if column >= first:
                    logits = self.lib.llama_get_logits_ith(self.context, index)
                    result[row, column - first] = np.ctypeslib.as_array(logits, (result.shape[-1],))
        self.length, self.used = self.length + columns, self.used + ids.numel()
        return torch.from_numpy(result)

    def _decode(self, tokens: list[tuple[int, int, int, bool]]) -> None:
        """Runs tokens: id, position, sequence, and whether to return the logits."""
        batch = self.lib.llama_batch_init(len(tokens), 0, 1)
        try:
            batch.n_tokens = len(tokens)
            for i, (id, position, sequence, has_logits) in enumerate(tokens):
                batch.token[i], batch.pos[i], batch.logits[i] = id, position, has_logits
                batch.n_seq_id[i], batch.seq_id[i][0] = 1, sequence
            code = self.lib.llama_decode(self.context, batch)
        finally:
            self.lib.llama_batch_free(batch)
        if code:
            raise LabkitError(
                f"llama.cpp stopped with code {code}.",
                why="it found no room for the next tokens, or cannot compute this model.",
                next="trace = model.think(prompt, max_new_tokens=512)",
            )

    def _require(self, new: int) -> None:
        """Makes room for `new` tokens: allocates a context of twice the size and copies every sequence into it."""
        if self.used + new <= self.room:
            return
        cells = len(self.rows) * self.length + new
        options = self.lib.llama_context_default_params()
        room = max(2 * self.room, PREFILL_CHUNK * -(-cells // PREFILL_CHUNK))
        options.n_ctx, options.n_batch, options.n_ubatch = room, PREFILL_CHUNK, PREFILL_CHUNK
        options.n_seq_max, options.kv_unified = MAX_SEQUENCES, True
        options.n_threads = options.n_threads_batch = cpu_quota() or os.cpu_count() or 1
        context = self.lib.llama_init_from_model(self.network.model, options)
        if not context:
            raise NotEnoughMemory(
                f"llama.cpp found no memory for {room:,} tokens.",
                why="it keeps keys and values of each.",
                next="trace = model.think(prompt, max_new_tokens=512)",
            )
        for sequence in self.rows if self.length else []:
            size = self.lib.llama_state_seq_get_size(self.context, sequence)
            state = (ctypes.c_uint8 * size)()
            self.lib.llama_state_seq_get_data(self.context, state, size, sequence)
            self.lib.llama_state_seq_set_data(context, state, size, sequence)
        self._free()
        self._free = weakref.finalize(self, self.lib.llama_free, context)
        self.context, self.room, self.used = context, room, len(self.rows) * self.length


@cache
def _library() -> Any:
    """The C functions of `llama_cpp`, initialised once and with its logging turned off."""
    import llama_cpp

    llama_cpp.llama_log_set(NULL_LOG, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    return llama_cpp
