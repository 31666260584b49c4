"""Searches texts with a regular expression, which can take exponential time on a text that was made for it."""

from __future__ import annotations

import re
from typing import Any


def load() -> None:
    """Searches an example."""
    answer({"pattern": "a+", "flags": 0, "texts": ["baa"], "n_spans": 1})


def answer(question: dict[str, Any]) -> list[list[Any]]:
    """For each of `texts` the number of matches, and the character ranges of the first `n_spans`."""
    return [
        list(search(re.compile(question["pattern"], question["flags"]), text, question["n_spans"]))
        for text in question["texts"]
    ]


def restore() -> None:
    """Does nothing: a search leaves no state."""


def search(pattern: re.Pattern[str], text: str, n_spans: int) -> tuple[int, list[list[int]]]:
    """The number of matches, and the character ranges of the first `n_spans`.

    >>> search(re.compile("[aeiou]"), "labkit", 1)
    (2, [[1, 2]])
    """
    count, spans = 0, []
    for match in pattern.finditer(text):
        if count < n_spans:
            spans.append(list(match.span()))
        count += 1
    return count, spans
