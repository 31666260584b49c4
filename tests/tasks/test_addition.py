"""A second task: what judges Countdown judges any task, in every view and in training."""

from __future__ import annotations

import pytest

import labkit
from labkit.models import LocalModel
from labkit.rewards import breakdown, outcome_of
from labkit.tasks import addition, read_prompt, task_of
from labkit.traces import Trace, TraceGroup
from tests.views.make import trace

PROBLEM = addition.Problem((3, 5, 9))


@pytest.fixture(scope="module")
def model() -> LocalModel:
    return labkit.load("r1-mini-cold")


def rollout(answer: str) -> Trace:
    text = f"3 + 5 = 8: 8 + 9 = 17.\n</think>\n\n<answer>{answer}</answer>"
    return trace(text, prompt=PROBLEM.prompt, problem=labkit.traces.ProblemRecord.of(PROBLEM))


def test_a_prompt_is_read_as_the_problem_that_it_was_made_from() -> None:
    assert read_prompt(PROBLEM.prompt) == PROBLEM
    assert task_of(PROBLEM) is addition.TASK
    assert read_prompt("3 + 5 = ?") is None


def test_no_problem_of_training_is_held_out() -> None:
    held_out = {tuple(sorted(p.addends)) for p in addition.problems(500, split="test")}
    trained = {tuple(sorted(p.addends)) for p in addition.problems(500, split="train")}
    assert not held_out & trained
    assert addition.problems(5, seed=3) == addition.problems(5, seed=3) != addition.problems(5, seed=4)


def test_rewards_and_outcomes_are_those_of_addition() -> None:
    right, wrong = rollout("17"), rollout("16")
    assert breakdown(right).total == pytest.approx(1.2) and breakdown(wrong).total == pytest.approx(0.2)
    assert [outcome_of(t).correct for t in (right, wrong)] == [True, False]
    assert breakdown(wrong).parts[0].why == "The sum is 17."
    view = labkit.RewardView([right, wrong])
    assert view.rewards == pytest.approx([1.2, 0.2])
    assert "addition_accuracy" in view.as_text()
    assert [row["right"] for row in view.scene["rollouts"]] == [True, False]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_thought_on_an_addition_goes_through_every_view(model: LocalModel) -> None:
    thought = model.think(PROBLEM, max_new_tokens=60, capture="qk")
    assert thought.problem == labkit.traces.ProblemRecord(task="addition", columns={"addends": [3, 5, 9]})
    assert model.think(PROBLEM.prompt, max_new_tokens=5).problem == thought.problem
    group = model.sample(PROBLEM, n=4, max_new_tokens=60)
    views = [
        labkit.TokenView(thought), labkit.AttentionView(thought), labkit.LensView(thought), labkit.ForkView(thought),
        labkit.RewardView(group),
    ]  # fmt: skip
    for view in views:
        assert view.as_text() and view.as_png()[:4] == b"\x89PNG"
        view.close()
    assert all(trace.problem == thought.problem for trace in group)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_forks_and_importances_are_judged_by_the_task_of_the_trunk(model: LocalModel) -> None:
    thought = model.think(PROBLEM, max_new_tokens=80)
    fork = labkit.inside.fork(thought, at=5, n=4, max_new_tokens=60)
    assert fork.share is not None and fork.share.n == 4
    right = TraceGroup(tuple(t.model_copy(update={"text": "</think>17"}) for t in fork.rollouts))
    assert all(outcome_of(t).correct for t in right)
    found = list(labkit.inside.resampling_importance(thought, 1, n=2))
    assert all(
        outcome.correct is not None for each in found for outcome in (*each.with_step, *each.without_step)
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_grpo_trains_on_additions_and_is_paid_by_their_rule(model: LocalModel) -> None:
    run = labkit.training.grpo(
        model,
        task="addition",
        steps=2,
        problems=4,
        group=4,
        max_new_tokens=60,
        held_out=4,
        samples=1,
        show=False,
    )
    assert run.task == "addition" and {*run.rules} == {"addition_accuracy", "think_format"}
    assert [check.step for check in run.checks][0] == 0
    assert all(kept.trace.problem.task == "addition" for kept in run.kept)
    assert labkit.TrainingView(run).as_png()
