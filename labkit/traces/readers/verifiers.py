"""Traces of verifiers (Prime Intellect): a graph of messages, of which the model sampled some.

The file has token ids and logprobs, and no texts of tokens: without the tokenizer, a trace shows its words, as the
display of the set says. `n_token_ids` in the metadata counts the ids. Read at version 1 of the schema
(`verifiers.v1.trace.TRACE_VERSION`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.traces.readers.completion import Completion, content_text, question_of
from labkit.traces.readers.openai_chat import thought_of
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import Trace

NOTE = "token ids without their texts, so words are shown instead of tokens"


def recognises(record: Any, _: Options) -> bool:
    """Whether it has nodes with messages."""
    nodes = record.get("nodes") if isinstance(record, Mapping) else None
    return isinstance(nodes, list) and all(isinstance(n, Mapping) and "message" in n for n in nodes)


def read(record: Any, options: Options) -> Iterator[Trace]:
    """One trace for each message that the model sampled."""
    nodes, calls = record["nodes"], {call.get("node"): call for call in record.get("calls") or ()}
    for number, node in enumerate(nodes):
        if not node.get("sampled"):
            continue
        call, message = calls.get(number, {}), node["message"]
        yield Completion(
            text=content_text(message.get("content")), thought=thought_of(message),
            prompt=question_of([nodes[i]["message"] for i in _before(nodes, number)]),
            model=str(call.get("model") or ""), finish=call.get("finish_reason"),
            rewards={name: float(r["score"]) for name, r in (record.get("rewards") or {}).items()},
            metadata={"id": record.get("id"), "advantages": node.get("advantages"),
                      "n_token_ids": len(node.get("token_ids") or ()) or None},
        ).trace(options)  # fmt: skip


def _before(nodes: list[Mapping[str, Any]], number: int) -> list[int]:
    """The numbers of the messages before a node, first one first."""
    path: dict[int, None] = {}  # in order, and quick to look up: a file may have a long or a circular chain
    parent = nodes[number].get("parent")
    while isinstance(parent, int) and 0 <= parent < len(nodes) and parent not in path:
        path[parent] = None
        parent = nodes[parent].get("parent")
    return [*path][::-1]


VERIFIERS = register(Reader("verifiers", 'an object with "nodes" of messages', recognises, read, NOTE))
