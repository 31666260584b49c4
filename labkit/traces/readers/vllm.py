"""Outputs of vLLM's `LLM.generate`, as objects or as JSON: the prompt, and one or more completions with token ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.traces.readers.completion import Completion, Piece
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import Trace


def recognises(record: Any, _: Options) -> bool:
    """Whether it has outputs with token ids."""
    outputs = record.get("outputs") if isinstance(record, Mapping) else None
    return isinstance(outputs, list) and all(isinstance(o, Mapping) and "token_ids" in o for o in outputs)


def read(record: Any, options: Options) -> Iterator[Trace]:
    """One trace for each completion."""
    for output in record["outputs"]:
        yield Completion(
            text=output["text"], prompt=record.get("prompt") or "", finish=output.get("finish_reason"),
            tokens=list(_pieces(output)),
        ).trace(options)  # fmt: skip


def _pieces(output: Mapping[str, Any]) -> Iterator[Piece]:
    """The tokens; each position maps the ids of the likeliest tokens and of the sampled one to their logprobs."""
    for id, likeliest in zip(output["token_ids"], output.get("logprobs") or (), strict=False):
        by_id = {int(key): value for key, value in likeliest.items()}
        top = sorted(by_id.items(), key=lambda item: -item[1]["logprob"])
        yield Piece(
            _raw(by_id[id]), by_id[id]["logprob"], tuple((_raw(v), v["logprob"]) for _, v in top), id,
            tuple(key for key, _ in top),
        )  # fmt: skip


def _raw(token: Mapping[str, Any]) -> bytes:
    return (token.get("decoded_token") or "").encode("utf-8", "replace")


VLLM = register(Reader("vLLM", 'an object with "outputs" that have "token_ids"', recognises, read))
