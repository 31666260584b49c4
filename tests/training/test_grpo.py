"""The GRPO loss against hand-computed numbers and against TRL-free independent derivations."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from labkit.training.grpo import grpo_loss

LENGTHS = torch.tensor([5, 3, 1, 4])


@pytest.fixture
def rollouts() -> tuple[Tensor, Tensor, Tensor]:
    logps = -torch.rand(4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mask = (torch.arange(5) < LENGTHS[:, None]).double()
    return logps.requires_grad_(), mask, torch.tensor([1.0, -1.0, 0.5, 0.0], dtype=torch.float64)


def test_on_policy_it_is_the_policy_gradient(rollouts: tuple[Tensor, Tensor, Tensor]) -> None:
    logps, mask, advantages = rollouts
    grpo_loss(logps, logps.detach(), logps.detach(), advantages, mask).mean().backward()
    by_hand = -advantages[:, None] * mask / LENGTHS[:, None] / 4
    torch.testing.assert_close(logps.grad, by_hand)


def test_a_token_past_the_clip_is_left_alone(rollouts: tuple[Tensor, Tensor, Tensor]) -> None:
    logps, mask, advantages = rollouts
    old = logps.detach().clone()
    old[0, 2] -= 0.5  # ratio 1.65 > 1.2, and its advantage is positive
    old[1, 1] += 0.5  # ratio 0.61 < 0.8, and its advantage is negative
    old[1, 0] -= 0.5  # ratio 1.65, advantage negative: not clipped, it must still come down
    grpo_loss(logps, old, logps.detach(), advantages, mask).mean().backward()
    assert logps.grad[0, 2] == 0 and logps.grad[1, 1] == 0
    assert logps.grad[0, 1] != 0 and logps.grad[1, 0] != 0


def test_five_numbers_by_hand() -> None:
    logps = torch.log(torch.tensor([[0.5, 0.2]]))
    old = torch.log(torch.tensor([[0.25, 0.2]]))
    ref = torch.log(torch.tensor([[0.5, 0.4]]))
    loss = grpo_loss(logps, old, ref, torch.tensor([2.0]), torch.ones(1, 2), epsilon=0.2, beta=0.1)
    kl = 2.0 - math.log(2.0) - 1  # of the second token; the first agrees with the reference
    assert loss.item() == pytest.approx(-((1.2 * 2.0) + (1.0 * 2.0 - 0.1 * kl)) / 2)


def test_padding_counts_for_nothing(rollouts: tuple[Tensor, Tensor, Tensor]) -> None:
    logps, mask, advantages = rollouts
    wild = torch.where(mask.bool(), logps.detach(), torch.full_like(mask, -3.0))
    same = grpo_loss(wild, wild * mask, wild, advantages, mask, beta=0.1)
    torch.testing.assert_close(same, grpo_loss(logps, logps * mask, logps, advantages, mask, beta=0.1))


def test_its_gradient_is_the_numerical_one(rollouts: tuple[Tensor, Tensor, Tensor]) -> None:
    logps, mask, advantages = rollouts
    old = logps.detach() + 0.05
    ref = logps.detach() - 0.1
    assert torch.autograd.gradcheck(lambda x: grpo_loss(x, old, ref, advantages, mask, beta=0.04), (logps,))
