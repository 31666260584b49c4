"""One text under two models, such as a checkpoint before and after reinforcement learning: what has changed?

`model.read_text(prompt, text)` gives the log-probabilities of a text under a model; `compare` takes two such traces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import exp, fsum, log, nan
from typing import Any, NamedTuple

from labkit._arguments import checks_arguments
from labkit._host import display_hook
from labkit._host.notebook import in_notebook
from labkit._printable import printable
from labkit.errors import BadArgument
from labkit.rewards import bootstrap_interval
from labkit.traces import Trace, tables
from labkit.traces.steps import step_at

SHOWN = 5  # segments in the display
NEXT = "labkit.compare(before.read_text(prompt, text), after.read_text(prompt, text))"


class Segment(NamedTuple):
    """The shortest piece of text at whose ends both tokenizers have a boundary: with one tokenizer, a token.

    Attributes:
        text: its text.
        start: the index of its first character in the completion.
        logprob_a, logprob_b: log p of the piece under each model, in nats.
        kl: a lower bound of KL(b || a) of the next token, in nats; NaN if the piece is not one token of both, or no
            alternatives were recorded.
        kind: the kind of its step; "answer" or "tag" outside of the steps.
        step: the number of its step, from 1; 0 outside of the steps.
        tokens_a, tokens_b: its tokens `(first, end)` in each trace, counted from 0; `end` is not one of them.
    """

    text: str
    start: int
    logprob_a: float
    logprob_b: float
    kl: float
    kind: str
    step: int
    tokens_a: tuple[int, int]
    tokens_b: tuple[int, int]

    @property
    def difference(self) -> float:
        """log p under b less log p under a, in nats: above 0, b expects the piece more."""
        return self.logprob_b - self.logprob_a


class Mean(NamedTuple):
    """A mean with its 95 % interval, and the number of values (bootstrap over these values)."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Comparison:
    """One text under two models.

    Attributes:
        a, b: the traces.
        segments: the pieces of the text, in order; they cover the text.
    """

    a: Trace
    b: Trace
    segments: tuple[Segment, ...]

    @property
    def total(self) -> float:
        """log p of the text under b less that under a, in nats."""
        return fsum(segment.difference for segment in self.segments)

    def largest(self, n: int = SHOWN) -> list[Segment]:
        """The pieces with the largest difference in either direction, largest first."""
        return sorted(self.segments, key=lambda segment: -abs(segment.difference))[:n]

    def by_kind(self) -> dict[str, float]:
        """The mean difference of a piece, for each kind of step, in nats."""
        by_kind: dict[str, list[float]] = defaultdict(list)
        for segment in self.segments:
            by_kind[segment.kind].append(segment.difference)
        return {kind: fsum(values) / len(values) for kind, values in by_kind.items()}

    def to_frame(self) -> Any:
        """A `pandas.DataFrame` with one row a piece.

        Raises:
            LabkitError: pandas is not installed.
        """
        return tables.frame(
            [segment._asdict() | {"difference": segment.difference} for segment in self.segments]
        )

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """In a notebook, the last line of a cell is shown as a `labkit.CompareView`."""
        if not in_notebook():
            return {"text/plain": repr(self)}
        return display_hook.show("comparison", self)._repr_mimebundle_(**options)

    def __repr__(self) -> str:
        lines = [
            f"Comparison(a={printable(self.a.model)}, b={printable(self.b.model)}: {len(self.segments)} pieces, "
            f"log p(b) - log p(a) = {self.total:+.2f} nats)"
        ]
        lines += [f"  {s.difference:+.2f} nats at {s.text!r}, character {s.start}" for s in self.largest()]
        return "\n".join(lines)


