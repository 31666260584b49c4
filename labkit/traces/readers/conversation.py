"""Conversations: `messages` with roles (OpenAI, trackio) or `conversations` with `from` and `value` (ShareGPT)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.traces.readers.completion import Completion, content_text, question_of
from labkit.traces.readers.openai_chat import thought_of
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.readers.rewards import rewards_of
from labkit.traces.trace import Trace

ANSWERS = frozenset({"assistant", "gpt", "model"})


def recognises(record: Any, options: Options) -> bool:
    """Whether it has messages of which one is an answer."""
    return any(message["role"] in ANSWERS for message in _messages(record, options))


def read(record: Any, options: Options) -> Iterator[Trace]:
    """One trace for each answer."""
    messages = _messages(record, options)
    metadata = record.get("metadata")
    metadata = dict(metadata) if isinstance(metadata, Mapping) else {}
    for i, message in enumerate(messages):
        if message["role"] in ANSWERS and (content_text(message.get("content")) or thought_of(message)):
            yield Completion(
                text=content_text(message.get("content")), thought=thought_of(message),
                prompt=question_of(messages[:i]), model=str(record.get("model") or metadata.get("model") or ""),
                rewards=rewards_of(record) | rewards_of(metadata), metadata=metadata,
            ).trace(options)  # fmt: skip


def _messages(record: Any, options: Options) -> list[dict[str, Any]]:
    """The messages with the names of OpenAI."""
    if not isinstance(record, Mapping):
        return []
    column = options.columns.get("messages")
    named = record.get(column) if column else record.get("messages") or record.get("conversations")
    messages = [m for m in named if isinstance(m, Mapping)] if isinstance(named, list) else []
    return [
        {**m, "role": m.get("role") or m.get("from"), "content": m.get("content") or m.get("value")}
        for m in messages
    ]


CONVERSATION = register(
    Reader("conversation (OpenAI, trackio, ShareGPT)", '"messages" with an assistant', recognises, read)
)
