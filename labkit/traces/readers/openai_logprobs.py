"""The tokens of an answer of the chat endpoint, from its `logprobs`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.traces.readers.completion import Piece


def pieces_of(logprobs: Any) -> Iterator[Piece]:
    """The tokens with their log-probabilities and alternatives; none if the answer has no `logprobs`."""
    for token in (logprobs or {}).get("content") or ():
        top = tuple((_raw(each), each["logprob"]) for each in token.get("top_logprobs") or ())
        yield Piece(_raw(token), token["logprob"], top)


def _raw(token: Mapping[str, Any]) -> bytes:
    raw = token.get("bytes")
    return bytes(raw) if isinstance(raw, list) else token["token"].encode("utf-8", "replace")
