"""The three importances: by hand on four answers, and on the real model against rollouts sampled one by one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import labkit
import labkit.inside
from labkit import LabkitError, Trace
from labkit.inside.causal import importance as importances
from labkit.inside.causal.importance import Importance, divergence, steps_differ
from labkit.rewards import Outcome

PROMPT = "Using 10, 12 and 14, make 5."
RIGHT, WRONG = Outcome("10/(14 - 12)", True), Outcome("14 - 12", False)


@pytest.fixture(scope="module")
def trace() -> Trace:
    return labkit.load().think(PROMPT, show=False)


def made(kept: list[Outcome], without: list[Outcome]) -> Importance:
    return Importance("resampling", 1, "", tuple(kept), tuple(without), len(without))


def test_the_divergence_is_that_of_smoothed_counts() -> None:
    p, q = (
        [2.5 / 4.5, 1.5 / 4.5, 0.5 / 4.5],
        [1.5 / 4.5, 0.5 / 4.5, 2.5 / 4.5],
    )  # counts of a, b, c, and a half
    by_hand = sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    assert divergence(["a", "a", "b"], ["a", "c", "c"]) == pytest.approx(by_hand)
    assert divergence(["a"] * 3, ["a"] * 5) == 0
    assert math.isnan(divergence([], ["a"]))


def test_the_change_is_the_share_with_minus_the_share_without() -> None:
    helped = made([RIGHT] * 6 + [WRONG] * 2, [RIGHT] * 1 + [WRONG] * 7)
    assert helped.change == pytest.approx(6 / 8 - 1 / 8)
    low, high = helped.interval
    assert 0 < low < helped.change < high < 1
    assert helped.kl > helped.chance


def test_a_step_that_changes_nothing_is_within_chance_and_never_certain() -> None:
    same = made([RIGHT] * 8, [RIGHT] * 8)
    assert (same.change, same.kl) == (0, 0) and same.kl <= same.chance
    low, high = same.interval
    assert low < -0.1 and high > 0.1, "eight rollouts cannot show that nothing changed"


def test_chance_is_what_shuffled_answers_give() -> None:
    rng = np.random.default_rng(5)
    above = 0
    for _ in range(100):
        drawn = [RIGHT if r else WRONG for r in rng.random(16) < 0.5]
        one = made(drawn[:8], drawn[8:])
        above += one.kl > one.chance
    assert above <= 12, "answers drawn alike pass the 95th percentile 5 times in 100"


def test_what_differs_is_decided_by_numbers_and_words() -> None:
    assert not steps_differ("Go back. Now 3 and 9, leaving 5.", "Go back. Now 3 and 9, leaving 5.\n")
    assert steps_differ("First 3 and 5, leaving 9.", "First 3 and 9, leaving 5.")
    assert steps_differ("3 + 5 = 8: ", "3 + 5 = 9: ")
    assert steps_differ("Check: right.", "")
    assert not steps_differ("So we need to find the value of x here", "So we need to find a value of x here")
    assert steps_differ("Wait, that cannot be right at all", "So the answer follows from the sum")


@pytest.mark.slow
def test_resampling_compares_two_forks(trace: Trace) -> None:
    [found] = labkit.inside.resampling_importance(trace, [1], n=6, temperature=0.8, seed=3)
    first, last = trace.token_range(trace.steps[0].start, trace.steps[0].end)
    most = 3 * len(trace)
    before = labkit.inside.fork(
        trace, first, n=6, temperature=0.8, seed=3 + first, max_new_tokens=most - first
    )
    after = labkit.inside.fork(trace, last, n=6, temperature=0.8, seed=3 + last, max_new_tokens=most - last)
    assert found.without_step == before.outcomes and found.with_step == after.outcomes
    assert found.change == pytest.approx(after.share.value - before.share.value)


@pytest.mark.slow
def test_counterfactual_drops_the_resamples_that_wrote_the_step_again(trace: Trace) -> None:
    [found] = labkit.inside.counterfactual_importance(trace, [1], n=8, temperature=0.8)
    before = labkit.inside.fork(trace, 0, n=8, temperature=0.8, max_new_tokens=3 * len(trace))
    old = trace.text[trace.steps[0].start : trace.steps[0].end]
    wrote = [t.text[t.steps[0].start : t.steps[0].end] for t in before.rollouts]
    other = [w.strip() != old.strip() for w in wrote]
    assert 0 < sum(other) < 8, "choose a seed at which some differ"
    assert found.without_step == tuple(o for o, d in zip(before.outcomes, other, strict=True) if d)
    assert len(found.with_step) == 8 + other.count(False) and found.resampled == 8


def test_a_step_that_is_always_written_again_has_no_counterfactual(trace: Trace) -> None:
    [found] = labkit.inside.counterfactual_importance(trace, [4], n=4, temperature=0.3)
    assert found.without_step == () and math.isnan(found.kl) and math.isnan(found.change)
    assert "all 4 resamples wrote the same step" in str(found)


def test_a_forced_answer_follows_the_end_of_the_thought_at_once(
    trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[Any, Any] = {}
    sample = importances.sample_batches

    def spying(batches: Any, *args: Any) -> Any:
        groups = sample(batches, *args)
        seen.update({b.prefix_len: g for b, g in zip(batches, groups, strict=True)})
        return groups

    monkeypatch.setattr(importances, "sample_batches", spying)
    [found] = labkit.inside.forced_answer_importance(trace, [3], n=3)
    first, last = trace.token_range(trace.steps[2].start, trace.steps[2].end)
    assert set(seen) == {first, last}
    for keep, group in seen.items():
        for t in group:
            assert t.text.startswith(trace.text[: trace.char_starts[keep]] + "</think>\n\n<answer>")
    assert len(found.with_step) == len(found.without_step) == 3


@pytest.mark.slow
def test_all_three_share_their_rollouts_and_print_as_a_table(trace: Trace) -> None:
    found = labkit.inside.step_importance(trace, [1, 2], n=3)
    assert [(i.step, i.name) for i in found] == [(s, n) for s in (1, 2) for n in importances.NAMES]
    assert found.of(1, "resampling").with_step == found.of(2, "resampling").without_step
    assert len(repr(found).splitlines()) == 7
    with pytest.raises(LabkitError, match=r"Step 3 has no resampling[\s\S]*step_importance\(trace, \[3\]\)"):
        found.of(3, "resampling")


@pytest.mark.parametrize("steps", [[0], [99]])
def test_a_step_that_is_not_there_is_refused_with_the_range(trace: Trace, steps: Any) -> None:
    with pytest.raises(LabkitError, match=r"counted from 1 to 8"):
        labkit.inside.step_importance(trace, steps)


def test_the_steps_of_a_users_rule_are_those_that_are_resampled(trace: Trace) -> None:
    halves = trace.with_steps(lambda text: [(0, len(text) // 2), (len(text) // 2, len(text))])
    importance = labkit.inside.resampling_importance(halves, 2, n=2).of(2, "resampling")
    assert importance.gist == halves.steps[1].gist
    rollout = halves.model_copy(update={"text": trace.text.replace("</think>", " and on.</think>")})
    assert len(rollout.steps) == 2, "a rollout is cut by the same rule"
    reloaded = Trace.model_validate(halves.as_record()).attach(language_model=trace.language_model)
    with pytest.raises(LabkitError, match="The rule for the steps of this trace is missing"):
        labkit.inside.resampling_importance(reloaded, 2, n=2)
