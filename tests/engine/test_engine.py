"""The engine of the page writes what torch writes; `python -m tests.engine.compare` holds it on 200 prompts."""

from __future__ import annotations

import shutil

import pytest

from .compare import CLOSE, compare

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("node") is None, reason="the engine is run in Node, which is not installed"
    ),
]


@pytest.mark.parametrize("model", ["r1-mini", "r1-nano"])
def test_the_engine_writes_the_tokens_of_torch(model: str) -> None:
    found = compare(model, prompts=2, rollouts=2)
    assert not found.wrong and found.equal + found.close == found.thoughts == 8
    assert {*found.worst} == {"logprob", "entropy", "alternatives", "residuals", "queries", "keys"}
    assert max(found.worst.values()) < CLOSE
