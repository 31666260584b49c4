"""Each diagnosis is provoked by a short run of the real model, and a run that learns has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

import labkit
from labkit.models import LocalModel
from labkit.rewards import Rule
from labkit.rewards.base import JudgedSpan as Part
from labkit.tasks.countdown import Problem
from labkit.training import Run, diagnose, grpo

pytestmark = pytest.mark.slow
SMALL: dict[str, Any] = {
    "problems": 3, "group": 4, "held_out": 2, "samples": 1, "every": 99, "max_new_tokens": 250, "warmup": 1
}  # fmt: skip


def cold(dtype: torch.dtype = torch.float32) -> LocalModel:
    model = labkit.load("r1-mini-cold")
    model.network.to(dtype)
    return model


def names(run: Run) -> list[str]:
    return [finding.name for finding in diagnose(run)]


def test_a_run_that_learns_has_no_diagnosis() -> None:
    run = grpo(cold(), steps=2, **SMALL)
    assert diagnose(run) == [] and diagnose(run.step(1)) == []


def test_groups_without_a_spread() -> None:
    @Rule
    def generous(text: str) -> Iterator[Part]:
        yield 1.0, (0, 0), "It is a text."

    (finding,) = diagnose(grpo(cold(), rules=[generous], steps=1, **SMALL))
    assert finding.name == "no spread" and "Every group had one and the same reward" in finding.what


def test_a_rule_that_looks_for_other_tags() -> None:
    @Rule
    def boxed(text: str) -> Iterator[Part]:
        yield float(r"\boxed{" in text), (0, 0), r"There is no \boxed{} in it."

    (finding,) = diagnose(grpo(cold(), rules=[boxed], steps=1, **SMALL))
    assert finding.name == "wrong tags" and "boxed paid for none of them" in finding.what
    assert "There is no" in finding.what and "template" in finding.why


def test_thoughts_cut_off_by_the_token_limit() -> None:
    (finding,) = diagnose(grpo(cold(), steps=1, **SMALL | {"max_new_tokens": 60}))
    assert (
        finding.name == "cut off" and "at 60 tokens" in finding.what and "max_new_tokens=120" in finding.next
    )


def test_a_prompt_without_its_chat_template() -> None:
    (finding,) = diagnose(grpo(cold(), steps=1, chat=False, **SMALL))
    assert finding.name == "wrong template" and finding.next == "labkit.training.grpo(model, chat=True)"


def test_a_step_that_is_lost_in_rounding() -> None:
    run = grpo(cold(torch.bfloat16), steps=1, lr=1e-6, **SMALL)
    (finding,) = diagnose(run)
    assert finding.name == "lost in rounding" and "bfloat16 has about 3 digits" in finding.why
    assert run.step(1).norm > 0 and run.step(1).moved < 0.05
    assert "lost in rounding" not in names(grpo(cold(), steps=1, lr=1e-6, **SMALL))


def test_steps_so_large_that_nothing_is_a_number() -> None:
    run = grpo(cold(), steps=4, lr=1e12, **SMALL)
    (finding,) = diagnose(run)
    assert run.status == "nan" and len(run) == 2  # it does not go on
    assert finding.name == "NaN" and finding.what.startswith("In step 2") and "lr=3e-4" in finding.next


def test_a_gradient_that_is_no_number_is_not_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    model = cold()
    before = [p.detach().clone() for p in model.network.parameters()]
    true = torch.nn.utils.clip_grad_norm_
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", lambda *a, **k: true(*a, **k) * float("nan"))
    run = grpo(model, steps=3, **SMALL)
    assert run.status == "nan" and len(run) == 1 and names(run) == ["NaN"]
    assert all(torch.equal(p, q) for p, q in zip(before, run.model.network.parameters(), strict=True))


def test_a_policy_that_forgets_what_it_could() -> None:
    run = grpo(cold(), steps=5, lr=1e-2, **SMALL)
    assert names(run) == ["collapse"] and run.columns["reward"][0] > 0
    assert "lr=0.001" in diagnose(run)[0].next


def test_a_policy_that_says_one_thing_only() -> None:
    alone = [Problem((3, 5, 9), 24)] * 10
    run = grpo(cold(), alone, steps=12, lr=1e-3, **SMALL | {"problems": 1, "group": 16, "held_out": 1})
    assert "entropy collapse" in names(run) and "has fallen from" in diagnose(run)[0].what


def test_a_rule_that_pays_nobody_says_why() -> None:
    hard = labkit.tasks.countdown.problems(30, numbers=4, split="train", low=21, high=40)
    (finding,) = diagnose(grpo(cold(), hard, steps=1, **SMALL))
    assert finding.name == "unpaid rule" and finding.what.startswith(
        "countdown_accuracy gave nothing to any rollout"
    )
    assert "The answer" in finding.what


def test_a_rule_that_cannot_judge_is_named() -> None:
    @Rule
    def blind(text: str) -> Iterator[Part]:
        yield None, (0, 0), "It cannot be judged."

    assert "could judge no rollout" in str(diagnose(grpo(cold(), rules=[blind], steps=1, **SMALL))[-1])


def test_every_advice_names_what_to_type() -> None:
    run = grpo(cold(), steps=1, **SMALL | {"max_new_tokens": 30})
    assert all("labkit." in f.next or "model." in f.next or "print(" in f.next for f in diagnose(run))
    assert str(diagnose(run)[0]).count("Next: ") == 1