@checks_arguments
def compare(a: Trace, b: Trace) -> Comparison:
    """Compares what two models give to one text.

    With different tokenizers, the pieces are as long as both need. The KL divergence is a lower bound: of the
    distributions, only the recorded alternatives are known, and all other tokens count as one (data-processing
    inequality).

    Args:
        a, b: traces of the same text, such as `model.read_text(prompt, text)` of two models.

    Raises:
        LabkitError: the texts differ, or a trace has no log-probabilities.
    """
    for trace in (a, b):
        if not trace.tokens.logprobs:
            raise BadArgument(
                f"The trace of {trace.model} has no log-probabilities.",
                why="they are compared.",
                next=NEXT,
            )
    if a.text != b.text:
        raise BadArgument("These are two texts.", why="one text is compared under two models.", next=NEXT)
    return Comparison(a, b, tuple(_segments(a, b)))


@checks_arguments
def mean_by_kind(comparisons: Iterable[Comparison]) -> dict[str, Mean]:
    """The mean difference for each kind of step, with its 95 % interval (bootstrap over the comparisons), in nats.

    A comparison counts once for each kind that it has. The interval of a single value is NaN.
    """
    by_kind: dict[str, list[float]] = defaultdict(list)
    for comparison in comparisons:
        for kind, mean in comparison.by_kind().items():
            by_kind[kind].append(mean)
    return {kind: _mean(values) for kind, values in by_kind.items()}


def _mean(values: list[float]) -> Mean:
    low, high = bootstrap_interval(values) if len(values) > 1 else (nan, nan)
    return Mean(fsum(values) / len(values), low, high, len(values))


def _segments(a: Trace, b: Trace) -> Iterable[Segment]:
    ends_a, ends_b = (list(accumulate(trace.tokens.sizes)) for trace in (a, b))
    raw = a.text.encode("utf-8", "surrogatepass")
    limits = [0, *sorted({*ends_a} & {*ends_b} - {0})]
    tokens = zip(_indices(ends_a, limits), _indices(ends_b, limits), strict=True)
    for (start, end), ((first_a, first_b), (last_a, last_b)) in zip(
        pairwise(limits), pairwise(tokens), strict=True
    ):
        character = a.char_starts[first_a]
        step = step_at(a.steps, character)
        is_token = last_a - first_a == last_b - first_b == 1
        yield Segment(
            text=raw[start:end].decode("utf-8", "replace"), start=character,
            logprob_a=fsum(a.tokens.logprobs[first_a:last_a]), logprob_b=fsum(b.tokens.logprobs[first_b:last_b]),
            kl=_kl(a, b, first_a, first_b) if is_token else nan,
            kind=step.kind if step else "answer" if tables.part_at(a, character) == "answer" else "tag",
            step=step.number if step else 0,
            tokens_a=(first_a, last_a), tokens_b=(first_b, last_b),
        )  # fmt: skip


def _indices(ends: Sequence[int], limits: Sequence[int]) -> list[int]:
    """For each limit, the number of tokens that end there or before; tokens without text belong to the piece before."""
    indices, token = [0], 0
    for limit in limits[1:]:
        while token < len(ends) and ends[token] <= limit:
            token += 1
        indices.append(token)
    return indices


def _kl(a: Trace, b: Trace, i: int, j: int) -> float:
    """A lower bound of KL(b || a) at one token: over the alternatives that both have, and all other tokens as one."""
    p, q = _alternatives(b, j), _alternatives(a, i)
    both = p.keys() & q.keys()
    if not both:
        return nan
    pairs = [(p[text], q[text]) for text in both]
    rest = (max(0.0, 1 - fsum(x for x, _ in pairs)), max(0.0, 1 - fsum(y for _, y in pairs)))
    terms = (x * log(x / y) for x, y in [*pairs, rest] if x > 0 and y > 0)
    return max(0.0, fsum(terms))


def _alternatives(trace: Trace, i: int) -> dict[str, float]:
    """The probability of each recorded alternative at a token, by its text; empty if none were recorded."""
    tokens, pieces = trace.tokens, trace.pieces
    if not tokens.top_ids:
        return {}
    rows = zip(tokens.top_ids[i], tokens.top_logprobs[i], strict=True)
    return {pieces.get(id, f"[{id}]"): exp(logprob) for id, logprob in rows}
