"""Thoughts as tables, made by pandas: a row a token, or a row a thought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from labkit._host.extras import import_extra
from labkit.traces.steps import step_at

if TYPE_CHECKING:
    from labkit.traces.trace import Trace


def frame(columns: Mapping[str, Any] | list[dict[str, Any]]) -> Any:
    """A `pandas.DataFrame` of columns, or of rows.

    Raises:
        LabkitError: pandas is not installed.
    """
    return import_extra("pandas", "tables", why="labkit makes tables with it.").DataFrame(columns)


def token_columns(trace: Trace) -> dict[str, list[Any]]:
    """The columns of a table with one row a token, each of length T.

    `id`, `text`; `start`, the index of its first character; `part`: "thought", "answer" or "tag"; `step`, from 1, and
    `kind` of its step, None outside of the steps; where they were recorded, `logprob` and `entropy` in nats, `time` in
    seconds.
    """
    tokens, starts, steps = trace.tokens, trace.char_starts[:-1], trace.steps
    in_steps = [step_at(steps, start) for start in starts]
    columns: dict[str, list[Any]] = {
        "id": list(tokens.ids),
        "text": list(tokens.texts) or [trace.token(i).text for i in range(len(trace))],
        "start": list(starts),
        "part": [part_at(trace, start) for start in starts],
        "step": [step and step.number for step in in_steps],
        "kind": [step and step.kind for step in in_steps],
    }
    recorded = {"logprob": tokens.logprobs, "entropy": tokens.entropies, "time": tokens.times}
    return columns | {name: list(values) for name, values in recorded.items() if values}


def part_at(trace: Trace, start: int) -> str:
    """The part of a completion that contains a character: "thought", "answer" or "tag"."""
    for name, (first, end) in (("thought", trace.parts.thinking), ("answer", trace.parts.answer)):
        if first <= start < end:
            return name
    return "tag"


def row(trace: Trace) -> dict[str, Any]:
    """One row for one thought, by the names of the data sets of the field; the rewards have a column each.

    `tokens` counts tokens, or 0 for a thought that was read as text; `characters` counts those of the thought. A reward
    with the name of another column has the suffix `_reward`, by which `labkit.open` knows it as a reward.
    """
    columns = {
        "prompt": trace.prompt,
        "completion": trace.text,
        "thought": trace.thinking,
        "answer": trace.answer,
        "model": trace.model,
        "finish_reason": trace.finish,
        "tokens": len(trace),
        "characters": len(trace.thinking),
        "steps": len(trace.steps),
        "seconds": trace.tokens.times[-1] if trace.tokens.times else None,
        "logprob": sum(trace.tokens.logprobs) if trace.tokens.logprobs else None,
    }
    taken = {*columns, "labkit"}
    return columns | {f"{name}_reward" if name in taken else name: v for name, v in trace.rewards.items()}


def rows(traces: Iterable[Trace]) -> list[dict[str, Any]]:
    """One row for each thought."""
    return [row(trace) for trace in traces]
