"""trackio's Trace: messages and metadata, for `trackio.log` and for the format of its files."""

from __future__ import annotations

from typing import Any

from labkit._arguments import checks_arguments
from labkit.traces.trace import Trace


@checks_arguments
def as_trackio(trace: Trace, *, complete: bool = True) -> dict[str, Any]:
    """A trace in the format that trackio stores; `trackio.Trace(**fields)` takes its messages, metadata and spans.

    Args:
        trace: the trace; its thought becomes `reasoning_content`, and its answer `content`.
        complete: whether the metadata hold labkit's own record, from which `labkit.open` makes an equal trace.
    """
    message = {"role": "assistant", "content": trace.answer}
    if trace.thinking:
        message["reasoning_content"] = trace.thinking
    metadata = {
        **trace.metadata,
        "rewards": dict(trace.rewards),
        "model": trace.model,
        "finish_reason": trace.finish,
    }
    return {
        "_type": "trackio.trace",
        "messages": [{"role": "user", "content": trace.prompt}, message],
        "metadata": metadata | ({"labkit": trace.as_record()} if complete else {}),
        "spans": [],
    }
