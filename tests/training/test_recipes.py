"""The recipes: held-out means held out, runs resume exactly, both stages run."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
import torch

import labkit
from labkit import LabkitError
from labkit.tasks.countdown import is_test, stream
from labkit.training import recipes
from labkit.training.optim import orthogonalise
from labkit.training.rl.proxy_rewards import ProxyRewardRecipe
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.recipe_run import train
from labkit.training.sft import tokenizer
from labkit.training.sft.distill import Distill
from labkit.training.sft.search_traces import SearchStyle, SearchTraceWriter
from labkit.training.sft.sft import ColdStart, batches, cold_start, prompt_ids
from labkit.training.tuned_lens import TunedLens

TINY = ColdStart(layers=1, hidden=32, heads=2, mlp=48, tokens=12_000, batch=1_024, pool=24, save_every=3)


def test_no_training_batch_holds_a_test_problem() -> None:
    tok = tokenizer.build()
    seen = 0
    for _, ids, _ in islice(batches(TINY, tok), 60):
        for row in ids.tolist():
            text = tok.decode(row)
            numbers = [
                int(n) for n in text.split("Using ")[1].split(", make")[0].replace(" and ", ", ").split(", ")
            ]
            assert not is_test(numbers)
            seen += 1
    assert seen > 200


def test_the_loss_falls_on_the_completion_and_its_end_alone() -> None:
    tok = tokenizer.build()
    _, ids, mask = next(batches(TINY, tok))
    for row, on in zip(ids, mask, strict=True):
        kept = row[on].tolist()
        assert kept[-1] == tok.eos_token_id and tok.decode(kept).startswith("First ")
        assert tok.decode(row[: len(prompt_ids(tok, "Using 1, 2 and 3, make 6."))]).endswith("<think>\n")


@pytest.mark.parametrize("digits", [False, True])
def test_every_trace_is_made_of_taught_tokens_and_comes_back(digits: bool) -> None:
    import random

    tok = tokenizer.build(digits=digits)
    known = set(tok.convert_tokens_to_ids(tokenizer.trained_tokens(digits=digits)))
    for i, problem in enumerate(islice(stream(split="train", seed=1), 300)):
        text = SearchTraceWriter(problem, SearchStyle(), random.Random(i)).write()
        ids = tok.encode(text, add_special_tokens=False)
        assert set(ids) <= known and tok.decode(ids) == text


def test_a_flawless_writer_solves_everything_and_a_fallible_one_does_not() -> None:
    import random

    some = list(islice(stream(split="train", seed=2), 200))
    assert all(p.verify(SearchTraceWriter(p, SearchStyle.flawless(), random.Random(0)).write()) for p in some)
    right = sum(
        p.verify(SearchTraceWriter(p, SearchStyle(), random.Random(i)).write()) for i, p in enumerate(some)
    )
    assert 0.3 < right / len(some) < 0.8


def test_muon_makes_singular_values_alike() -> None:
    update = torch.randn(40, 16, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonalise(update))
    assert values.min() > 0.5 and values.max() < 1.4


@pytest.mark.slow
def test_a_cold_start_that_was_cut_off_ends_where_an_uncut_one_ends(tmp_path: Path) -> None:
    whole = cold_start(TINY, tmp_path / "whole")
    cut = tmp_path / "cut"
    calls = 0

    def cutting(*args: object, **kwargs: object) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls == 8:
            raise KeyboardInterrupt
        return loss(*args, **kwargs)

    from labkit.training.sft import sft

    loss = sft.sft_loss
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(sft, "sft_loss", cutting)
        cold_start(TINY, cut)
    resumed = cold_start(TINY, cut)
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.slow
def test_grpo_runs_logs_and_resumes(tmp_path: Path) -> None:
    recipe = Grpo(steps=2, problems=2, group=4, max_new_tokens=60, save_every=1)
    for _ in range(2):
        model = labkit.load("r1-mini-cold")
        train(model, recipe, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [r["step"] for r in rows] == [1, 2]
    assert labkit.load(tmp_path / "model").family == "r1-mini"


@pytest.mark.parametrize(
    "recipe", [*recipes.names(), "tests/bench/tokens-numbers.toml", "tests/bench/tokens-digits.toml"]
)
def test_every_setting_of_a_committed_recipe_exists(recipe: str) -> None:
    root = Path(__file__).resolve().parents[2]
    settings = recipes.read_recipe(recipe if recipe in recipes.names() else str(root / recipe))
    kind = {
        "cold-start": ColdStart, "distill": Distill, "grpo": Grpo, "paid": ProxyRewardRecipe, "tuned-lens": TunedLens
    }[settings.pop("stage")]  # fmt: skip
    settings.pop("start", None)
    settings.pop("teacher", None)
    assert recipes._fill(kind, settings)


def test_every_recipe_reads_and_an_unknown_setting_is_named(tmp_path: Path) -> None:
    assert {"r1-mini", "r1-mini-cold", "r1-mini-tuned-lens", "r1-nano"} <= set(recipes.names())
    (tmp_path / "mine.toml").write_text('stage = "cold-start"\nlayer = 3\n')
    with pytest.raises(LabkitError, match="'layer'"):
        recipes.run(str(tmp_path / "mine.toml"), tmp_path)
    with pytest.raises(LabkitError, match="r1-mini-cold"):
        recipes.run("r2-mini", tmp_path)
