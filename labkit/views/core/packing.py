"""Encodes columns of tokens as a header and one binary buffer."""

from __future__ import annotations

import hashlib
import sys
from array import array
from itertools import accumulate, pairwise

from labkit.traces import Block, Tokens, Trace
from labkit.traces.text import with_words
from labkit.views.core.contract import Columns

UNKNOWN = float("nan")


def key_of(trace: Trace) -> str:
    """The key shared by all views of a trace, the same at every run: a digest of its model, prompt and text."""
    content = "\0".join((trace.model, trace.prompt_text or trace.prompt, trace.text))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def texts_of(trace: Trace) -> list[str]:
    """The displayed text of each token, (T,), as in `with_texts`."""
    return with_texts(trace).texts


def with_texts(trace: Trace) -> Tokens:
    """The columns with texts, cut from the trace's text if missing, or with words if the trace came as text."""
    tokens = with_words(trace).tokens
    if tokens.texts:
        return tokens
    return tokens.model_copy(update={"texts": [trace.text[a:b] for a, b in pairwise(trace.char_starts)]})


def pack(
    tokens: Tokens, first: int, last: int, *, byte: int = 0, keep: int = 0, blocks: list[Block]
) -> tuple[Columns, bytes]:
    """Tokens `[first, last)` of `tokens`, in the format of `Columns`.

    Args:
        byte: offset of the first token of `tokens` in the text.
    """
    n = last - first
    starts = list(accumulate(tokens.sizes[:last], initial=byte))[first:last]
    parts = (
        array("f", tokens.logprobs[first:last] or [UNKNOWN] * n),
        array("f", tokens.entropies[first:last] or [UNKNOWN] * n),
        array("I", [max(0, id) for id in tokens.ids[first:last]]),  # a word has the id -1
        array("I", starts),
    )
    if sys.byteorder == "big":
        for part in parts:
            part.byteswap()
    header = Columns(first=first, count=n, texts=tokens.texts[first:last], keep=keep, blocks=blocks)
    return header, b"".join(part.tobytes() for part in parts)
