"""Model text as every font can draw it, in the saved faces; `draw/text.ts` does the same in the live one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

MARKS = (
    6  # marks on one letter that are drawn; Tibetan writes about as many, and more climb over the lines above
)
NOT_DRAWN = "\u25cc"  # a dotted circle stands for the marks that are not


class Drawer:
    """Draws texts that follow each other: marks count on, since a letter may have its marks in many tokens."""

    def __init__(self) -> None:
        self._marks = 0

    def next(self, text: str) -> str:
        """The next text; DeepSeek's special tokens lose their full-width bars and blocks, which many fonts lack."""
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
    r"""One text.

    >>> drawable("<\uff5cend\u2581of\u2581sentence\uff5c>"), drawable("\u2581")
    ('<|end_of_sentence|>', '\u2581')
    >>> len(drawable("e" + "\u0301" * 3_000))
    8
    """
    return Drawer().next(text)


def drawables(texts: Iterable[str]) -> list[str]:
    r"""The texts of tokens that follow each other.

    >>> [len(text) for text in drawables(["e", *["\u0301"] * 8])]
    [1, 1, 1, 1, 1, 1, 1, 1, 1]
    >>> drawables(["e", *["\u0301"] * 8])[-2:]
    ['\u25cc', '\u25cc']
    """
    drawer = Drawer()
    return [drawer.next(text) for text in texts]
