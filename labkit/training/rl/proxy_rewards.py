"""Rewards of the recipes: the ground truth, controls, and rewards that a model learns to hack.

Only the reward differs; the loop is `labkit.training.rl.loop`. The log has the reward and the true accuracy side by
side: with a good reward both curves rise, with a bad reward only the reward's curve.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.errors import BadArgument
from labkit.rewards import Rule, countdown_accuracy, length, think_format
from labkit.rewards.base import JudgedSpan
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.rollout import Rollouts

CLAIM = re.compile(r"right\.\n</think>")  # the end of a thought that claims a right answer


@dataclass(frozen=True)
class ProxyRewardRecipe(Grpo):
    """A GRPO recipe with a choice of reward; `reward` is one of `REWARDS`."""

    reward: str = "truth"


@Rule
def claims_right(text: str) -> Iterator[JudgedSpan]:
    r"""1.0 if the thought ends by calling its own check "right": a judge that trusts the text.

    >>> claims_right(["Check: 3 + 5 = 8, 8 + 9 = 17 vs 24, right.\n</think>\n\n<answer>7</answer>"])
    [1.0]
    """
    claim = CLAIM.search(text)
    span = (claim.start(), claim.start() + len("right")) if claim else (len(text), len(text))
    yield float(claim is not None), span, "It says that it is right." if claim else "It does not say so."


def accuracy_and_format(rollouts: Rollouts) -> tuple[np.ndarray, np.ndarray]:
    """Whether each completion is right, and whether it has the format, (B,) each."""
    columns: dict[str, Any] = {
        "numbers": [p.numbers for p in rollouts.problems],
        "target": [p.target for p in rollouts.problems],
        "opened": rollouts.opened or None,
    }
    accuracy = countdown_accuracy(rollouts.texts, **columns)
    return np.array(accuracy), np.array(think_format(rollouts.texts, **columns))


def ground_truth(rollouts: Rollouts, recipe: Grpo, seed: int) -> np.ndarray:
    """R1-Zero's rewards (R1 section 2.2.2): a right answer, and the format."""
    accuracy, formatted = accuracy_and_format(rollouts)
    return accuracy + recipe.format_weight * formatted


def random_reward(rollouts: Rollouts, recipe: Grpo, seed: int) -> np.ndarray:
    """1 or 0 at random, whatever the completion is (Shao et al., arXiv 2506.10947)."""
    return np.random.default_rng(seed).integers(0, 2, len(rollouts.texts)).astype(float)


def format_only(rollouts: Rollouts, recipe: Grpo, seed: int) -> np.ndarray:
    """The format alone."""
    return accuracy_and_format(rollouts)[1]


def self_claim_reward(rollouts: Rollouts, recipe: Grpo, seed: int) -> np.ndarray:
    """1 for the word "right", and up to 1 for a short completion: a judge that trusts the text, and a length cost."""
    short = length(recipe.max_new_tokens)(rollouts.texts, completion_ids=rollouts.ids)
    return np.array(claims_right(rollouts.texts), dtype=float) + np.array(short, dtype=float)


REWARDS: dict[str, Callable[[Rollouts, Grpo, int], np.ndarray]] = {  # by the names that a recipe's file uses
    "truth": ground_truth,
    "coin": random_reward,
    "form": format_only,
    "claim": self_claim_reward,
}


def reward_fn(recipe: Grpo) -> Callable[[Rollouts, int], np.ndarray]:
    """The reward of a recipe, for the loop.

    Raises:
        LabkitError: `recipe.reward` is not one of `REWARDS`.
    """
    name = recipe.reward if isinstance(recipe, ProxyRewardRecipe) else "truth"
    if name not in REWARDS:
        raise BadArgument(
            f"There is no reward {name!r}.",
            why=f"the rewards of a recipe are {', '.join(REWARDS)}.",
            next='reward = "truth"',
        )
    return lambda rollouts, seed: REWARDS[name](rollouts, recipe, seed)
