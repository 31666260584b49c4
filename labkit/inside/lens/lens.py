"""The logit lens and the tuned lens: what would each layer predict if it were the last layer?

The logit lens (nostalgebraist 2020) decodes the residual stream after any layer as the model decodes the
last layer's: by the final norm and the unembedding. At the last layer it equals the model. Lower layers
use a different basis, so their tokens may be meaningless; the tuned lens (Belrose et al. 2023, arXiv
2303.08112) applies a trained affine map before the norm, one per layer.

A lens at a *position* of the stream predicts the token after that position. A trace of N ids has N - 1
such positions: the last token has no successor.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Self

import numpy as np
import torch
from torch import Tensor

from labkit._arguments import checks_arguments
from labkit._deprecated import renamed
from labkit.errors import BadArgument, Unsupported
from labkit.inside.lens.residual import Residuals
from labkit.inside.lens.tuned import Translators, load_translators
from labkit.inside.sequence import reader_of, sequence
from labkit.models import LanguageModel
from labkit.traces import Trace

LOGITS = 64_000_000  # bytes of logits in memory at a time: (L + 1) x N x V logits would never fit


@dataclass(frozen=True)
class LensTile:
    """The layers' predictions at positions `[first, first + W)`; every array is (L + 1, W), row 0 the embedding.

    Attributes:
        first: the first position.
        ids: the likeliest next token at each position.
        probabilities: its probability, 0 to 1.
        next_ids: (W,), the actual next tokens.
        next_probabilities: the probability of the actual next token.
        target_probabilities: the probability of the token that `follow` names; None without `follow`.
    """

    first: int
    ids: np.ndarray
    probabilities: np.ndarray
    next_ids: np.ndarray
    next_probabilities: np.ndarray
    target_probabilities: np.ndarray | None = None

    came = renamed("came", "next_ids")
    came_probabilities = renamed("came_probabilities", "next_probabilities")
    followed = renamed("followed", "target_probabilities")


@dataclass(frozen=True)
class TokenLens:
    """One token in every layer: probabilities 0 to 1 and ranks (1 is the likeliest), each (L + 1, W)."""

    probabilities: np.ndarray
    ranks: np.ndarray


class Lens:
    """The prediction of each layer at each position of a trace, as `labkit.inside.lens` returns it.

    No array of size layers x positions x vocabulary is kept: a window is computed on demand.

    Attributes:
        kind: `"logit"` or `"tuned"`.
        ids: (N,), prompt and completion.
        layers: L; stream 0 is the embedding, stream L the last layer's output.
        vocab_size: size of the tokenizer's vocabulary; later rows of the unembedding are padding and masked.
    """

    known = renamed("known", "vocab_size")

    def __init__(
        self, residuals: Residuals, ids: list[int], vocab_size: int, translators: Translators | None = None
    ) -> None:
        self.residuals, self.ids, self.vocab_size, self.translators = residuals, ids, vocab_size, translators
        self.kind = "tuned" if translators else "logit"
        self.layers = residuals.layers
        self._lock = RLock()

    def __len__(self) -> int:
        """The number of positions with a next token: N - 1."""
        return len(self.ids) - 1

    def __repr__(self) -> str:
        return f"Lens({self.kind}, {self.layers} layers, {len(self):,} positions, {self.residuals.held})"

    def with_translators(self, translators: Translators | None) -> Self:
        """The same streams with another lens: the tuned lens, or the logit lens for None."""
        return type(self)(self.residuals, self.ids, self.vocab_size, translators)

    # -- the layers' predictions -----------------------------------------------------------------

    @checks_arguments
    def logits(self, position: int) -> np.ndarray:
        """Logits after one position, (L + 1, V) float32; -inf beyond the tokenizer's vocabulary.

        Raises:
            LabkitError: the position does not exist.
        """
        self._check(position, position + 1)
        return self._decode(self._streams(position, position + 1)[:, 0]).cpu().numpy()

    @checks_arguments
    def tile(self, first: int = 0, last: int | None = None, *, follow: int | None = None) -> LensTile:
        """The likeliest token of every layer at positions `[first, last)`, all by default.

        Args:
            first, last: the window.
            follow: the id of a token whose probability is also returned, by the same pass.

        Raises:
            LabkitError: the window lies outside the trace, or the token does not exist.
        """
        first, last = self._check(first, last)
        next_ids = torch.tensor(self.ids[first + 1 : last + 1])
        targets = (
            [next_ids] if follow is None else [next_ids, torch.full_like(next_ids, self._check_token(follow))]
        )
        columns = self._columns(first, last, torch.stack(targets))
        return LensTile(
            first, columns["ids"], columns["top"], next_ids.numpy(), columns["targets"][..., 0],
            None if follow is None else columns["targets"][..., 1],
        )  # fmt: skip

    @checks_arguments
    def of(self, token_id: int, first: int = 0, last: int | None = None) -> TokenLens:
        """Probability and rank of one token in every layer at positions `[first, last)`.

        Raises:
            LabkitError: the token does not exist, or the window lies outside the trace.
        """
        first, last = self._check(first, last)
        targets = torch.full((1, last - first), self._check_token(token_id))
        columns = self._columns(first, last, targets, ranks=True)
        return TokenLens(columns["targets"][..., 0], columns["ranks"][..., 0])

    @checks_arguments
    def entropies(self, first: int = 0, last: int | None = None) -> np.ndarray:
        """The entropy of every layer's prediction at positions `[first, last)`: (L + 1, W), in nats.

        Raises:
            LabkitError: the window lies outside the trace.
        """
        first, last = self._check(first, last)
        return self._columns(first, last, torch.zeros(0, last - first, dtype=torch.int64), entropies=True)[
            "entropies"
        ]

    @checks_arguments
    def top(self, position: int, k: int = 5) -> tuple[np.ndarray, np.ndarray]:
        """The k likeliest ids of every layer after a position and their probabilities, (L + 1, k) each."""
        logits = torch.from_numpy(self.logits(position))
        best = logits.softmax(-1).topk(min(k, self.vocab_size))
        return best.indices.numpy(), best.values.numpy()

    @checks_arguments
    def appears(self, first: int = 0, last: int | None = None) -> np.ndarray:
        """The decision layer of each token: (W,), the first layer from which it stays the likeliest to the end.

        -1 if the token is not the likeliest at the last layer: sampling chose an unlikely token.

        Raises:
            LabkitError: the window lies outside the trace.
        """
        return settle_layers(self.tile(first, last))

    # -- internals -------------------------------------------------------------------------------

    def _check(self, first: int, last: int | None) -> tuple[int, int]:
        end = len(self) if last is None else last
        if not all(isinstance(i, int | np.integer) for i in (first, end)) or not 0 <= first < end <= len(
            self
        ):
            raise BadArgument(
                f"Positions {first!r} to {end!r} are not all in this trace.",
                why=f"its {len(self.ids):,} tokens make positions 0 to {len(self) - 1:,} with a next token, and "
                "a window [first, last) holds one or more of them.",
                next=f"lens.tile(0, {min(32, len(self))})",
            )
        return int(first), int(end)

    def _check_token(self, token_id: int) -> int:
        if not isinstance(token_id, int) or isinstance(token_id, bool) or not 0 <= token_id < self.vocab_size:
            raise BadArgument(
                f"There is no token {token_id!r}.",
                why=f"this tokenizer knows ids from 0 to {self.vocab_size - 1:,}.",
                next="lens.of(trace.tokens.ids[0])",
            )
        return token_id

    def _streams(self, first: int, last: int) -> Tensor:
        """The streams, (L + 1, W, D), after the translators if the lens is tuned."""
        with self._lock, torch.no_grad():
            streams = self.residuals.window(first, last)
            return self.translators(streams) if self.translators else streams

    def _decode(self, streams: Tensor) -> Tensor:
        """Streams (..., D) to logits (..., V) in float32: final norm, unembedding, mask."""
        parts = self.residuals.parts
        with torch.no_grad():
            logits: Tensor = parts.head(parts.norm(streams)).float()
            logits[..., self.vocab_size :] = -torch.inf
            return logits

    def _columns(
        self, first: int, last: int, targets: Tensor, *, ranks: bool = False, entropies: bool = False
    ) -> dict[str, np.ndarray]:
        """The statistics of a window without its logits, computed a few rows at a time.

        `targets` (k, W) are ids; their probabilities and ranks are (L + 1, W, k), all other results (L + 1, W).
        With a large vocabulary each pass over the logits costs as much as the unembedding, hence the flags.
        """
        rows = self._streams(first, last).flatten(0, 1)  # ((L + 1) W, D)
        targets = targets.T.repeat(self.layers + 1, 1).to(rows.device)  # ((L + 1) W, k)
        step = max(1, LOGITS // (4 * self.residuals.vocabulary))
        columns: dict[str, list[Tensor]] = {}
        for start in range(0, len(rows), step):
            logits = self._decode(rows[start : start + step])  # (rows, V)
            best, ids = logits.max(-1)
            log_total = logits.logsumexp(-1)
            target_logits = logits.gather(1, targets[start : start + step])  # (rows, k)
            part = {
                "ids": ids,
                "top": (best - log_total).exp(),
                "targets": (target_logits - log_total[:, None]).exp(),
            }
            if ranks:
                part["ranks"] = torch.stack(
                    [1 + (logits > one[:, None]).sum(-1) for one in target_logits.T], -1
                )
            if entropies:
                part["entropies"] = torch.special.entr((logits - log_total[:, None]).exp()).sum(-1)
            for name, values in part.items():
                columns.setdefault(name, []).append(values.cpu())
        shape = (self.layers + 1, last - first)
        return {name: torch.cat(parts).unflatten(0, shape).numpy() for name, parts in columns.items()}


def settle_layers(tile: LensTile) -> np.ndarray:
    """(W,): the first layer from which the actual token stays the likeliest to the end; -1 if no layer qualifies."""
    agree = tile.ids == tile.next_ids  # (L + 1, W)
    to_the_end = np.logical_and.accumulate(agree[::-1])[::-1]
    return np.where(to_the_end[-1], to_the_end.argmax(0), -1)


@checks_arguments
def lens(trace: Trace, model: LanguageModel | None = None, kind: str | Path = "logit") -> Lens:
    """Decodes every layer's residual stream as if it were the last layer's.

    One forward pass over the trace, in chunks; the network is unchanged afterwards, also after an error or
    an Interrupt. The memory is checked before the pass; `print(lens)` shows it.

    Args:
        trace: a trace of a model of the families Qwen2, Qwen3, Llama, Mistral, gpt-oss.
        model: the model for the forward pass; by default the model that wrote the thought.
        kind: `"logit"`, `"tuned"` if labkit ships a lens for this model (R1-mini), or the path of
            a lens that `labkit train` made.

    Raises:
        LabkitError: the model is missing or of another family, it has no tuned lens, the trace is longer than
            the context, or the memory is too small.

    Source: logit lens: nostalgebraist 2020; tuned lens: Belrose et al. 2023, arXiv 2303.08112.
    """
    reader = reader_of(trace, model)
    translators = None if kind == "logit" else load_translators(reader, kind)
    ids = sequence(trace)
    residuals = Residuals(reader.network, ids)
    vocab_size = min(len(reader.tokenizer), residuals.vocabulary)
    lens = Lens(residuals, ids, vocab_size, translators)
    _check_head(lens, type(reader.network).__name__)
    return lens


def _check_head(lens: Lens, name: str) -> None:
    """Checks that the last layer's logits equal the model's; a family that caps or scales its logits fails."""
    last = len(lens.ids) - 1
    own = lens.residuals.last_logits.float()[: lens.vocab_size]
    difference = (
        (lens._decode(lens.residuals.window(last, last + 1)[-1, 0])[: lens.vocab_size] - own).abs().max()
    )
    if difference > 0.02 * own.abs().max():  # two bfloat16 kernels may differ by half of that
        raise Unsupported(
            f"labkit cannot read the layers of a {name}.",
            why="its logits are more than norm and unembedding of the last layer, so a lens would mislead.",
            next='lens = labkit.inside.lens(labkit.load("r1-mini").think("Using 3, 5 and 9, make 24."))',
        )
