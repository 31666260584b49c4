"""A run of `labkit.training.grpo`: the rollouts that its `run.json` holds, with rewards, step and advantage."""

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
        rewards = {"correct": float(rollout["right"])}
        rewards |= {} if rollout["reward"] is None else {"reward": rollout["reward"]}
        try:
            trace = Trace.model_validate(rollout["trace"])
        except ValidationError as error:
            raise ValueError(f"rollout {number} is not a trace ({error.errors()[0]['msg']})") from None
        yield trace.model_copy(
            update={
                "rewards": {**trace.rewards, **rewards},
                "metadata": {**trace.metadata, "step": rollout["step"]},
            }
        )


LABKIT_RUN = register(Reader("a run of labkit", "a run.json", recognises, read))
