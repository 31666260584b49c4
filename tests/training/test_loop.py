"""The one GRPO loop: who runs it, where it may be abandoned, who pays."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import labkit
from labkit.models import LocalModel
from labkit.tasks import countdown
from labkit.training import make_trainer
from labkit.training.rl import loop
from labkit.training.rl.loop import GrpoStep, compute_advantages, grpo_loop
from labkit.training.rl.proxy_rewards import ProxyRewardRecipe, random_reward
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.recipe_run import train
from labkit.training.rl.rollout import Progress, Rewards, Rollouts
from labkit.training.rl.update import largest_norm, make_optimizer

TINY = Grpo(steps=2, problems=2, group=4, max_new_tokens=60, updates=2, lr=6e-4, warmup=1, decay=0, micro=400)
draw = countdown.TASK.draw
assert draw is not None


def weights(model: LocalModel) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.network.parameters()])


def test_the_loop_fits_on_a_page_and_is_the_only_one() -> None:
    assert len(Path(inspect.getfile(loop)).read_text("utf-8").splitlines()) <= 120
    package = Path(inspect.getfile(labkit)).parent
    calls = {
        p.name for p in package.rglob("*.py") if re.search(r"\bgrpo_loss\($", p.read_text("utf-8"), re.M)
    }
    assert calls == {"loop.py", "loss.py"}


@pytest.mark.slow
def test_a_recipe_and_a_live_run_with_the_same_settings_give_the_same_weights(tmp_path: Path) -> None:
    recipe = train(labkit.load("r1-nano-cold"), TINY, tmp_path)
    settings = {
        name: value
        for name, value in vars(TINY).items()
        if name not in ("steps", "format_weight", "save_every")
    }
    trainer = make_trainer(labkit.load("r1-nano-cold"), **settings)
    trainer.step()
    trainer.step()
    assert torch.equal(weights(recipe), weights(trainer.model))
    assert not torch.equal(weights(recipe), weights(labkit.load("r1-nano-cold")))


@pytest.mark.slow
def test_a_step_that_is_abandoned_at_any_progress_leaves_the_weights_as_they_were() -> None:
    model = labkit.load("r1-nano-cold")
    before = weights(model)
    events = list(_loop(model))
    assert isinstance(events[-1], GrpoStep) and not torch.equal(before, weights(model))
    seen = {event.doing for event in events if isinstance(event, Progress)}
    assert seen == {"sampling", "learning"} and sum(isinstance(event, GrpoStep) for event in events) == 1

    model = labkit.load("r1-nano-cold")
    for event in _loop(model):
        if isinstance(event, Progress):
            assert torch.equal(before, weights(model))


@pytest.mark.slow
def test_the_reward_function_gets_the_rollouts_and_the_seed_of_the_step() -> None:
    model, calls = labkit.load("r1-nano-cold"), []

    def reward_fn(rollouts: Rollouts, seed: int) -> Rewards:
        calls.append((rollouts, seed))
        return [None, *random_reward(rollouts, TINY, seed)[1:]]

    optimizer = make_optimizer(model.network, TINY)
    events = grpo_loop(model, optimizer, TINY, last=2, draw=draw, reward_fn=reward_fn)
    first, second = (event for event in events if isinstance(event, GrpoStep))
    assert [first.number, second.number] == [1, 2] and calls[0][1] != calls[1][1]
    assert first.rollouts is calls[0][0] and first.rewards[0] is None and first.advantages[0] == 0
    assert [len(x) for x in (first.rollouts.ids, first.rewards, first.advantages)] == [8, 8, 8]
    assert len({problem.prompt for problem in first.rollouts.problems}) == 2


@pytest.mark.slow
def test_the_kl_term_holds_a_control_experiment_back(tmp_path: Path) -> None:
    start, moved = weights(labkit.load("r1-nano-cold")), []
    for beta in (0.0, 10.0):
        recipe = ProxyRewardRecipe(**{**vars(TINY), "steps": 3, "beta": beta}, reward="coin")
        model = train(labkit.load("r1-nano-cold"), recipe, tmp_path / str(beta))
        moved.append(weights(model) - start)
    assert not torch.equal(*moved)


def test_advantages_are_relative_to_the_own_group() -> None:
    found = compute_advantages([1, 0, 0, 0, 1, 1, 1, 1], 4, "dr-grpo")
    assert found.tolist() == [0.75, -0.25, -0.25, -0.25, 0, 0, 0, 0]
    assert np.allclose(compute_advantages(np.array([1.0, 0.0]), 2), [1, -1], atol=1e-3)


def test_a_gradient_that_is_not_finite_is_the_largest() -> None:
    assert largest_norm([0.5, 2.0]) == 2.0 and largest_norm([2.0, float("inf")]) == float("inf")
    assert np.isnan(largest_norm([float("nan"), 2.0])) and np.isnan(largest_norm([2.0, float("nan")]))


def _loop(model: LocalModel) -> Iterator[Progress | GrpoStep]:
    optimizer = make_optimizer(model.network, TINY)
    assert draw is not None
    reward_fn = lambda rollouts, seed: random_reward(rollouts, TINY, seed)  # noqa: E731
    return grpo_loop(model, optimizer, TINY, last=1, draw=draw, reward_fn=reward_fn)
