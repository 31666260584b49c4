"""Resilience: a step is removed until it stays away, on the real model and against forks made one by one."""

from __future__ import annotations

import math
import re

import pytest

import labkit
import labkit.inside
from labkit import LabkitError, Trace
from labkit.inside.causal.importance import steps_differ

PROMPT = "Using 10, 12 and 14, make 5."


@pytest.fixture(scope="module")
def trace() -> Trace:
    return labkit.load().think(PROMPT, show=False)


def pair(text: str) -> list[str]:
    """The two numbers of a plan."""
    match = re.search(r"(\d+) and (\d+)", text)
    return sorted(match.groups()) if match else []


def has_step(rollout: Trace, text: str, first: int) -> bool:
    steps = rollout.steps[first - 1 :]
    return any(not steps_differ(text, rollout.text[step.start : step.end]) for step in steps)


def test_a_step_that_is_written_again_each_time_is_removed_in_every_round(trace: Trace) -> None:
    resilience = labkit.inside.resilience(trace, 8, n=3, rounds=3, temperature=0.3)
    assert resilience.removals == (3, 3, 3) and not any(resilience.absent)
    assert resilience.score == 3 and math.isnan(resilience.importance.change)
    assert "away at last in 0 of 3" in repr(resilience)


@pytest.mark.slow
def test_what_stays_away_is_really_away_and_what_came_back_is_there(trace: Trace) -> None:
    resilience = labkit.inside.resilience(trace, 1, n=8, rounds=3, temperature=1.0)
    was = trace.text[trace.steps[0].start : trace.steps[0].end]
    assert sum(resilience.absent) > 0
    for rollout, away in zip(resilience.rollouts, resilience.absent, strict=True):
        assert has_step(rollout, was, 1) != away
    assert all(1 <= removals <= 3 for removals in resilience.removals)
    assert max(resilience.removals) > 1, "choose a temperature at which the step comes back"


@pytest.mark.slow
def test_the_first_removal_is_a_fork_before_the_step(trace: Trace) -> None:
    resilience = labkit.inside.resilience(trace, 1, n=6, rounds=1, temperature=0.8, seed=3)
    fork = labkit.inside.fork(trace, 0, n=6, temperature=0.8, seed=3, max_new_tokens=3 * len(trace))
    assert [t.text for t in resilience.rollouts] == [t.text for t in fork.rollouts]
    first, last = trace.token_range(trace.steps[0].start, trace.steps[0].end)
    after = labkit.inside.fork(
        trace, last, n=6, temperature=0.8, seed=3 + last, max_new_tokens=3 * len(trace) - last
    )
    assert [t.text for t in resilience.with_step] == [t.text for t in after.rollouts]
    assert first == 0


@pytest.mark.slow
def test_a_plan_that_resampling_calls_unimportant_decides_once_it_stays_away(trace: Trace) -> None:
    [once] = labkit.inside.resampling_importance(trace, 5, n=8)
    assert once.change == 0
    kept_out = labkit.inside.resilience(
        trace, 5, n=8, rounds=8, temperature=1.3, differ=lambda a, b: pair(a) != pair(b)
    )
    for rollout, stayed_away in zip(kept_out.rollouts, kept_out.absent, strict=True):
        later = [pair(step.gist) for step in rollout.steps[4:]]
        assert (["12", "14"] in later) != stayed_away
    assert kept_out.score > 4
    present, away_share = kept_out.importance.shares
    assert present is not None and present.value > 0.7
    assert away_share is not None and away_share.n and not away_share.right, "the answer needs that pair"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"step": 9}, "no step 9"), ({"step": 1, "rounds": 0}, "removes nothing"), ({"step": 1, "n": 0}, "0")],
)
def test_what_cannot_be_removed_is_refused(trace: Trace, arguments: dict[str, int], message: str) -> None:
    with pytest.raises(LabkitError, match=message):
        labkit.inside.resilience(trace, **arguments)
