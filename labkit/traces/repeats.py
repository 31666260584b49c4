"""Repeated word n-grams of a text, for the measures of a thought and for the reward `repetition`."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_TEXT = 200_000  # characters read: about 60,000 tokens
WORD = re.compile(r"\w+|[^\w\s]")


def word_ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """The n-grams of words, in order; empty if there are fewer than n words.

    >>> word_ngrams(["a", "b", "c"], 2)
    [('a', 'b'), ('b', 'c')]
    """
    return list(zip(*(words[i:] for i in range(n)), strict=False))


def repeated_share(text: str, n: int) -> float:
    """The share of word n-grams that occurred before, 0 to 1; 0 for fewer than n words.

    Numbers and signs count as words, without regard to case. The first `MAX_TEXT` characters are read.

    >>> repeated_share("no no no no", 2)
    0.6666666666666667
    """
    ngrams = word_ngrams(WORD.findall(text[:MAX_TEXT].casefold()), n)
    return 1 - len(set(ngrams)) / len(ngrams) if ngrams else 0.0
