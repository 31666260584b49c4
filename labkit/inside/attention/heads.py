"""Finds heads with a known function (previous-token, induction, ...) by a documented score."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal, get_args

import torch
from torch import Tensor

from labkit._arguments import checks_arguments
from labkit._deprecated import renamed
from labkit.errors import BadArgument, LabkitError
from labkit.inside.attention.attention import rows_of
from labkit.inside.attention.steps import as_read, into_parts, kurtosis, sentences, vertical_scores
from labkit.inside.sequence import sequence
from labkit.models.capture.qk_capture import QKCapture
from labkit.traces import Trace

HeadKind = Literal["target", "previous-token", "induction", "first-token", "receiver"]
ROWS = 1_000_000  # numbers per head that a search may read; for a longer trace it reads fewer rows

DESCRIPTIONS: dict[HeadKind, tuple[str, str]] = {
    "target": (
        "the share of the completion's attention that falls on {target} in the prompt",
        "counted here",
    ),
    "previous-token": (
        "the mean weight on the token just before",
        "Clark et al. 2019, arXiv 1906.04341",
    ),
    "induction": (
        "where a token has come before, the mean weight on the token that followed it then",
        "Olsson et al. 2022, arXiv 2209.11895",
    ),
    "first-token": (
        "the mean weight on the very first token, the attention sink",
        "Xiao et al. 2023, arXiv 2309.17453",
    ),
    "receiver": (
        "the kurtosis of how much each sentence is looked at from at least four sentences later",
        "Bogdan et al. 2025 (Thought Anchors), arXiv 2506.19143",
    ),
}


@dataclass(frozen=True)
class Head:
    """A head and its score."""

    layer: int
    head: int
    score: float


@dataclass(frozen=True)
class RankedHeads:
    """Heads, the highest score first; `description` and `source` define the score.

    The score was computed from `rows_read` rows of the trace.
    """

    what: HeadKind
    heads: tuple[Head, ...]
    description: str
    source: str
    rows_read: int

    means = renamed("means", "description")

    def __repr__(self) -> str:
        best = ", ".join(f"layer {h.layer} head {h.head}: {h.score:.2f}" for h in self.heads[:5])
        return f"{self.what} heads by {self.description} ({self.source}): {best}"


@checks_arguments
def find(trace: Trace, what: HeadKind, *, target: str | None = None) -> RankedHeads:
    """Ranks all heads by a score.

    Args:
        trace: a captured trace.
        what: `"target"`, `"previous-token"`, `"induction"`, `"first-token"` or `"receiver"`.
        target: for `"target"`, a text of the prompt; by default the last number of the prompt.

    Raises:
        LabkitError: the trace was not captured, the score is unknown, the prompt does not contain the
            target, or the thought has too few steps for receiver heads.
    """
    if what not in get_args(HeadKind):
        raise BadArgument(f"labkit knows no {what!r} heads.", why=f"it scores {', '.join(get_args(HeadKind))}.",
                          next='labkit.inside.find(trace, "previous-token")')  # fmt: skip
    inside = trace.inside
    rows = rows_to_read(inside)
    if what == "target":
        target = target or last_number(trace)
    score = scorer(trace, what, rows, target)
    heads = [
        Head(layer, head, score(rows_of(inside, layer, head, rows)))
        for layer in range(inside.layers)
        for head in range(inside.heads)
    ]
    description, source = DESCRIPTIONS[what]
    ranked = tuple(sorted(heads, key=lambda h: (-h.score, h.layer, h.head)))
    return RankedHeads(what, ranked, description.format(target=repr(target)), source, len(rows))


def rows_to_read(inside: QKCapture) -> Tensor:
    """All rows, or as many evenly spread rows as `ROWS` allows: (R,) positions."""
    n = inside.count
    return torch.arange(0, n, max(1, -(-n * n // ROWS)))


def scorer(trace: Trace, what: HeadKind, rows: Tensor, target: str | None) -> Callable[[Tensor], float]:
    """The score of a head from its weights, (R, N) for positions `rows`."""
    n = trace.inside.count
    if what == "target":
        return attention_to_target(positions_in_prompt(trace, target or ""), rows >= len(trace.prompt_ids))
    if what == "previous-token":
        return lambda weights: mean_at(weights, rows, rows - 1)
    if what == "first-token":
        return lambda weights: mean_at(weights, rows, torch.where(rows > 0, 0, -1))
    if what == "induction":
        return induction_score(sequence(trace)[:n], rows)
    return receiver(trace, rows)


def mean_at(weights: Tensor, rows: Tensor, columns: Tensor) -> float:
    """Mean weight of each row at its own column; a column below 0 leaves the row out."""
    present = columns >= 0
    if not bool(present.any()):
        return 0.0
    return float(weights[present].gather(1, columns[present, None]).mean())


def attention_to_target(columns: list[int], completion: Tensor) -> Callable[[Tensor], float]:
    """Mean, over the rows of the completion, of their summed weight on the columns."""
    return lambda weights: float(weights[completion][:, columns].sum(1).mean())


def induction_score(ids: list[int], rows: Tensor) -> Callable[[Tensor], float]:
    """Mean weight on the token after the last earlier occurrence of the row's own token."""
    latest: dict[int, int] = {}
    after = []
    for i, token in enumerate(ids):
        after.append(latest.get(token, -2) + 1)
        latest[token] = i
    # If a token repeats, the token right before is its own follower: such a match is a previous-token head's.
    columns = torch.tensor([j if j < i else -1 for i, j in enumerate(after)])[rows]
    return lambda weights: mean_at(weights, rows, columns)


