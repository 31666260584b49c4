"""Answers of OpenAI's Responses endpoint: items of reasoning and of messages, in `output`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.traces.readers.completion import Completion, content_text, question_of
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import Trace


def recognises(record: Any, _: Options) -> bool:
    """Whether it has items in its output."""
    items = record.get("output") if isinstance(record, Mapping) else None
    return isinstance(items, list) and any(
        isinstance(i, Mapping) and i.get("type") == "message" for i in items
    )


def read(record: Any, options: Options) -> Iterator[Trace]:
    """One trace: all reasoning is its thought, and all messages are its answer."""
    items = [item for item in record["output"] if isinstance(item, Mapping)]
    thoughts = (item for item in items if item.get("type") == "reasoning")
    # A server of open weights sends the reasoning itself; OpenAI sends a summary.
    thought = "\n\n".join(content_text(item.get("content") or item.get("summary")) for item in thoughts)
    text = "\n\n".join(content_text(item.get("content")) for item in items if item.get("type") == "message")
    request = record.get("input")
    yield Completion(
        text=text, thought=thought, prompt=request if isinstance(request, str) else question_of(request or ()),
        model=str(record.get("model") or ""), finish=record.get("status"),
    ).trace(options)  # fmt: skip


OPENAI_RESPONSES = register(Reader("OpenAI Responses", 'an object with "output" items', recognises, read))
