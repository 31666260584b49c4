"""Advantages and estimates against definitions written out, and against enumeration."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import labkit
from labkit.errors import LabkitError
from labkit.rewards import group_advantages, has_signal, maj_at_k, pass_at_k

rewards = st.lists(st.sampled_from([0.0, 0.2, 1.0, 1.2, -0.5]), min_size=2, max_size=16)


@given(rewards)
def test_the_three_kinds_are_their_formulas(r: list[float]) -> None:
    mean = sum(r) / len(r)
    others = [(sum(r) - x) / (len(r) - 1) for x in r]
    spread = (sum((x - mean) ** 2 for x in r) / len(r)) ** 0.5
    near = pytest.approx
    assert list(group_advantages(r)) == near([(x - mean) / (spread + 1e-4) for x in r])
    assert list(group_advantages(r, kind="dr-grpo")) == near([x - mean for x in r], abs=1e-12)
    assert list(group_advantages(r, kind="rloo")) == near(
        [x - o for x, o in zip(r, others, strict=True)], abs=1e-12
    )
    assert (group_advantages(r, scale=False) == group_advantages(r, kind="dr-grpo")).all()


@given(rewards, st.data())
def test_what_could_not_be_judged_counts_for_nothing(r: list[float], data: st.DataObject) -> None:
    holes = data.draw(st.lists(st.integers(0, len(r)), max_size=3))
    with_holes: list[float | None] = list(r)
    for at in holes:
        with_holes.insert(at, None)
    for kind in ("grpo", "dr-grpo", "rloo"):
        found = group_advantages(with_holes, kind=kind)  # type: ignore[arg-type]
        assert [a for a, x in zip(found, with_holes, strict=True) if x is not None] == pytest.approx(
            list(group_advantages(r, kind=kind))  # type: ignore[arg-type]
        )
        assert all(a == 0 for a, x in zip(found, with_holes, strict=True) if x is None)
    assert has_signal(with_holes) == (np.ptp(r) > 0)


@pytest.mark.parametrize(
    ("right", "of", "best", "rest"),
    [(1, 4, 1.732, -0.577), (2, 4, 1.0, -1.0), (3, 4, 0.577, -1.732), (1, 16, 3.873, -0.258)],
)
def test_the_table_for_a_first_exercise(right: int, of: int, best: float, rest: float) -> None:
    found = group_advantages([1.0] * right + [0.0] * (of - right), eps=0)
    assert (found[0], found[-1]) == (pytest.approx(best, abs=5e-4), pytest.approx(rest, abs=5e-4))


def test_one_reward_or_an_unknown_kind_says_what_to_type() -> None:
    with pytest.raises(LabkitError, match="needs at least 2"):
        group_advantages([1.0])
    with pytest.raises(LabkitError, match="'ppo'") as caught:
        group_advantages([1.0, 0.0], kind="ppo")  # type: ignore[arg-type]
    assert len(eval(caught.value.next, {"labkit": labkit})) == 4


answers = st.lists(st.sampled_from(["a", "b", "c", "d", "", None]), min_size=1, max_size=8)


def by_enumeration(said: list[str | None], good: set[str], k: int) -> float:
    won = []
    for drawn in combinations(said, k):
        votes = Counter(answer for answer in drawn if answer)
        lead = [a for a in votes if votes[a] == max(votes.values())]
        won.append(sum(a in good for a in lead) / len(lead) if lead else 0.0)
    return sum(won) / len(won)


@given(answers, st.sets(st.sampled_from("abcd")), st.data())
@settings(max_examples=300)
def test_the_majority_is_what_every_draw_says(
    said: list[str | None], good: set[str], data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, len(said)))
    right = [a in good for a in said]
    assert maj_at_k(said, right, k) == pytest.approx(by_enumeration(said, good, k))


def test_one_vote_is_one_sample() -> None:
    right = [True, False, False, True, False]
    assert maj_at_k(list("abcde"), right, 1) == pytest.approx(pass_at_k([right], 1)[0]) == 0.4


def test_a_majority_helps_where_right_answers_agree_and_hurts_where_wrong_ones_do() -> None:
    agree = ["24"] * 6 + list("abcdefghij")
    right = [a == "24" for a in agree]
    assert maj_at_k(agree, right, 16) == 1.0 > maj_at_k(agree, right, 4) > 6 / 16
    wrong = ["23"] * 9 + ["24"] * 7
    assert maj_at_k(wrong, [a == "24" for a in wrong], 16) == 0.0


def test_a_k_that_does_not_fit_is_refused() -> None:
    for k in (0, 3):
        with pytest.raises(LabkitError, match=f"maj@{k}"):
            maj_at_k(["a", "b"], [True, False], k)
    with pytest.raises(LabkitError):
        maj_at_k(["a", "b"], [True], 1)
