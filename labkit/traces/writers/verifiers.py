"""verifiers' Trace: a graph of two messages, with token ids, logprobs and rewards (version 1 of its schema)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from labkit._arguments import checks_arguments
from labkit.traces.trace import Trace

TRACE_VERSION = 1  # `verifiers.v1.trace.TRACE_VERSION`


@checks_arguments
def as_verifiers(
    trace: Trace, *, advantages: Sequence[float] | None = None, complete: bool = True
) -> dict[str, Any]:
    """A trace as a record that verifiers reads.

    Args:
        trace: the trace; the prompt and the completion become one node each.
        advantages: the advantage of each token, (T,); by default none is assigned.
        complete: whether `info` holds labkit's own record, from which `labkit.open` makes an equal trace.
    """
    ids = list(trace.tokens.ids)
    question = {
        "parent": None, "message": {"role": "user", "content": trace.prompt}, "sampled": False,
        "token_ids": list(trace.prompt_ids), "mask": [False] * len(trace.prompt_ids), "logprobs": [],
    }  # fmt: skip
    message = {"role": "assistant", "content": trace.answer, "reasoning_content": trace.thinking or None}
    completion = {
        "parent": 0, "message": message, "sampled": True, "token_ids": ids, "mask": [True] * len(ids),
        "logprobs": list(trace.tokens.logprobs), "entropies": list(trace.tokens.entropies) or None,
        "advantages": None if advantages is None else list(advantages),
    }  # fmt: skip
    return {
        "version": TRACE_VERSION,
        "id": uuid4().hex,
        "task": {"type": "labkit", "data": {"prompt": trace.prompt}},
        "agent": {"config": {}},
        "nodes": [question, completion],
        "calls": [{"node": 1, "model": trace.model, "finish_reason": trace.finish}],
        "rewards": {name: {"score": value, "weight": 1.0} for name, value in trace.rewards.items()},
        "info": {"labkit": trace.as_record()} if complete else {},
    }
