"""Teacher forcing: a network reads given tokens, and gives what it would have predicted at each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.cache_utils import Cache

from labkit.models.capture.capture import QKRecorder
from labkit.models.runtime.kv_cache import cache_argument
from labkit.models.runtime.threads import threads_for

PIECE = 512  # tokens of one forward pass
LOGITS = 50_000_000  # the most logits of one pass: 200 MB in float32, of which log-softmax and entropy take two copies


@dataclass(frozen=True)
class ScoredPiece:
    """The tokens of one forward pass, and what the network gave them.

    `ids` (t,); `logprobs`, `entropies` (t,) in nats, at temperature 1; `top_ids`, `top_logprobs` (t, k), likeliest
    first.
    """

    ids: list[int]
    logprobs: list[float]
    entropies: list[float]
    top_ids: list[list[int]]
    top_logprobs: list[list[float]]


def score_pieces(
    network: PreTrainedModel,
    ids: Sequence[int],
    first: int,
    cache: Cache,
    *,
    vocab_size: int,
    alternatives: int,
    keeper: QKRecorder | None = None,
) -> Iterator[ScoredPiece]:
    """Reads `ids` piece by piece; yields the tokens from `first` on.

    Args:
        network: stock `transformers` model.
        ids: prompt and completion, (N,).
        first: the first token to score, at least 1, since token 0 has no predecessor.
        cache: keys and values of the first tokens, fewer than `first`; it receives those of the others, and with
            `keeper` those of the last token, too.
        vocab_size: ids from here on are padding rows of the embedding.
        alternatives: number of likeliest tokens at each position.
        keeper: records queries and keys, inside `capturing(network, keeper)`; it needs the last token, too.
    """
    arguments: dict[str, Any] = {cache_argument(network): cache, "use_cache": True}
    if keeper is not None:
        arguments["labkit_recorder"] = keeper
    last = len(ids) if keeper is not None else len(ids) - 1
    step = max(1, min(PIECE, LOGITS // vocab_size))
    for start in range(cache.get_seq_length(), last, step):
        end = min(start + step, last)
        with torch.inference_mode(), threads_for(network):
            logits = network(
                input_ids=torch.tensor([list(ids[start:end])], device=network.device), **arguments
            ).logits
            targets = list(ids[start + 1 : end + 1])  # logits at a position predict the next token
            skipped = max(0, first - start - 1)
            piece = _scored(logits[0, skipped : len(targets), :vocab_size], targets[skipped:], alternatives)
        yield piece


def _scored(logits: Tensor, targets: list[int], alternatives: int) -> ScoredPiece:
    """What (t, V) logits give to (t,) targets."""
    logps = logits.float().log_softmax(-1)
    chosen = logps.gather(1, torch.tensor(targets, dtype=torch.long, device=logps.device)[:, None])[:, 0]
    top = logps.topk(min(alternatives, logps.shape[-1]), dim=-1)
    entropies = torch.special.entr(logps.exp()).sum(-1)
    columns = (chosen, entropies, top.indices, top.values)
    return ScoredPiece(targets, *(column.tolist() for column in columns))
