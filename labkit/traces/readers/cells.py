"""What a cell of a table holds: a text, a list of texts, messages, or lists of messages."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from labkit.traces.readers.completion import content_text, question_of
from labkit.traces.readers.openai_chat import thought_of


def cell_texts(value: Any) -> list[Any]:
    """The completions of a cell: several if it is a list of texts, or of lists of messages."""
    return value if isinstance(value, list) and value and not is_messages(value) else [value]


def cell_text(value: Any) -> str:
    """The text of a cell: that of the last message, or the first text of a list; "" if it has none."""
    if is_messages(value):
        return content_text(value[-1].get("content"))
    if isinstance(value, list):
        return next((text for text in map(cell_text, value) if text), "")
    return value if isinstance(value, str) else ""


def cell_thought(value: Any) -> str:
    """The thought of the last message of a cell, where the message has it apart from the content."""
    is_message = isinstance(value, list) and value and isinstance(value[-1], Mapping)
    return thought_of(value[-1]) if is_message else ""


def cell_prompt(value: Any) -> str:
    """The prompt in a cell: a text, or the user's last message."""
    return question_of(value) if isinstance(value, list) else cell_text(value)


def is_messages(value: Any) -> bool:
    """Whether a cell is a list of messages."""
    return bool(isinstance(value, list) and value and isinstance(value[0], Mapping) and "content" in value[0])


def is_simple(value: Any) -> bool:
    """Whether a value is a text or a number; tables mark a missing value with NaN."""
    return isinstance(value, str | int) or (isinstance(value, float) and isfinite(value))
