"""The tuned lens: a few steps help, a run resumes exactly, and the shipped one beats the logit lens on held-out problems."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

import labkit
from labkit.inside.lens import tuned as translators
from labkit.models import LocalModel
from labkit.tasks import countdown
from labkit.training import recipes
from labkit.training.tuned_lens import TunedLens, batches, kl_to_last, streams, thoughts, tuned_lens

TINY = TunedLens(problems=8, batch=4, epochs=4, max_new_tokens=60, save_every=3, lr=5e-3)
TRAIN = countdown.problems(4, split="train", seed=11)


@pytest.fixture(scope="module")
def model() -> LocalModel:
    return labkit.load()


def test_a_few_steps_bring_every_layer_nearer_to_the_last(model: LocalModel, tmp_path: Path) -> None:
    lens = tuned_lens(model, TINY, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == list(range(1, 9))
    written = thoughts(
        model, TRAIN, temperature=0.6, max_new_tokens=60, seed=5
    )  # none that it was trained on
    for ids in written:
        stream = streams(model.network, torch.tensor([ids]))[:, 0]
        before, after = (kl_to_last(model.network, stream, 1_352, each).mean(1) for each in (None, lens))
        assert (after < before).all() and after.sum() < 0.8 * before.sum()
    made = translators.load_translators(model, tmp_path / "model" / translators.FILE)
    assert torch.equal(made.weight, lens.weight) and torch.equal(made.bias, lens.bias)


@pytest.mark.slow
def test_a_run_that_was_cut_off_ends_where_an_uncut_one_ends(model: LocalModel, tmp_path: Path) -> None:
    whole = tuned_lens(model, TINY, tmp_path / "whole")
    from labkit.training import tuned_lens as module

    steps, log = 0, module.log

    def cutting(*args: object, **kwargs: object) -> None:
        nonlocal steps
        steps += 1
        if steps == 5:
            raise KeyboardInterrupt
        log(*args, **kwargs)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "log", cutting)
        tuned_lens(model, TINY, tmp_path / "cut")
    again = tuned_lens(model, TINY, tmp_path / "cut")
    assert torch.equal(whole.weight, again.weight) and torch.equal(whole.bias, again.bias)
    logs = [(tmp_path / name / "metrics.jsonl").read_text().splitlines() for name in ("whole", "cut")]
    assert [json.loads(line)["kl_1"] for line in logs[0]] == [json.loads(line)["kl_1"] for line in logs[1]]


def test_the_last_layer_is_the_target_and_kl_is_by_hand(model: LocalModel) -> None:
    ids = thoughts(model, TRAIN[:1], temperature=0.0, max_new_tokens=20, seed=0)[0]
    stream = streams(model.network, torch.tensor([ids]))[:, 0]
    with torch.no_grad():
        own = model.network(torch.tensor([ids])).logits[0].log_softmax(-1)
        low = model.network.lm_head(model.network.model.norm(stream[2])).log_softmax(-1)
    by_hand = torch.nn.functional.kl_div(low, own, reduction="none", log_target=True).sum(-1)
    torch.testing.assert_close(kl_to_last(model.network, stream, 1_352)[2], by_hand, atol=1e-4, rtol=1e-4)


def test_no_padding_is_learned_from(model: LocalModel) -> None:
    written = [[1, 2, 3], [4, 5], [6, 7, 8, 9], [10, 11, 12]]
    seen = [row[on].tolist() for ids, mask in batches(written, TunedLens(batch=2, epochs=1), 0)
            for row, on in zip(ids, mask, strict=True)]  # fmt: skip
    assert sorted(seen) == sorted(written)


def test_the_recipe_draws_training_problems_only() -> None:
    settings = recipes.read_recipe("r1-mini-tuned-lens")
    assert "split" not in settings and settings["start"] == "r1-mini"
    assert all(p.split == "train" for p in countdown.problems(50, split="train", seed=settings["seed"]))


@pytest.mark.slow
def test_the_shipped_lens_beats_the_logit_lens_on_held_out_problems(model: LocalModel) -> None:
    lens = translators.load_translators(model, "tuned")
    problems = countdown.problems(12, split="test", seed=3)
    total = torch.zeros(2, 5)
    for ids in thoughts(model, problems, temperature=0.6, max_new_tokens=500, seed=3):
        stream = streams(model.network, torch.tensor([ids]))[:, 0]
        total += torch.stack(
            [kl_to_last(model.network, stream, 1_352, each).mean(1) for each in (None, lens)]
        )
    logit, tuned = total / len(problems)
    assert (tuned < logit).all()
    assert (tuned[1:4] < 0.5 * logit[1:4]).all()  # the middle layers


@pytest.mark.slow
def test_what_is_published_of_the_lens_is_what_is_measured(model: LocalModel) -> None:
    rows = json.loads(labkit.data_path("lenses/r1-mini/metrics.json").read_text())
    published = {row["what"]: row for row in rows}
    assert len(published) == 20 and all(row["problems"] == 200 for row in rows)
    lens = translators.load_translators(model, "tuned")
    for layer in range(5):
        assert (
            published[f"layer {layer}, tuned lens: KL"]["high"]
            < published[f"layer {layer}, logit lens: KL"]["low"]
        )
    from labkit.training.tuned_lens import evaluate

    for row in evaluate(model, lens, n=40, seed=1):  # other problems: within a quarter, or a hundredth
        assert row.value == pytest.approx(published[row.what]["value"], rel=0.25, abs=0.01)
