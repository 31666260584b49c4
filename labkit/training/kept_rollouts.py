"""The rollouts that a training run keeps, and their thoughts as a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from labkit.traces import Trace, TraceSequence
from labkit.traces.readers.labkit_run import judged


@dataclass(frozen=True)
class KeptRollout:
    """A rollout that a run keeps: its step from 1, reward, advantage, whether the answer is right, and its trace."""

    step: int
    reward: float | None
    advantage: float
    right: bool
    trace: Trace

    @property
    def judged_trace(self) -> Trace:
        """The trace with the reward, the verdict of the task and the step of training."""
        return judged(self.trace, reward=self.reward, right=self.right, step=self.step)


class RunThoughts(TraceSequence):
    """The thoughts of kept rollouts, in the order of training. Each has its reward, and its step in `metadata`."""

    def __init__(self, rollouts: Sequence[KeptRollout]) -> None:
        self.rollouts = tuple(rollouts)

    def __len__(self) -> int:
        return len(self.rollouts)

    @overload
    def __getitem__(self, index: int) -> Trace: ...
    @overload
    def __getitem__(self, index: slice) -> RunThoughts: ...
    def __getitem__(self, index: int | slice) -> Trace | RunThoughts:
        if isinstance(index, slice):
            return RunThoughts(self.rollouts[index])
        return self.rollouts[index].judged_trace

    def __repr__(self) -> str:
        return f"RunThoughts({len(self):,} rollouts)"
