"""Old public names of labkit.inside work for one version and warn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from labkit.inside import Fork, Importance, LensTile
from labkit.inside.attention.heads import RankedHeads
from labkit.traces import Trace, TraceGroup

FORK = Fork(Trace.from_text("a prompt", "a text"), 0, "13", 2, TraceGroup(()), 1)
IMPORTANCE = Importance("resampling", 1, "", (), (), 0)
TILE = LensTile(0, *(np.full((1, 1), i) for i in range(4)), np.full((1, 1), 5))
HEADS = RankedHeads("induction", (), "a description", "a source", 1)


@pytest.mark.parametrize(
    ("owner", "old", "new"),
    [
        (FORK, "put", "replacement"), (FORK, "where", "description"),
        (IMPORTANCE, "kept", "with_step"), (IMPORTANCE, "without", "without_step"),
        (TILE, "came", "next_ids"), (TILE, "came_probabilities", "next_probabilities"),
        (TILE, "followed", "target_probabilities"), (HEADS, "means", "description"),
    ],
)  # fmt: skip
def test_an_old_name_returns_the_same_and_warns(owner: Any, old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{old} is now called {new}"):
        assert getattr(owner, old) is getattr(owner, new) or getattr(owner, old) == getattr(owner, new)
