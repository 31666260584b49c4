"""Splits a server's stream into pieces of text: tokens if the server sends logprobs, otherwise text chunks."""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

EOS_TEXTS = (
    "<｜end▁of▁sentence｜>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<|return|>",
)

REASONING = ("reasoning_content", "reasoning", "thinking")  # a thought's field, by the server
REPLACEMENT = "\ufffd".encode()  # the replacement for a partial character in text


@dataclass(frozen=True)
class Delta:
    """One piece of text and its data; `thought`: the server sent it as reasoning, apart from the content; `top`:
    the alternatives, as bytes, with their logprobs.
    """

    text: str
    thought: bool = False
    bytes: bytes | None = None
    logprob: float | None = None
    top: tuple[tuple[builtins.bytes, float], ...] = ()

    @property
    def raw(self) -> builtins.bytes:
        """The bytes of the piece, which may hold a partial character."""
        return self.bytes if self.bytes is not None else self.text.encode("utf-8", "replace")


class DeltaCleaner:
    r"""Removes text that the model did not generate: `transformers serve` first sends the prompt if its template opens
    the thought, and some servers send the end token as text.

    Args:
        prompt: the user's prompt.

    >>> cleaner = DeltaCleaner("2 + 2?")
    >>> deltas = [Delta("<u>2 + 2?<a>"), Delta("\n", True), Delta("4<|im_end|>")]
    >>> [clean.text for delta in deltas for clean in cleaner.clean(delta)]
    ['4', '<|im_end|>']
    """

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        self.began = False

    def clean(self, delta: Delta) -> Iterator[Delta]:
        """What remains of the next delta of a stream: nothing, the delta, or text and end token apart."""
        if not self.began and (
            is_prompt_echo(delta, self.prompt) or (delta.thought and not delta.text.strip())
        ):
            return
        self.began = True
        end = next((mark for mark in EOS_TEXTS if delta.text.endswith(mark)), "")
        if not end:
            yield delta
            return
        if delta.text != end:
            yield replace(delta, text=delta.text.removesuffix(end), bytes=None)
        yield replace(delta, text=end, thought=False, bytes=b"")


def is_prompt_echo(delta: Delta, prompt: str) -> bool:
    """Whether the piece is the templated prompt, not an answer that repeats the question.

    >>> [is_prompt_echo(Delta(text), "2 + 2?") for text in ("<u>2 + 2?<a><think>", "<u>2 + 2?", "You ask: 2 + 2? 4.")]
    [True, False, False]
    """
    if not prompt or delta.thought or delta.logprob is not None:
        return False
    before, _, behind = delta.text.strip().partition(prompt.strip())
    return before.startswith("<") and behind.lstrip().startswith(("<", "[")) and behind.endswith(">")


def deltas_of(choice: Any) -> Iterator[Delta]:
    """The pieces of one message: its tokens if they are sent and add up to its text, otherwise the text."""
    reasoning, content = _texts_of(choice)
    tokens = list(_tokens_of(getattr(choice, "logprobs", None)))
    # A server may hold text back (a partial character) but still send the token.
    if tokens and not reasoning and not _replaced(tokens, content):
        yield from tokens
    elif tokens and not content and "".join(token.text for token in tokens) == reasoning:
        yield from (Delta(t.text, True, t.bytes, t.logprob, t.top) for t in tokens)
    else:
        if reasoning:
            yield Delta(reasoning, thought=True)
        if content:
            yield Delta(content)


def _texts_of(choice: Any) -> tuple[str, str]:
    """Reasoning and content of one message. The content may be a list of parts, some of them thoughts (Mistral)."""
    delta = getattr(choice, "delta", None)
    more = getattr(delta, "model_extra", None) or {}
    sent = next((more[name] for name in REASONING if more.get(name)), "")
    content = delta.content if delta is not None else getattr(choice, "text", "")
    parts = content if isinstance(content, list) else [content]
    thoughts = [part for part in parts if isinstance(part, dict) and part.get("type") == "thinking"]
    return (
        _part_text(sent) + "".join(map(_part_text, thoughts)),
        "".join(_part_text(part) for part in parts if part not in thoughts),
    )


def _part_text(part: Any) -> str:
    """The text of a part of a message; "" for an image and every other kind.

    >>> _part_text({"type": "thinking", "thinking": [{"type": "text", "text": "Add."}]}), _part_text({"url": "a.png"})
    ('Add.', '')
    """
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(_part_text(inner) for inner in part if not isinstance(inner, list))
    if not isinstance(part, dict):
        return ""
    inner = part.get("thinking") or part.get("text")
    return _part_text(inner) if isinstance(inner, str | list) else ""


def _tokens_of(logprobs: Any) -> Iterator[Delta]:
    """Tokens of a message, in the format of the chat endpoint or of the older completions endpoint."""
    content = getattr(logprobs, "content", None)
    if isinstance(content, list):
        for token in map(_Fields, content):
            raw = bytes(token.bytes) if isinstance(token.bytes, list) else None
            top = ((_raw(t), t.logprob) for t in map(_Fields, token.top_logprobs or ()))
            yield Delta(token.token, bytes=raw, logprob=_finite(token.logprob), top=_alternatives(top))
    elif getattr(logprobs, "tokens", None):
        tops = logprobs.top_logprobs or [None] * len(logprobs.tokens)
        for text, logprob, top in zip(logprobs.tokens, logprobs.token_logprobs, tops, strict=False):
            pairs = ((other.encode("utf-8", "replace"), p) for other, p in (top or {}).items())
            likeliest = sorted(_alternatives(pairs), key=lambda pair: -pair[1])
            yield Delta(text, logprob=_finite(logprob), top=tuple(likeliest))


def _finite(logprob: Any) -> float | None:
    """A logprob. Returns None for null, NaN or -Infinity, which some servers send."""
    number = isinstance(logprob, int | float) and not isinstance(logprob, bool)
    return float(logprob) if number and math.isfinite(logprob) else None


def _alternatives(top: Iterable[tuple[bytes, Any]]) -> tuple[tuple[bytes, float], ...]:
    """The alternatives with a logprob."""
    return tuple((raw, known) for raw, p in top if (known := _finite(p)) is not None)


def _raw(token: Any) -> bytes:
    """The bytes of an alternative: a partial character has no text, and an end token has no bytes."""
    return (
        bytes(token.bytes)
        if token.bytes and isinstance(token.bytes, list)
        else (token.token or "").encode("utf-8", "replace")
    )


def _replaced(tokens: Sequence[Delta], content: str) -> bool:
    """Whether the text has characters that the tokens give only as U+FFFD."""
    return any(REPLACEMENT in token.raw for token in tokens) and join_text(tokens) != content


class _Fields:
    """A record of `openai`, or the plain dict that it returns for unknown fields."""

    def __init__(self, record: Any) -> None:
        self.record = record

    def __getattr__(self, name: str) -> Any:
        return self.record.get(name) if isinstance(self.record, dict) else getattr(self.record, name, None)


def join_text(pieces: Sequence[Delta]) -> str:
    """The text of the pieces."""
    return b"".join(p.raw for p in pieces).decode("utf-8", "replace")
