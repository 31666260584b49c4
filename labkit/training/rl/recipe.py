"""The settings of a GRPO run."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.rewards.advantages import Kind
from labkit.traces import SamplingParams
from labkit.training.rl.loss import Variant


@dataclass(frozen=True)
class Grpo:
    """The recipe of `r1-mini`."""

    seed: int = 0
    steps: int = 120
    problems: int = 16  # prompts per step
    group: int = 16  # rollouts per prompt
    temperature: float = 1.0
    max_new_tokens: int = 640
    format_weight: float = 0.2  # a right answer has weight 1.0
    updates: int = 2  # optimiser steps per batch of rollouts
    epsilon: float = 0.2  # how far a token's ratio may move before its gradient stops
    epsilon_high: float | None = None  # a separate upper limit (DAPO: 0.28)
    beta: float = 0.0  # weight of the KL to the initial model
    variant: Variant = "grpo"  # the divisor of a rollout's loss
    advantage: Kind = "grpo"  # how a rollout is compared with its group
    lr: float = 3e-4
    warmup: int = 5  # steps
    decay: int = 40  # final steps in which the rate falls to a tenth; 0: constant
    micro: int = 8_192  # tokens per micro-batch
    save_every: int = 5  # steps

    @property
    def sampling(self) -> SamplingParams:
        """How the rollouts are sampled: from the whole distribution, since the loss needs its log-probabilities."""
        return SamplingParams(temperature=self.temperature, top_p=1.0, max_new_tokens=self.max_new_tokens)

    def learning_rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0: warmup, constant, then decay to a tenth."""
        down = max(0.1, min(1.0, (self.steps - step) / self.decay)) if self.decay else 1.0
        return self.lr * min(down, (step + 1) / max(1, self.warmup))
