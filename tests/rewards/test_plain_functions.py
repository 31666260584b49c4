"""A plain function with the signature of TRL is taken wherever a rule is; old names work for one version."""

from __future__ import annotations

from typing import Any

import pytest

import labkit
from labkit import rewards
from labkit.rewards import JudgedSpan, Rule, breakdown
from labkit.tasks import countdown

PROBLEM = countdown.Problem((3, 5, 9), 24)


def short(completions: list[str], **columns: Any) -> list[float]:
    return [float(len(text) < 40) for text in completions]


def names_the_target(completions: list[str], target: list[int], **columns: Any) -> list[float]:
    return [float(str(t) in text) for text, t in zip(completions, target, strict=True)]


def test_a_plain_function_is_a_rule_of_a_breakdown() -> None:
    text = "</think>\n\n<answer>3 * 5 + 9</answer>"
    parts = breakdown(text, PROBLEM, rules=[short, names_the_target], weights={"short": 0.5})
    assert (parts.value("short"), parts.value("names_the_target"), parts.total) == (1.0, 0.0, 0.5)
    assert breakdown(text, PROBLEM, rules=short).total == 1.0


def test_a_plain_function_is_a_rule_of_a_reward_view() -> None:
    traces = [
        labkit.Trace(model="m", prompt=PROBLEM.prompt, text=text, finish="stop")
        for text in ("</think>24", f"{'9 + ' * 20}24</think>no")
    ]
    view = labkit.RewardView(traces, PROBLEM, rules=[names_the_target, short])
    assert view.rewards == [2.0, 1.0]


@pytest.mark.slow
def test_a_plain_function_is_a_rule_of_grpo() -> None:
    settings: dict[str, Any] = {"problems": 2, "group": 2, "max_new_tokens": 12, "held_out": 2, "samples": 1}
    run = labkit.training.grpo(labkit.load("r1-nano-cold"), rules=short, steps=1, show=False, **settings)
    assert run.rules == {"short": 1.0} and 0 <= run.step(1).rules["short"] <= 1
    run = labkit.training.grpo(
        labkit.load("r1-nano-cold"), rules=[names_the_target, rewards.think_format], weights=[2, 1], steps=1,
        show=False, **settings,
    )  # fmt: skip
    assert run.rules == {"names_the_target": 2.0, "think_format": 1.0}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("interval", "bootstrap_interval"),
        ("share", "success_rate"),
        ("Share", "SuccessRate"),
        ("teaches", "has_signal"),
    ],
)
def test_an_old_name_works_and_names_the_new_one(old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"labkit.rewards.{new}"):
        assert getattr(rewards, old) is getattr(rewards, new)
    assert new in rewards.__all__ and old not in rewards.__all__
    with pytest.raises(AttributeError, match="has_signal"):
        rewards.praise  # noqa: B018


def test_the_old_names_of_a_rules_columns_work() -> None:
    def within(text: str, **columns: Any) -> JudgedSpan:
        raise NotImplementedError

    with pytest.warns(DeprecationWarning, match="required"):
        rule = Rule(within, needs=["limit"])
    with pytest.warns(DeprecationWarning, match="required"):
        assert rule.needs == rule.required == ("limit",)
    with pytest.warns(DeprecationWarning, match="accepted"):
        assert rule.takes == rule.accepted == ("limit",)
