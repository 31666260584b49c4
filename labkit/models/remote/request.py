"""The request that a server answered with a trace."""

from __future__ import annotations

from typing import Any, NamedTuple

Message = dict[str, str]


class ChatRequest(NamedTuple):
    """A request to the chat endpoint: its messages, and body arguments that OpenAI's API does not define."""

    messages: list[Message]
    extra_body: dict[str, Any]
