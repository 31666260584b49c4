"""The table of a reward view as the sliders define it, computed once for the picture or the HTML."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.views.reward import contract as wire
from labkit.views.reward import data
from labkit.views.reward.wording import Bars, bars, extent, number, order


@dataclass(frozen=True)
class Table:
    """Rewards, advantages and stacked bars of each rollout; `rows` are the rollouts in the order of display.

    `extent` is the range of all bars, `longest` the largest number of tokens.
    """

    scene: wire.Scene
    rewards: list[float | None]
    advantages: list[float]
    bars: list[Bars]
    rows: list[int]
    extent: tuple[float, float]
    longest: int

    def advantage(self, row: int) -> str:
        """The advantage of a rollout as text; a dash if it cannot be judged."""
        return number(self.advantages[row], sign=True) if self.rewards[row] is not None else "–"


def table_of(group: data.GradedGroup, focus: wire.Focus) -> Table:
    """Computes the table."""
    scene = data.scene_of(group)
    rewards = data.totals(group, focus.weights)
    advantages = data.advantages(rewards, focus.kind)
    stacked = [bars(rollout.values, focus.weights) for rollout in scene.rollouts]
    counts = [rollout.count for rollout in scene.rollouts]
    rows = order(rewards, advantages, counts, focus.sort, focus.down)
    return Table(scene, rewards, advantages, stacked, rows, extent(stacked), max(counts, default=1) or 1)
