"""Our loss and TRL's own, on the same model and the same rollouts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import labkit
from labkit.tasks.countdown import stream
from labkit.training.rl.loop import compute_advantages, update
from labkit.training.rl.loss import grpo_loss
from labkit.training.rl.proxy_rewards import accuracy_and_format
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.rollout import iter_rollouts, run_to_end
from labkit.training.rl.update import batch_logps, micro_batches

trl = pytest.importorskip("trl", reason="needs the extra trl")
pytestmark = pytest.mark.slow

RECIPE = Grpo(problems=3, group=4, max_new_tokens=90)
NAMES = {"grpo": "grpo", "dapo": "dapo", "dr-grpo": "dr_grpo"}


class Batch:
    """Rollouts of r1-mini-cold, and a policy that has moved away from the one that drew them."""

    def __init__(self) -> None:
        self.sampler = labkit.load("r1-mini-cold")
        self.tok: Any = self.sampler.tokenizer
        problems = list(islice(stream(split="train", seed=5), RECIPE.problems))
        self.rolls = run_to_end(iter_rollouts(self.sampler, problems, RECIPE.group, RECIPE.sampling, seed=5))
        right, formed = accuracy_and_format(self.rolls)
        self.rewards = (
            right + 0.2 * formed + np.random.default_rng(0).random(len(right))
        )  # every group has a spread
        self.policy: Any = copy.deepcopy(self.sampler.network)
        noise = torch.Generator().manual_seed(1)
        with torch.no_grad():  # far enough that some tokens are past the clip
            for p in self.policy.parameters():
                p.add_(0.03 * torch.randn(p.shape, generator=noise))
        self.rows = next(micro_batches(self.rolls, range(len(self.rolls.ids)), 10**6))
        with torch.no_grad():
            self.now, self.old, self.mask = batch_logps(self.policy, self.rolls, self.rows)
            self.ref = batch_logps(self.sampler.network, self.rolls, self.rows)[0] - 0.1

    def gains(self, kind: Any) -> torch.Tensor:
        return torch.tensor(
            compute_advantages(self.rewards, RECIPE.group, kind)[self.rows], dtype=torch.float32
        )

    def for_trl(self, gains: torch.Tensor) -> dict[str, Any]:
        """The same batch as TRL's trainer hands it to its loss."""
        asked = len(self.rolls.prompts[0])
        longest = max(len(self.rolls.ids[i]) for i in self.rows)
        pad = int(self.tok.pad_token_id)
        written = [self.rolls.ids[i] + [pad] * (longest - len(self.rolls.ids[i])) for i in self.rows]
        mask = self.mask[:, asked - 1 :].long()
        return {
            "prompt_ids": torch.tensor([self.rolls.prompts[i] for i in self.rows]),
            "prompt_mask": torch.ones(len(self.rows), asked, dtype=torch.long),
            "completion_ids": torch.tensor(written), "completion_mask": mask, "advantages": gains,
            "old_per_token_logps": self.old[:, asked - 1 :], "ref_per_token_logps": self.ref[:, asked - 1 :],
            "num_items_in_batch": mask.sum(),
        }  # fmt: skip


@pytest.fixture(scope="module")
def batch() -> Batch:
    return Batch()


@pytest.fixture
def trainer(batch: Batch, tmp_path: Path) -> Callable[..., Any]:
    def make(**settings: Any) -> Any:
        from datasets import Dataset

        args = trl.GRPOConfig(
            output_dir=str(tmp_path), use_cpu=True, bf16=False, report_to=[], per_device_train_batch_size=12, num_generations=4,
            max_completion_length=RECIPE.max_new_tokens, **settings,
        )  # fmt: skip
        made = trl.GRPOTrainer(
            copy.deepcopy(batch.policy), reward_funcs=lambda completions, **_: [0.0] * len(completions),
            args=args, train_dataset=Dataset.from_dict({"prompt": ["x"] * 12}), processing_class=batch.tok,
        )  # fmt: skip
        made.current_gradient_accumulation_steps = 1
        made.model.train()
        return made

    return make


