"""Splits a text without tokens into words, so that views can show it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from labkit._arguments import checks_arguments
from labkit.traces.tokens import Tokens

if TYPE_CHECKING:
    from labkit.traces.trace import Trace

WORD_ID = -1  # the id in `Tokens.ids` of an entry that is a word, not a vocabulary token
_WORD = re.compile(r"\S+\s*|\s+")


@checks_arguments
def word_tokens(text: str, cuts: Sequence[int] = ()) -> Tokens:
    """One entry a word, with its trailing blanks; the ids are `WORD_ID`, and the probabilities are unknown.

    Args:
        text: the completion.
        cuts: character positions at which an entry must begin, such as the end of a tag.

    >>> word_tokens("3 + 5 = 8.").texts
    ['3 ', '+ ', '5 ', '= ', '8.']
    """
    starts = {match.start() for match in _WORD.finditer(text)} | {c for c in cuts if 0 < c < len(text)}
    words = [text[start:end] for start, end in pairwise([*sorted(starts), len(text)])]
    sizes = [len(word.encode("utf-8", "surrogatepass")) for word in words]
    return Tokens(ids=[WORD_ID] * len(words), sizes=sizes, texts=words)


@checks_arguments
def with_words(trace: Trace) -> Trace:
    """The trace itself, or a copy with the words of its text as tokens if it has text but no tokens."""
    if len(trace) or not trace.text:
        return trace
    cuts = [*trace.parts.thinking, *trace.parts.answer, *(step.start for step in trace.steps)]
    return trace.model_copy(update={"tokens": word_tokens(trace.text, cuts)})


@checks_arguments
def is_text_only(trace: Trace) -> bool:
    """Whether the trace was made from text: it has no tokens, or words in their place."""
    return bool(trace.text) and (not len(trace) or trace.tokens.ids[0] == WORD_ID)
