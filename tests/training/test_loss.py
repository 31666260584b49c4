"""The GRPO loss against hand-computed numbers and independent derivations; TRL has a file of its own."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from labkit.errors import LabkitError
from labkit.training.rl.loss import grpo_loss, k3, stopped_by_clip

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


def test_each_variant_by_hand() -> None:
    # Two rollouts, of 3 tokens and of 1. Ratios 1.5, 1, 0.5 and 1.25; advantages 2 and -1; eps 0.2, high 0.3.
    old = torch.zeros(2, 3)
    logps = torch.log(torch.tensor([[1.5, 1.0, 0.5], [1.25, 7.0, 7.0]]))
    mask = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
    gains = torch.tensor([2.0, -1.0])
    first = 2 * (1.3 + 1.0 + 0.5)  # 1.5 is cut to 1.3; 0.5 stays: it has not gone the way it is pushed
    second = -1.25  # above the clip, and its advantage is negative: it must still come down
    for variant, by in (("grpo", (3, 1)), ("dapo", (2, 2)), ("dr-grpo", (8, 8))):
        loss = grpo_loss(logps, old, logps, gains, mask, variant=variant, epsilon_high=0.3, limit=8)  # type: ignore[arg-type]
        assert loss.tolist() == pytest.approx([-first / by[0], -second / by[1]], rel=1e-6)


def test_clip_higher_lets_an_unlikely_token_rise_further() -> None:
    logps = torch.log(torch.tensor([[1.25]])).requires_grad_()
    for high, moves in ((0.2, False), (0.28, True)):
        logps.grad = None
        grpo_loss(
            logps, torch.zeros(1, 1), logps.detach(), torch.ones(1), torch.ones(1, 1), epsilon_high=high
        ).sum().backward()
        assert bool(logps.grad.abs().sum() > 0) == moves


@pytest.mark.parametrize("variant", ["grpo", "dapo", "dr-grpo"])
@pytest.mark.parametrize("unbiased", [False, True])
def test_the_gradient_of_each_variant_is_the_numerical_one(
    rollouts: tuple[Tensor, Tensor, Tensor], variant: str, unbiased: bool
) -> None:
    logps, mask, advantages = rollouts
    old = logps.detach() + torch.linspace(-0.5, 0.5, 20, dtype=torch.float64).reshape(4, 5)
    assert torch.autograd.gradcheck(
        lambda x: grpo_loss(
            x, old, old - 0.1, advantages, mask, variant=variant, epsilon_high=0.28, beta=0.04,  # type: ignore[arg-type]
            unbiased_kl=unbiased, limit=9,
        ), (logps,)
    )  # fmt: skip


def test_k3_is_unbiased_and_never_negative() -> None:
    generator = torch.Generator().manual_seed(0)
    p, q = torch.rand(2, 50, generator=generator).softmax(-1).log()
    drawn = torch.multinomial(p.exp(), 200_000, replacement=True, generator=generator)
    estimate = k3(p[drawn], q[drawn])
    true = float((p.exp() * (p - q)).sum())
    assert estimate.min() >= 0 and float(estimate.mean()) == pytest.approx(true, rel=0.02)


def test_the_gradient_of_the_unbiased_kl_is_that_of_the_reverse_kl() -> None:
    logits = torch.tensor([0.3, -0.2, 0.9, 0.0], dtype=torch.float64).requires_grad_()
    ref = torch.tensor([0.1, 0.2, 0.3, -0.5], dtype=torch.float64).log_softmax(-1)
    p = logits.log_softmax(-1)
    (p.exp() * (p - ref)).sum().backward()
    true, logits.grad = logits.grad, None
    for unbiased in (True, False):
        now = logits.log_softmax(-1)[:, None]  # each token once, weighed by how often it would be drawn
        one = torch.ones(4, 1, dtype=torch.float64)
        loss = grpo_loss(now, now.detach(), ref[:, None], 0 * one[:, 0], one, beta=1.0, unbiased_kl=unbiased)
        (loss * now.detach().exp()[:, 0]).sum().backward()
        assert torch.allclose(logits.grad, true) == unbiased
        logits.grad = None


def test_a_wrong_variant_is_refused_in_words() -> None:
    one = torch.ones(1, 1)
    with pytest.raises(LabkitError, match="variants are grpo, dapo, dr-grpo"):
        grpo_loss(one, one, one, one[0], one, variant="ppo")  # type: ignore[arg-type]
    with pytest.raises(LabkitError, match="the most tokens"):
        grpo_loss(one, one, one, one[0], one, variant="dr-grpo")


def test_a_clipped_token_is_one_whose_gradient_has_stopped_by_hand() -> None:
    ratios = torch.tensor([[1.31, 1.25, 1.0, 0.79, 0.81]] * 3)
    gains = torch.tensor([2.0, -0.5, 0.0])
    stopped = stopped_by_clip(ratios.log(), torch.zeros(3, 5), gains, epsilon=0.2, epsilon_high=0.3)
    assert stopped.int().tolist() == [[1, 0, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]]
    even = stopped_by_clip(ratios.log(), torch.zeros(3, 5), gains, epsilon=0.2)
    assert even.int().tolist() == [[1, 1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]]


@pytest.mark.parametrize("high", [None, 0.28])
def test_clipped_tokens_are_those_that_have_an_advantage_and_no_gradient(high: float | None) -> None:
    random = torch.Generator().manual_seed(0)
    old = torch.zeros(6, 50)
    logps = (0.4 * torch.randn(6, 50, generator=random)).requires_grad_()
    gains = torch.tensor([1.0, -1.0, 0.3, -2.0, 0.0, 0.7])
    grpo_loss(logps, old, old, gains, torch.ones(6, 50), epsilon_high=high).sum().backward()
    still = (logps.grad == 0) & (gains != 0)[:, None]
    stopped = stopped_by_clip(logps.detach(), old, gains, epsilon_high=high)
    assert torch.equal(stopped, still) and 0 < int(stopped.sum()) < stopped.numel()
