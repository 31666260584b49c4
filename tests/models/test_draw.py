"""Which token is drawn: the distribution is that of transformers' own warpers."""

from __future__ import annotations

import pytest
import torch
from transformers import LogitsProcessorList, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from labkit.models import LocalModel
from labkit.models.local.sampling import sample_token
from labkit.traces import SamplingParams

GRID = 20_000


@pytest.mark.parametrize("temperature", [0.6, 1.3])
@pytest.mark.parametrize("top_k", [0, 1, 7, 500])
@pytest.mark.parametrize("top_p", [0.3, 0.95, 1.0])
def test_the_share_of_each_token_is_what_transformers_would_give_it(
    temperature: float, top_k: int, top_p: float
) -> None:
    logits = torch.randn(1, 100, generator=torch.Generator().manual_seed(top_k)) * 3
    limit = [TopKLogitsWarper(min(top_k, 100))] if top_k else []
    warpers = LogitsProcessorList([TemperatureLogitsWarper(temperature), *limit, TopPLogitsWarper(top_p)])
    expected = warpers(torch.empty(1, 0, dtype=torch.long), logits)[0].softmax(-1)
    uniform = (torch.arange(GRID) + 0.5) / GRID  # every quantile once
    params = SamplingParams(temperature=temperature, top_p=top_p, top_k=top_k)
    ids = sample_token(logits.expand(GRID, -1), uniform, params)
    shares = torch.bincount(ids, minlength=100) / GRID
    torch.testing.assert_close(shares, expected, atol=1.5 / GRID, rtol=0)
    assert not shares[expected == 0].any()


@pytest.mark.parametrize("way", [{"temperature": 1e-38, "top_p": 0.9}, {"temperature": 1e-300, "top_p": 1.0},
                                 {"temperature": 1.0, "top_p": 1e-46}])  # fmt: skip
def test_what_is_almost_greedy_is_greedy(way: dict[str, float]) -> None:
    logits = torch.randn(8, 100, generator=torch.Generator().manual_seed(0)) * 30
    assert torch.equal(
        sample_token(logits, torch.linspace(0, 0.99, 8), SamplingParams(**way)), logits.argmax(-1)
    )


def test_one_candidate_is_greedy_and_no_limit_is_the_default(mini: LocalModel) -> None:
    prompt = "Using 3, 5 and 9, make 24."
    greedy = mini.think(prompt, temperature=0, max_new_tokens=40)
    single = mini.think(prompt, temperature=1.5, top_k=1, seed=5, max_new_tokens=40)
    assert single.tokens.ids == greedy.tokens.ids and single.settings.top_k == 1
    free = mini.think(prompt, seed=5, max_new_tokens=40)
    assert free.settings.top_k == 0
    assert mini.think(prompt, seed=5, max_new_tokens=40, top_k=10**6).tokens.ids == free.tokens.ids
