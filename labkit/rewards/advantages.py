"""Group advantages: the reward of each rollout relative to its own group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument

Kind = Literal["grpo", "dr-grpo", "rloo"]


@checks_arguments
def group_advantages(
    rewards: Sequence[float | None], *, kind: Kind = "grpo", scale: bool = True, eps: float = 1e-4
) -> NDArray[np.float64]:
    """The advantage of each rollout of one prompt relative to its group.

        grpo     A_i = (r_i - mean(r)) / (std(r) + eps)       (DeepSeek-R1, eq. 3; eps as in TRL)
        dr-grpo  A_i = r_i - mean(r)                          (arXiv 2503.20783)
        rloo     A_i = r_i - mean(the other rewards)          (arXiv 2402.14740)

    Dividing by the standard deviation gives every group the same scale: in a group that is nearly all
    right, or nearly all wrong, the exception weighs several times more than in an even group. Dr. GRPO
    removes the division for this reason. RLOO is Dr. GRPO times G / (G - 1).

    Args:
        rewards: shape (G,), one number a rollout, G >= 2; None for a rollout that could not be judged,
            which is ignored and gets 0.
        kind: one of the three formulas.
        scale: False means `kind="dr-grpo"`.
        eps: added to the (population) standard deviation, so that a group of equal rewards gives zeros.

    Returns:
        Shape (G,), sums to zero. All zeros if every rollout has the same reward: such a group has no
        learning signal.

    Raises:
        LabkitError: fewer than two rewards, or `kind` is unknown.

    >>> group_advantages([1, 0, 0, 0], kind="dr-grpo").tolist()
    [0.75, -0.25, -0.25, -0.25]
    >>> group_advantages([1, 0, 0, None], kind="rloo").tolist()
    [1.0, -0.5, -0.5, 0.0]
    >>> group_advantages([1, 1, 1, 1]).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    if kind not in get_args(Kind):
        raise BadArgument(
            f"group_advantages() does not know the kind {kind!r}.",
            why=f"it knows {', '.join(get_args(Kind))}.",
            next='labkit.rewards.group_advantages([1, 0, 0, 0], kind="dr-grpo")',
        )
    r = np.array([np.nan if reward is None else reward for reward in rewards], dtype=float)
    if r.size < 2:
        raise BadArgument(
            f"group_advantages() got {r.size} reward and needs at least 2.",
            why="an advantage compares the rollouts of one prompt with each other.",
            next="group = model.sample(prompt, n=8)",
        )
    judged = ~np.isnan(r)
    n = int(judged.sum())
    if n < 2:
        return np.zeros(r.size)
    centred = np.where(judged, r - r[judged].mean(), 0.0)
    if kind == "rloo":
        return centred * n / (n - 1)
    return centred / (r[judged].std() + eps) if kind == "grpo" and scale else centred


@checks_arguments
def has_signal(rewards: Sequence[float | None]) -> bool:
    """Whether a group has a learning signal: at least two rollouts have different rewards.

    DAPO's dynamic sampling keeps such groups and replaces the others (arXiv 2503.14476, section 3.2): if
    all rollouts are right, or all wrong, every advantage is zero and so is the gradient.

    >>> has_signal([1, 0, 0]), has_signal([1, 1, 1]), has_signal([1, None, 1])
    (True, False, False)
    """
    known = [r for r in rewards if r is not None]
    return bool(known) and max(known) - min(known) > 1e-9  # floating-point sums differ in their last digits
