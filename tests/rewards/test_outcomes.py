"""Where rollouts end, told honestly."""

from __future__ import annotations

import ast
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.rewards import Outcome, SuccessRate, groups, outcome_of, success_rate, wilson
from labkit.tasks.arithmetic import canonical, parse
from labkit.tasks.countdown import Problem, problem_in
from labkit.traces import Trace


def ended(text: str, prompt: str = "Using 3, 5 and 9, make 24.") -> Trace:
    return Trace(model="m", prompt=prompt, text=text, finish="stop", opened=True)


def test_an_answer_is_judged_only_where_there_is_one() -> None:
    assert outcome_of(ended("x</think><answer>9 + 5 * 3</answer>")) == Outcome("3*5 + 9", True)
    assert outcome_of(ended("x</think><answer>9 + 5</answer>")) == Outcome("5 + 9", False)
    assert outcome_of(ended("3 * 5 + 9 is it")) == Outcome("", False)
    assert outcome_of(ended("x</think>Paris", "Capital of France?")) == Outcome("Paris", None)
    assert len(outcome_of(ended("x</think>" + "word " * 99, "Tell me.")).answer) == 80


def test_groups_put_what_is_right_first_and_what_has_no_answer_last() -> None:
    right, wrong, none = Outcome("a", True), Outcome("b", False), Outcome("", False)
    found = groups([none, wrong, none, right, wrong, none])
    assert [(g.outcome, g.members) for g in found] == [(right, (3,)), (wrong, (1, 4)), (none, (0, 2, 5))]


def test_a_share_is_claimed_only_where_all_can_be_judged() -> None:
    assert success_rate([Outcome("a", True), Outcome("", False)]) == SuccessRate(1, 2)
    assert success_rate([Outcome("a", True), Outcome("b", None)]) is None
    assert "50%, 95 % interval" in str(SuccessRate(4, 8)) and str(SuccessRate(0, 0)) == "none sampled"


def test_the_interval_holds_the_truth_about_95_times_in_100() -> None:
    rng = np.random.default_rng(0)
    for p in (0.1, 0.5, 0.9):
        drawn = rng.binomial(12, p, 3000)
        held = np.mean([wilson(int(k), 12)[0] <= p <= wilson(int(k), 12)[1] for k in drawn])
        assert 0.91 < held < 0.995
    assert wilson(0, 0) == (0, 1) and wilson(0, 8)[0] == 0 and wilson(0, 8)[1] > 0.3


@given(st.lists(st.integers(1, 999), min_size=2, max_size=5), st.integers(0, 15))
def test_a_prompt_is_read_as_the_problem_that_it_was_made_from(numbers: list[int], target: int) -> None:
    assert problem_in(Problem(tuple(numbers), target).prompt) == Problem(tuple(numbers), target)
    assert problem_in("Make 24 of it") is None


def expression(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.2:
        return str(rng.randint(1, 20))
    return f"({expression(rng, depth - 1)} {rng.choice('+-*/')} {expression(rng, depth - 1)})"


def turned(node: ast.expr, rng: random.Random) -> str:
    """The same expression with the operands of sums and products changed about."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.BinOp)
    sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}[type(node.op)]
    sides = [turned(node.left, rng), turned(node.right, rng)]
    if sign in "+*" and rng.random() < 0.5:
        sides.reverse()
    return f"({sides[0]} {sign} {sides[1]})"


@given(st.integers(0, 10**6))
def test_one_spelling_keeps_the_value_and_forgets_the_order(seed: int) -> None:
    rng = random.Random(seed)
    written = expression(rng, 3)
    spelled = canonical(written)
    assert parse(spelled)[0] == parse(written)[0]
    assert sorted(parse(spelled)[1]) == sorted(parse(written)[1])
    assert canonical(turned(ast.parse(written, mode="eval").body, rng)) == spelled
    assert canonical(spelled) == spelled


@pytest.mark.parametrize("text", ["", "I give up", "__import__('os')", "1 +", "2 ** 9", "9" * 300])
def test_what_is_no_sum_stays_as_it_is(text: str) -> None:
    assert canonical(text) == text
