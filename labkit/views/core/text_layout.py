"""Breaks text into lines for a picture: the position of each piece of each token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from labkit._printable import HALF
from labkit.views.core.drawable import drawable
from labkit.views.core.wording import shorten

Measure = Callable[[str], float]

_ATOMS = re.compile(r"\n|[^\S\n]+|\S+")


class Piece(NamedTuple):
    """A part of token `token` at offset `x` of its line."""

    token: int
    text: str
    x: float
    width: float


def printable(text: str) -> str:
    r"""Control characters as symbols, tabs as spaces, other text as drawable with any font; line breaks stay.

    U+FFFD replaces half of a surrogate pair, which no file in UTF-8 can hold.

    >>> printable("a\tb\x00\ud800")
    'a    b␀\ufffd'
    """
    text = drawable(text).replace("\t", "    ").replace("\r\n", "\n").replace("\r", "\n")
    text = HALF.sub("\ufffd", text)
    return "".join(chr(0x2400 + ord(c)) if c < " " and c != "\n" else c for c in text)


def token_label(text: str) -> str:
    r"""The text of a single token: without surrounding spaces; symbols replace line breaks and blank tokens.

    >>> token_label(" vs "), token_label(".\n"), token_label("  "), token_label("")
    ('vs', '.⏎', '␣', '∅')
    """
    label = printable(text).strip(" ").replace("\n", "⏎")
    return label or ("␣" if text else "∅")


def one_line(text: str, limit: int) -> str:
    r"""Printable text in one line of at most `limit` characters.

    >>> one_line("First\n3 and 5, leaving 9.", 12)
    'First 3 and…'
    """
    return shorten(printable(text), limit)


def wrap(tokens: Iterable[tuple[int, str]], width: float, measure: Measure) -> list[list[Piece]]:
    """Breaks tokens into lines of at most `width`, at spaces if possible."""
    breaker = _LineBreaker(width, measure)
    for token, text in tokens:
        for atom in _ATOMS.findall(printable(text)):
            breaker.add(token, atom)
    breaker.end_word()
    lines = breaker.lines
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines


class _LineBreaker:
    """Collects lines; a word, which may span tokens, is held back until it ends."""

    def __init__(self, width: float, measure: Measure) -> None:
        self.lines: list[list[Piece]] = [[]]
        self._width, self._measure = width, measure
        self._x = 0.0
        self._word: list[tuple[int, str]] = []

    def add(self, token: int, atom: str) -> None:
        """Adds a part of a word, spaces, or a line break; spaces at the beginning of a line are left out."""
        if not atom.isspace():
            self._word.append((token, atom))
            return
        self.end_word()
        if atom == "\n":
            self._end_line()
        elif self._x:
            self._append(token, atom)

    def end_word(self) -> None:
        """Puts the word into the line, or into the next line; a word longer than a line is broken anywhere."""
        word_width = sum(self._measure(text) for _, text in self._word)
        if self._x and self._x + word_width > self._width:
            self._end_line()
        for token, text in self._word:
            for part in [text] if word_width <= self._width else text:
                if self._x and self._x + self._measure(part) > self._width:
                    self._end_line()
                self._append(token, part)
        self._word.clear()

    def _append(self, token: int, text: str) -> None:
        advance = self._measure(text)
        self.lines[-1].append(Piece(token, text, self._x, advance))
        self._x += advance

    def _end_line(self) -> None:
        while self.lines[-1] and self.lines[-1][-1].text.isspace():
            self.lines[-1].pop()
        self.lines.append([])
        self._x = 0.0
