"""Answers of the chat endpoint, from OpenAI and every server that follows it: one trace for each choice.

Servers send the thought as `reasoning_content` (SGLang, DeepSeek) or `reasoning` (OpenRouter, Ollama, newer vLLM),
as a part of the content (Mistral), or leave it in the text of the content. The answer does not hold its prompt. A line
of a batch has the answer in `response.body`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.traces.readers.completion import Completion, content_text, question_of
from labkit.traces.readers.openai_logprobs import pieces_of
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import Trace


def recognises(record: Any, _: Options) -> bool:
    """Whether it has choices with messages or texts."""
    choices = _body(record).get("choices")
    return isinstance(choices, list) and all(
        isinstance(c, Mapping) and {"message", "text"} & {*c} for c in choices
    )


def read(record: Any, options: Options) -> Iterator[Trace]:
    """One trace for each choice."""
    body = _body(record)
    request = record.get("request") or record.get("body") or {}
    request = request.get("body", request) if isinstance(request, Mapping) else {}
    prompt = question_of(request.get("messages") or ()) if isinstance(request, Mapping) else ""
    for choice in body["choices"]:
        message = choice.get("message") or {"content": choice.get("text")}
        yield Completion(
            text=content_text(message.get("content")), thought=thought_of(message), prompt=prompt,
            model=str(body.get("model") or ""), finish=choice.get("finish_reason"),
            tokens=list(pieces_of(choice.get("logprobs"))),
        ).trace(options)  # fmt: skip


def thought_of(message: Mapping[str, Any]) -> str:
    """The thought of a message that has it apart from the content; "" if it has none."""
    content = message.get("content")
    parts = [part for part in content if isinstance(part, Mapping)] if isinstance(content, list) else []
    named = [message.get(name) for name in ("reasoning_content", "reasoning", "thinking")]
    named += [[part["thinking"]] for part in parts if isinstance(part.get("thinking"), str)]
    named += [part["thinking"] for part in parts if isinstance(part.get("thinking"), list)]  # Mistral
    return next((text for text in map(content_text, named) if text), "")


def _body(record: Any) -> Mapping[str, Any]:
    """The answer itself, without the envelope of a batch."""
    record = record if isinstance(record, Mapping) else {}
    response = record.get("response")
    body = response.get("body", response) if isinstance(response, Mapping) else record
    return body if isinstance(body, Mapping) else {}


OPENAI_CHAT = register(Reader("OpenAI chat", 'an object with "choices"', recognises, read))
