"""A network on a card: every way to think and to look inside keeps its tensors together, and finds the same.

This machine has no card: `tests/pretend_card.py` marks the tensors that would be on one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import labkit
from labkit import inside
from labkit.models import LocalModel
from labkit.tasks import countdown
from labkit.traces import Trace

sys.path.append(str(Path(__file__).parents[1]))
from pretend_card import pretend_card

PROBLEM = countdown.problems(1)[0]


@pytest.fixture(scope="module")
def on_card() -> Iterator[LocalModel]:
    model = labkit.load("r1-mini")
    with pretend_card(model.network):
        assert str(model.network.device) == "cuda:0"
        yield model


@pytest.fixture(scope="module")
def trace(on_card: LocalModel) -> Trace:
    return on_card.think(PROBLEM, temperature=0, capture="qk", show=False)


def test_the_pretence_minds_where_tensors_are() -> None:
    with pretend_card() as card:
        here, there = torch.ones(3), torch.ones(3).to("cuda")
        assert (
            str(there.device) == "cuda:0"
            and str((there + 1).device) == "cuda:0"
            and here.device.type == "cpu"
        )
        with pytest.raises(RuntimeError, match="same device"):
            here + there
        with pytest.raises(TypeError, match="numpy"):
            there.numpy()
        assert (there.cpu() + here).numpy().tolist() == [2, 2, 2] and there.tolist() == [1, 1, 1]
        assert there not in card.there or str(there.to("cpu").device) == "cpu"


@pytest.mark.slow
def test_it_writes_what_a_processor_writes(on_card: LocalModel, mini: LocalModel, trace: Trace) -> None:
    assert trace.text == mini.think(PROBLEM, temperature=0, show=False).text
    for n in (1, 3):
        settings = {"seed": 5, "n": n, "max_new_tokens": 40}
        assert [t.text for t in on_card.sample(PROBLEM, **settings)] == [
            t.text for t in mini.sample(PROBLEM, **settings)
        ]
    assert "float32 on cuda:0" in repr(on_card)


@pytest.mark.slow
def test_what_is_looked_at_inside_is_the_same(trace: Trace, mini: LocalModel) -> None:
    there = mini.think(PROBLEM, temperature=0, capture="qk", show=False)
    np.testing.assert_allclose(inside.attention(trace, 1, 1), inside.attention(there, 1, 1), atol=1e-5)
    np.testing.assert_allclose(
        inside.step_attention(trace, 2, 0), inside.step_attention(there, 2, 0), atol=1e-5
    )
    for kind in ("logit", "tuned"):
        found = inside.lens(trace, kind=kind).tile(0, 20)
        assert (found.ids == inside.lens(there, kind=kind).tile(0, 20).ids).mean() > 0.99
    assert labkit.LensView(trace).scene["count"] == labkit.LensView(there).scene["count"]


@pytest.mark.slow
def test_forks_edits_and_importance_run(on_card: LocalModel, trace: Trace) -> None:
    assert len(inside.fork(trace, at=10, n=2, temperature=0.6, max_new_tokens=8).rollouts) == 2
    for edit in (
        inside.zero_head(1, 1),
        inside.mean_head(1, 1, over=trace),
        inside.suppress(trace, 2),
        inside.zero_layer(3),
    ):
        assert np.isfinite(inside.effect(trace, edit))
    assert len(inside.logprobs(trace, on_card)) == len(trace.tokens.ids)
    assert inside.step_importance(trace) and inside.find(trace, "induction")
    assert inside.forced_answer_importance(trace, n=2) and inside.capture(trace, on_card).inside
