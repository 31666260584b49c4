"""Repeated word n-grams of a text, for the measures of a thought and for the reward `repetition`."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_TEXT = 200_000  # characters read: about 60,000 tokens
WORD = re.compile(r"\w+|[^\w\s]")


def ngram_hashes(words: Sequence[str], n: int) -> list[int]:
    """A hash of each n-gram of words, in order; empty if there are fewer than n words.

    Equal n-grams have equal hashes. A list of the n-grams themselves would start Python's garbage collection often.

    >>> a, b, c = ngram_hashes(["no", "no", "no", "yes"], 2)
    >>> a == b, b == c
    (True, False)
    """
    return list(map(hash, zip(*(words[i:] for i in range(n)), strict=False)))


def repeated_share(text: str, n: int) -> float:
    """The share of word n-grams that occurred before, 0 to 1; 0 for fewer than n words.

    Numbers and signs count as words, without regard to case. The first `MAX_TEXT` characters are read.

    >>> repeated_share("no no no no", 2)
    0.6666666666666667
    """
    hashes = ngram_hashes(WORD.findall(text[:MAX_TEXT].casefold()), n)
    return 1 - len(set(hashes)) / len(hashes) if hashes else 0.0
