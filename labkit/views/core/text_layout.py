"""Breaks text into lines for a picture: the position of each piece of each token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

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

    >>> printable("a\tb\x00")
    'a    b␀'
    """
    text = drawable(text).replace("\t", "    ").replace("\r\n", "\n").replace("\r", "\n")
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
    lines: list[list[Piece]] = [[]]
    word: list[tuple[int, str]] = []
    x = 0.0

    def append(token: int, text: str) -> None:
        nonlocal x
        advance = measure(text)
        lines[-1].append(Piece(token, text, x, advance))
        x += advance

    def end_line() -> None:
        nonlocal x
        while lines[-1] and lines[-1][-1].text.isspace():
            lines[-1].pop()
        lines.append([])
        x = 0.0

    def end_word() -> None:
        word_width = sum(measure(text) for _, text in word)
        if x and x + word_width > width:
            end_line()
        for token, text in word:
            for part in [text] if word_width <= width else text:
                if x and x + measure(part) > width:
                    end_line()
                append(token, part)
        word.clear()

    for token, text in tokens:
        for atom in _ATOMS.findall(printable(text)):
            if not atom.isspace():
                word.append((token, atom))
                continue
            end_word()
            if atom == "\n":
                end_line()
            elif x:
                append(token, atom)
    end_word()
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines
