"""Converts natural wordings of a Countdown puzzle to the wording that the embedded models were trained on.

The embedded models understand only "Using 3, 5 and 9, make 24.": with an extra comma or without the full stop
they write nonsense. So a natural form of the puzzle is converted to that wording before the model reads it.
Rewording cannot help a puzzle outside the training distribution; `outside_training` describes such puzzles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

COUNT, LOW, HIGH, MAX_TARGET = 3, 1, 20, 100  # the values of every recipe in labkit/training/recipes
TRAINED = f"{COUNT} whole numbers from {LOW} to {HIGH} and a target from {LOW} to {MAX_TARGET}"
LONGEST = 1_000  # characters; a longer text is not a puzzle

_NUMBER = r"[-−]?[0-9]{1,9}(?:[./][0-9]{1,9})?"
_NUMBERS = rf"{_NUMBER}(?:(?: ?[,;] ?(?:and |& ?)?| and | ?& ?| ){_NUMBER})+"
_FORMS = (
    re.compile(rf"us(?:ing|e) ({_NUMBERS})(?: ?, ?| )(?:to )?make ({_NUMBER}) ?[.?!]*", re.I),
    re.compile(rf"make ({_NUMBER}) (?:using|from|with) ({_NUMBERS}) ?[.?!]*", re.I),
)


@dataclass(frozen=True)
class Puzzle:
    """A puzzle as written: its numbers and its target as text, since people also ask for `3.5` and `-3`."""

    numbers: tuple[str, ...]
    target: str

    @property
    def wording(self) -> str:
        """The wording of the training.

        >>> Puzzle(("3", "5", "9"), "24").wording
        'Using 3, 5 and 9, make 24.'
        """
        return f"Using {listed(self.numbers)}, make {self.target}."

    @property
    def is_whole(self) -> bool:
        """Whether the numbers and the target are whole numbers without a sign."""
        return all(text.isdecimal() for text in (*self.numbers, self.target))

    def outside_training(self) -> list[str]:
        """Phrases that name the parts of the puzzle outside the training of the embedded models.

        >>> Puzzle(("25", "5"), "3.5").outside_training()
        ['2 numbers', 'the number 25', 'the target 3.5']
        """
        strange = tuple(n for n in self.numbers if not _within(n, HIGH))
        phrases = [f"{len(self.numbers)} numbers"] if len(self.numbers) != COUNT else []
        if strange:
            phrases.append(f"the number{'s' if len(strange) > 1 else ''} {listed(strange[:6])}")
        if not _within(self.target, MAX_TARGET):
            phrases.append(f"the target {self.target}")
        return phrases


def parse_puzzle(text: str) -> Puzzle | None:
    """The puzzle in a text. Returns None if the text has anything else.

    Commas, "and", "&", blanks, capital letters, "to make", and the final punctuation may vary.

    >>> parse_puzzle("using 3, 5, and 9 to make 24?")
    Puzzle(numbers=('3', '5', '9'), target='24')
    """
    if len(text) > LONGEST:
        return None
    words = " ".join(text.split())
    if match := _FORMS[0].fullmatch(words):
        numbers, target = match[1], match[2]
    elif match := _FORMS[1].fullmatch(words):
        target, numbers = match[1], match[2]
    else:
        return None
    return Puzzle(tuple(map(_plain, re.findall(_NUMBER, numbers))), _plain(target))


def listed(parts: tuple[str, ...]) -> str:
    """Joins parts as a list in a sentence.

    >>> listed(("3", "5", "9"))
    '3, 5 and 9'
    """
    *front, last = parts
    return f"{', '.join(front)} and {last}" if front else last


def _plain(number: str) -> str:
    """A number without leading zeros, and with an ASCII minus."""
    return str(int(number)) if number.isdecimal() else number.replace("−", "-")


def _within(number: str, high: int) -> bool:
    return number.isdecimal() and LOW <= int(number) <= high
