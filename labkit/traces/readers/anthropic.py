"""Messages of Anthropic: blocks of thinking and of text. The text of a redacted block of thinking is not sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.traces.readers.completion import Completion, content_text
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import Trace


def recognises(record: Any, _: Options) -> bool:
    """Whether it is a message with blocks."""
    is_message = isinstance(record, Mapping) and record.get("type") == "message"
    return is_message and isinstance(record.get("content"), list)


def read(record: Any, options: Options) -> Iterator[Trace]:
    """One trace."""
    yield Completion(
        text=content_text([block for block in record["content"] if block.get("type") == "text"]),
        thought="\n\n".join(b.get("thinking", "") for b in record["content"] if b.get("type") == "thinking"),
        model=str(record.get("model") or ""), finish=record.get("stop_reason"),
    ).trace(options)  # fmt: skip


ANTHROPIC = register(Reader("Anthropic messages", '"type": "message" with blocks', recognises, read))