@pytest.mark.parametrize(
    ("variant", "kind", "high", "beta", "unbiased"),
    [
        ("grpo", "grpo", None, 0.0, False), ("grpo", "grpo", None, 0.04, False), ("grpo", "grpo", None, 0.04, True),
        ("grpo", "rloo", None, 0.0, False), ("dapo", "grpo", 0.28, 0.0, False), ("dapo", "grpo", 0.28, 0.1, True),
        ("dr-grpo", "dr-grpo", None, 0.0, False), ("dr-grpo", "dr-grpo", 0.3, 0.02, False),
    ],
)  # fmt: skip
def test_loss_and_gradient_are_those_of_trl(
    batch: Batch,
    trainer: Callable[..., Any],
    variant: Any,
    kind: Any,
    high: float | None,
    beta: float,
    unbiased: bool,
) -> None:
    gains = batch.gains(kind)
    theirs = trainer(
        loss_type=NAMES[variant], epsilon=0.2, epsilon_high=high, beta=beta, use_bias_correction_kl=unbiased
    )
    loss = theirs._compute_loss(theirs.model, batch.for_trl(gains))
    loss.backward()

    ours = copy.deepcopy(batch.policy)
    logps, old, mask = batch_logps(ours, batch.rolls, batch.rows)
    losses = grpo_loss(
        logps, old, batch.ref, gains, mask.float(), variant=variant, epsilon=0.2, epsilon_high=high, beta=beta,
        unbiased_kl=unbiased, limit=RECIPE.max_new_tokens,
    )  # fmt: skip
    losses.mean().backward()

    assert losses.mean().item() == pytest.approx(loss.item(), abs=1e-5, rel=1e-5)
    for (name, p), q in zip(ours.named_parameters(), theirs.model.parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, atol=1e-5, rtol=1e-3, msg=name)


def test_the_batch_has_clipped_tokens_and_padding(batch: Batch) -> None:
    ratio = (batch.now - batch.old).exp()[batch.mask]
    assert 0.02 < float(((ratio - 1).abs() > 0.2).float().mean()) < 0.9
    assert len({len(ids) for ids in batch.rolls.ids}) > 1


@pytest.mark.parametrize(("high", "kind"), [(None, "grpo"), (0.28, "grpo"), (0.4, "dr-grpo")])
def test_the_share_of_clipped_tokens_is_the_one_that_trl_logs(
    batch: Batch, trainer: Callable[..., Any], high: float | None, kind: Any
) -> None:
    rewards = batch.rewards.copy()
    rewards[: RECIPE.group] = (
        1.0  # a group without an advantage: its tokens count, and none of them is clipped
    )
    gains = compute_advantages(rewards, RECIPE.group, kind)
    theirs = trainer(loss_type="dapo", epsilon=0.2, epsilon_high=high)
    theirs._compute_loss(theirs.model, batch.for_trl(torch.tensor(gains[batch.rows], dtype=torch.float32)))
    (logged,) = theirs._metrics["train"]["clip_ratio/region_mean"]

    recipe = Grpo(**{**vars(RECIPE), "updates": 1, "epsilon_high": high})
    model = copy.deepcopy(batch.policy)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    done = run_to_end(update(model, optimizer, batch.rolls, gains, recipe))
    assert done.clip_fraction == pytest.approx(logged, abs=1e-6) and logged > 0

    outside = (batch.now - batch.old).exp()[batch.mask]
    assert done.clip_fraction < float(((outside > 1 + (high or 0.2)) | (outside < 0.8)).float().mean())


@pytest.mark.parametrize(("variant", "kind"), [("grpo", "grpo"), ("dapo", "grpo"), ("dr-grpo", "dr-grpo")])
def test_advantages_are_those_of_trl(
    batch: Batch, trainer: Callable[..., Any], variant: str, kind: Any
) -> None:
    scale = "none" if kind == "dr-grpo" else "group"
    made = trainer(loss_type=NAMES[variant], scale_rewards=scale)
    made.reward_funcs = [lambda completions, **_: batch.rewards.tolist()]
    examples = [
        {"prompt": [{"role": "user", "content": batch.rolls.problems[i].prompt}]}
        for i in range(len(batch.rewards))
    ]
    scored = made._generate_and_score_completions(examples)
    expected = compute_advantages(batch.rewards, RECIPE.group, kind)
    # TRL divides by the sample deviation, R1's equation by that of the population: sqrt(G / (G - 1)).
    factor = (RECIPE.group / (RECIPE.group - 1)) ** 0.5 if kind == "grpo" else 1.0
    np.testing.assert_allclose(scored["advantages"].numpy() * factor, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("variant", ["grpo", "dapo", "dr-grpo"])
def test_micro_batches_add_up_to_the_loss_of_the_whole(batch: Batch, variant: Any) -> None:
    gains = compute_advantages(batch.rewards, RECIPE.group)
    found = []
    for micro in (10**6, 300):
        model = copy.deepcopy(batch.policy)
        recipe = Grpo(**{**vars(RECIPE), "micro": micro, "updates": 1, "variant": variant, "beta": 0.1})
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        done = run_to_end(update(model, optimizer, batch.rolls, gains, recipe, batch.sampler.network))
        found.append((done, torch.cat([p.detach().flatten() for p in model.parameters()])))
    (one, weights), (other, same) = found
    assert one.loss == pytest.approx(other.loss, abs=1e-5) and one.clip_fraction == other.clip_fraction
    torch.testing.assert_close(weights, same, atol=1e-6, rtol=1e-5)
