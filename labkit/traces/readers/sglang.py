"""Outputs of SGLang's engine and of its `/generate`: the text, with token ids and logprobs in `meta_info`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.traces.readers.completion import Completion, Piece
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import Trace


def recognises(record: Any, _: Options) -> bool:
    """Whether it has a text and `meta_info`."""
    return isinstance(record, Mapping) and "text" in record and isinstance(record.get("meta_info"), Mapping)


def read(record: Any, options: Options) -> Iterator[Trace]:
    """One trace. The texts of the tokens are sent if `return_text_in_logprobs` was asked for."""
    info = record["meta_info"]
    finish = info.get("finish_reason")
    yield Completion(
        text=record["text"], tokens=list(_pieces(info)),
        finish=finish.get("type") if isinstance(finish, Mapping) else finish,
    ).trace(options)  # fmt: skip


def _pieces(info: Mapping[str, Any]) -> Iterator[Piece]:
    """The tokens: (logprob, id, text) of each, and of the likeliest ones at its position."""
    tokens = info.get("output_token_logprobs") or []
    tops = info.get("output_top_logprobs") or [()] * len(tokens)
    for (logprob, id, text), top in zip(tokens, tops, strict=False):
        pairs = tuple(((t or "").encode("utf-8", "replace"), p) for p, _, t in top or ())
        yield Piece(
            (text or "").encode("utf-8", "replace"), logprob, pairs, id, tuple(i for _, i, _ in top or ())
        )


SGLANG = register(Reader("SGLang", 'an object with "text" and "meta_info"', recognises, read))
