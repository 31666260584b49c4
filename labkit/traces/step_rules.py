"""Rules that split a thought into the character ranges of its steps.

The steps of a rule tile the thought: every character is in exactly one step. Blank lines belong to the step before
them; leading blank lines belong to the first step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal

Kind = Literal["plan", "try", "check", "back", "end", "other"]
StepRule = Callable[[str], list[tuple[int, int]]]


def lines(text: str) -> list[tuple[int, int]]:
    r"""One step for each line with a word.

    >>> lines("3 + 5\n\n= 8")
    [(0, 7), (7, 10)]
    """
    return _tile(text, [start for start, line in _lines(text) if line.strip()])


def paragraphs(text: str) -> list[tuple[int, int]]:
    r"""One step for each block of lines between blank lines.

    >>> paragraphs("3 + 5\n= 8\n\nWait")
    [(0, 11), (11, 15)]
    """
    starts, blank = [], True
    for start, line in _lines(text):
        if line.strip() and blank:
            starts.append(start)
        blank = not line.strip()
    return _tile(text, starts)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yields the start of each line, and the line without its line break."""
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _tile(text: str, starts: list[int]) -> list[tuple[int, int]]:
    """Splits the text at every start except the first."""
    return list(pairwise([0, *starts[1:], len(text)])) if starts else []
