"""Makes model text drawable with any font for the saved outputs; `draw/text.ts` does the same in the live view."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

# Combining marks drawn per letter; Tibetan needs about as many, and more would cover the lines above.
MARKS = 6
NOT_DRAWN = "\u25cc"  # a dotted circle replaces the marks that are not drawn


class Drawer:
    """Converts consecutive texts; marks are counted across texts, since a letter's marks may span many tokens."""

    def __init__(self) -> None:
        self._marks = 0

    def next(self, text: str) -> str:
        """Converts the next text; replaces the full-width bars of DeepSeek's special tokens, which many fonts lack."""
        if text.isascii():
            self._marks = 0 if text else self._marks
            return text
        if "\uff5c" in text:
            text = text.translate({0xFF5C: "|", 0x2581: "_"})
        drawn: list[str] = []
        for c in text:
            self._marks = self._marks + 1 if unicodedata.category(c) in ("Mn", "Me") else 0
            if self._marks <= MARKS:
                drawn.append(c)
            elif not drawn or drawn[-1] != NOT_DRAWN:
                drawn.append(NOT_DRAWN)
        return "".join(drawn)


def drawable(text: str) -> str:
    r"""Converts one text.

    >>> drawable("<\uff5cend\u2581of\u2581sentence\uff5c>"), drawable("\u2581")
    ('<|end_of_sentence|>', '\u2581')
    >>> len(drawable("e" + "\u0301" * 3_000))
    8
    """
    return Drawer().next(text)


def drawables(texts: Iterable[str]) -> list[str]:
    r"""Converts the texts of consecutive tokens.

    >>> [len(text) for text in drawables(["e", *["\u0301"] * 8])]
    [1, 1, 1, 1, 1, 1, 1, 1, 1]
    >>> drawables(["e", *["\u0301"] * 8])[-2:]
    ['\u25cc', '\u25cc']
    """
    drawer = Drawer()
    return [drawer.next(text) for text in texts]