def receiver(trace: Trace, rows: Tensor) -> Callable[[Tensor], float]:
    """Kurtosis of the vertical attention scores of the thought's sentences.

    Raises:
        LabkitError: fewer than eight sentences.
    """
    steps = as_read(sentences(trace), trace.inside.count)
    if len(steps) < 8:
        raise LabkitError(
            f"Receiver heads cannot be identified in {len(steps)} sentences.",
            why="the score compares how much each is looked at from at least four sentences later.",
            next='trace = model.think(a_harder_problem, capture="qk")  # eight sentences or more',
        )
    edges = torch.tensor([steps[0].first, *(s.last for s in steps)])
    part_of = torch.bucketize(rows, edges[1:], right=True)
    within = (rows >= edges[0]) & (rows < edges[-1])

    def score(weights: Tensor) -> float:
        sums = into_parts(weights[within], edges) / edges.diff()  # mean weight on a token of each step
        count = torch.zeros(len(steps)).index_add_(0, part_of[within], torch.ones(int(within.sum())))
        matrix = torch.zeros(len(steps), len(steps)).index_add_(0, part_of[within], sums)
        return kurtosis(vertical_scores(matrix.div(count.clamp(min=1)[:, None]).numpy()))

    return score


def last_number(trace: Trace) -> str:
    """The last number of the prompt: in a Countdown problem, the target.

    Raises:
        LabkitError: the prompt contains no number.
    """
    numbers = re.findall(r"\d+", trace.prompt)
    if not numbers:
        raise BadArgument("The prompt holds no number to look for.", why=f"it is {trace.prompt[:60]!r}.",
                          next='labkit.inside.find(trace, "target", target="a word of the prompt")')  # fmt: skip
    return numbers[-1]


def positions_in_prompt(trace: Trace, target: str) -> list[int]:
    """Positions of the tokens that spell the last occurrence of `target` in the prompt.

    Raises:
        LabkitError: the prompt does not contain it.
    """
    texts = trace.prompt_texts
    text = "".join(texts)
    words = list(re.finditer(rf"(?<!\w){re.escape(target)}(?!\w)", text)) if target else []
    if not words:
        raise BadArgument(f"{target!r} is not in the prompt.", why=f"the prompt is {trace.prompt[:80]!r}.",
                          next='labkit.inside.find(trace, "target")  # its last number')  # fmt: skip
    first, last = words[-1].span()
    spans = pairwise(accumulate((len(t) for t in texts), initial=0))
    return [i for i, (a, b) in enumerate(spans) if a < last and b > first]
