"""What a server sends, cut into pieces of text: tokens where it tells them, or else whatever came at once."""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

ENDS = ("<｜end▁of▁sentence｜>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|return|>")

LOST = "\ufffd".encode()  # what stands for half a character where text is all that is told


@dataclass(frozen=True)
class Said:
    """One piece of text, and what is known of it; `thought`: it came as reasoning, beside the content; `top`: what
    could have come instead, as bytes, with its logprob.
    """

    text: str
    thought: bool = False
    bytes: bytes | None = None
    logprob: float | None = None
    top: tuple[tuple[builtins.bytes, float], ...] = ()

    @property
    def raw(self) -> builtins.bytes:
        """Its bytes: half a character is no text."""
        return self.bytes if self.bytes is not None else self.text.encode("utf-8", "replace")


def tidied(pieces: Iterator[Said], prompt: str) -> Iterator[Said]:
    r"""The pieces without what is not the model's: `transformers serve` sends the prompt first, where its
    template opens the thought, and some servers spell the end token out.

    >>> [p.text for p in tidied(iter([Said("<u>2 + 2?<a>"), Said("\n", True), Said("4<|im_end|>")]), "2 + 2?")]
    ['4', '<|im_end|>']
    """
    began = False
    for said in pieces:
        if not began and (echoes(said, prompt) or (said.thought and not said.text.strip())):
            continue
        began = True
        end = next((mark for mark in ENDS if said.text.endswith(mark)), "")
        if not end:
            yield said
            continue
        if said.text != end:
            yield replace(said, text=said.text.removesuffix(end), bytes=None)
        yield replace(said, text=end, thought=False, bytes=b"")


def echoes(said: Said, prompt: str) -> bool:
    """Whether it is the prompt in its template, and not an answer that repeats the question.

    >>> [echoes(Said(text), "2 + 2?") for text in ("<u>2 + 2?<a><think>", "<u>2 + 2?", "You ask: 2 + 2? 4.")]
    [True, False, False]
    """
    if not prompt or said.thought or said.logprob is not None:
        return False
    before, _, behind = said.text.strip().partition(prompt.strip())
    return before.startswith("<") and behind.lstrip().startswith(("<", "[")) and behind.endswith(">")


def pieces_of(choice: Any) -> Iterator[Said]:
    """The pieces of one message: its tokens where they are told and add up to its text, or else the text."""
    delta = getattr(choice, "delta", None)
    more = getattr(delta, "model_extra", None) or {}
    found = more.get("reasoning_content") or more.get("reasoning")
    reasoning = found if isinstance(found, str) else ""
    content = (delta.content if delta is not None else getattr(choice, "text", "")) or ""
    told = list(_told(getattr(choice, "logprobs", None)))
    # A server may hold its text back (half a character), and tell the token all the same.
    if told and not reasoning and not _lost(told, content):
        yield from told
    elif told and not content and "".join(each.text for each in told) == reasoning:
        yield from (Said(t.text, True, t.bytes, t.logprob, t.top) for t in told)
    else:
        if reasoning:
            yield Said(reasoning, thought=True)
        if content:
            yield Said(content)


def _told(logprobs: Any) -> Iterator[Said]:
    """Tokens of a message, as the chat endpoint tells them or as the older endpoint of completions does."""
    content = getattr(logprobs, "content", None)
    if isinstance(content, list):
        for each in map(_Fields, content):
            raw = None if each.bytes is None else bytes(each.bytes)
            top = ((_raw(t), t.logprob) for t in map(_Fields, each.top_logprobs or ()))
            yield Said(each.token, bytes=raw, logprob=_known(each.logprob), top=_told_of(top))
    elif getattr(logprobs, "tokens", None):
        tops = logprobs.top_logprobs or [None] * len(logprobs.tokens)
        for text, logprob, top in zip(logprobs.tokens, logprobs.token_logprobs, tops, strict=False):
            pairs = ((other.encode("utf-8", "replace"), p) for other, p in (top or {}).items())
            likeliest = sorted(_told_of(pairs), key=lambda pair: -pair[1])
            yield Said(text, logprob=_known(logprob), top=tuple(likeliest))


def _known(logprob: Any) -> float | None:
    """A log-probability; None for what is no number: some servers send null, NaN or -Infinity."""
    number = isinstance(logprob, int | float) and not isinstance(logprob, bool)
    return float(logprob) if number and math.isfinite(logprob) else None


def _told_of(top: Iterable[tuple[bytes, Any]]) -> tuple[tuple[bytes, float], ...]:
    """Those alternatives of which a log-probability is told."""
    return tuple((raw, known) for raw, p in top if (known := _known(p)) is not None)


def _raw(token: Any) -> bytes:
    """The bytes of an alternative: half a character has no text, and the end of a text has no bytes."""
    return bytes(token.bytes) if token.bytes else (token.token or "").encode("utf-8", "replace")


def _lost(told: Sequence[Said], content: str) -> bool:
    """Whether the text tells characters of which the tokens tell the halves alone, as U+FFFD."""
    return any(LOST in each.raw for each in told) and joined(told) != content


class _Fields:
    """A record of `openai`, or the plain dict that it leaves where it did not expect one."""

    def __init__(self, record: Any) -> None:
        self.record = record

    def __getattr__(self, name: str) -> Any:
        return self.record.get(name) if isinstance(self.record, dict) else getattr(self.record, name, None)


def joined(pieces: Sequence[Said]) -> str:
    """Their text."""
    return b"".join(p.raw for p in pieces).decode("utf-8", "replace")
