"""Samples of Inspect's logs (`.eval`, `.json`): messages, the model's output, and the scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.traces.readers.completion import Completion, content_text, question_of
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import Trace

# Inspect's own words for the value of a score.
VALUES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}


def recognises(record: Any, _: Options) -> bool:
    """Whether it is a sample with messages and an output."""
    return isinstance(record, Mapping) and {"messages", "output", "epoch"} <= {*record}


def read(record: Any, options: Options) -> Iterator[Trace]:
    """One trace for each choice of the last output."""
    output = record["output"]
    rewards = {name: _number(score.get("value")) for name, score in (record.get("scores") or {}).items()}
    for choice in output.get("choices") or ():
        content = choice["message"].get("content")
        parts = content if isinstance(content, list) else []
        yield Completion(
            text=content_text(parts or content),
            thought="\n\n".join(part.get("reasoning", "") for part in parts if part.get("type") == "reasoning"),
            prompt=question_of(record["messages"]), model=str(output.get("model") or ""),
            finish=choice.get("stop_reason"), rewards={k: v for k, v in rewards.items() if v is not None},
            columns={"answer": record.get("target")} if record.get("target") else None,
            metadata={"id": record.get("id"), "epoch": record.get("epoch")},
        ).trace(options)  # fmt: skip


def _number(value: Any) -> float | None:
    if isinstance(value, bool | int | float):
        return float(value)
    return VALUES.get(value) if isinstance(value, str) else None


INSPECT = register(Reader("Inspect log", 'a sample with "messages", "output" and "epoch"', recognises, read))
