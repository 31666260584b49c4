"""From rewards to advantages: how much better each rollout did than its own group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labkit.errors import LabkitError


def group_advantages(
    rewards: Sequence[float], *, scale: bool = True, eps: float = 1e-4
) -> NDArray[np.float64]:
    """How much better each rollout of one prompt did than its own group.

        A_i = (r_i - mean(r)) / (std(r) + eps)          (DeepSeek-R1, eq. 3)

    Args:
        rewards: shape (G,), one finite number a rollout, G >= 2.
        scale: divide by the population standard deviation; False keeps the difference from the
            mean alone, as Dr. GRPO does.
        eps: added to the deviation, so that a group of equal rewards gives zeros and not noise.

    Returns:
        Shape (G,), sums to zero. All zeros where every rollout earned the same: such a group
        teaches nothing.

    Raises:
        LabkitError: fewer than two rewards.

    >>> group_advantages([1, 0, 0, 0], scale=False).tolist()
    [0.75, -0.25, -0.25, -0.25]
    >>> group_advantages([1, 1, 1, 1]).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    r = np.asarray(rewards, dtype=float)
    if r.size < 2:
        raise LabkitError(
            f"group_advantages() got {r.size} reward and needs at least 2.",
            why="an advantage compares the rollouts of one prompt with each other.",
            next="group = model.sample(prompt, n=8)",
        )
    centred = r - r.mean()
    return centred / (r.std() + eps) if scale else centred
