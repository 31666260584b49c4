"""The thoughts of a training view in its saved output: those about the watched problem, and as many others as fit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache

from labkit.traces import blocks
from labkit.training.run import Run
from labkit.views.core.packing import with_texts
from labkit.views.training.contract import SavedThought, Which
from labkit.views.training.data import thought_of

HUNDREDTHS = 100  # a saved number is a number of hundredths of a nat: a step of the colours is two
LARGEST = 10_000.0  # nats; a logprob of -inf has a place, too
STRIDES = (1, 2, 4, 8, 16, 32)


def variants(run: Run) -> Iterator[list[SavedThought]]:
    """The thoughts: all, then each second, fourth, ... of the kept ones, then fewer watched ones, then none.

    The newest is always among them: it is the one that the view opens.
    """
    thought = cache(lambda which, at: saved_thought(run, which, at))
    watched = [thought("watched", at) for at in every(len(run.watched), 1)]
    for stride in STRIDES:
        yield [*watched, *(thought("kept", at) for at in every(len(run.kept), stride))]
    for stride in STRIDES:
        yield [thought("watched", at) for at in every(len(run.watched), stride)]
    yield []


def every(count: int, stride: int) -> range:
    """Each `stride`-th index, from the last one down.

    >>> [*every(5, 2)], [*every(0, 2)]
    ([4, 2, 0], [])
    """
    return range(count - 1, -1, -stride)


def saved_thought(run: Run, which: Which, at: int) -> SavedThought:
    """One thought of the run."""
    trace = thought_of(run, which, at).trace
    tokens = with_texts(trace)
    return SavedThought(
        which=which, at=at, texts=tokens.texts, blocks=list(blocks(trace)),
        surprisals=hundredths([-value for value in tokens.logprobs]), entropies=hundredths(tokens.entropies),
    )  # fmt: skip


def hundredths(nats: Sequence[float]) -> list[int]:
    """Nats as whole numbers; unknown ones leave none.

    >>> hundredths([0.1234, float("inf")]), hundredths([float("nan")])
    ([12, 1000000], [])
    """
    if any(map(math.isnan, nats)):
        return []
    return [round(HUNDREDTHS * min(value, LARGEST)) for value in nats]
