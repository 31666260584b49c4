"""Rules that split a thought into the character ranges of its steps.

The steps of a rule tile the thought: every character is in exactly one step. Blank lines belong to the step before
them; leading blank lines belong to the first step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from labkit.traces.segmenter import Segmenter
from labkit.traces.step_kinds import category_of

_SENTENCE_END = re.compile(r"[.!?]['\")\]*_]{0,4}\s+(?=[^\sa-z])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Mr|Mrs|Dr|Fig|Eq|No)|(?:^|\n)\W{0,4}\d{1,3})\.$")


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


def sentences(text: str) -> list[tuple[int, int]]:
    r"""One step for each sentence: it ends at `.`, `!` or `?` before a blank and no small letter, or at a blank line.

    The number of a list item and a few abbreviations end no sentence.

    >>> sentences("So 3.5, e.g. seven halves. Is it?\n\nYes")
    [(0, 27), (27, 35), (35, 38)]
    """
    starts: list[int] = []
    for start, end in paragraphs(text):
        starts.append(start)
        for match in _SENTENCE_END.finditer(text, start, end):
            if not _ABBREVIATION.search(text[max(start, match.start() - 8) : match.start() + 1]):
                starts.append(match.end())
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


thought_anchors = Segmenter(cut=sentences, kind=category_of, name="thought_anchors")
"""Sentences with the categories of Thought Anchors (arXiv 2506.19143): `trace.with_steps(thought_anchors)`."""
