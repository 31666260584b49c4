"""A run of `labkit.training.grpo`: the rollouts that its `run.json` holds, with reward, verdict and step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import Trace


def recognises(record: Any, _: Options) -> bool:
    """Whether it is the record of a run."""
    return isinstance(record, Mapping) and isinstance(record.get("kept"), list) and "rule_columns" in record


def read(record: Any, _: Options) -> Iterator[Trace]:
    """One trace for each rollout, with the names of `run.thoughts`."""
    for number, rollout in enumerate(record["kept"]):
        try:
            trace = Trace.model_validate(rollout["trace"])
        except ValidationError as error:
            raise ValueError(f"rollout {number} is not a trace ({error.errors()[0]['msg']})") from None
        yield judged(trace, reward=rollout["reward"], right=rollout["right"], step=rollout["step"])


def judged(trace: Trace, *, reward: float | None, right: bool, step: int) -> Trace:
    """The trace with its reward, the verdict of the task as the reward `correct`, and the step of training.

    The step is in `metadata`.
    """
    rewards = {"correct": float(right)} | ({} if reward is None else {"reward": reward})
    return trace.model_copy(
        update={"rewards": {**trace.rewards, **rewards}, "metadata": {**trace.metadata, "step": step}}
    )


LABKIT_RUN = register(Reader("a run of labkit", "a run.json", recognises, read))
