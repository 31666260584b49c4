"""How people word a Countdown puzzle, and the one wording that the embedded models were trained on.

The embedded models read "Using 3, 5 and 9, make 24." and nothing else: a comma more or a full stop less, and
they write nonsense. So a natural form of the puzzle is brought to that wording before a model is given it.
What no wording can repair is a puzzle of another kind than those of the training; `outside_training` names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

COUNT, LOW, HIGH, MAX_TARGET = 3, 1, 20, 100  # of every recipe in labkit/training/recipes
TRAINED = f"{COUNT} whole numbers from {LOW} to {HIGH} and a target from {LOW} to {MAX_TARGET}"
LONGEST = 1_000  # characters; a longer text is no puzzle

_NUMBER = r"[-−]?[0-9]{1,9}(?:[./][0-9]{1,9})?"
_NUMBERS = rf"{_NUMBER}(?:(?: ?[,;] ?(?:and |& ?)?| and | ?& ?| ){_NUMBER})+"
_FORMS = (
    re.compile(rf"us(?:ing|e) ({_NUMBERS})(?: ?, ?| )(?:to )?make ({_NUMBER}) ?[.?!]*", re.I),
    re.compile(rf"make ({_NUMBER}) (?:using|from|with) ({_NUMBERS}) ?[.?!]*", re.I),
)


@dataclass(frozen=True)
class Puzzle:
    """A puzzle as it is written: its numbers and its target as text, since `3.5` and `-3` are also asked."""

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
    def whole(self) -> bool:
        """Whether the numbers and the target are whole numbers without a sign."""
        return all(text.isdecimal() for text in (*self.numbers, self.target))

    def outside_training(self) -> list[str]:
        """What of the puzzle lies outside the training of the embedded models, each as a phrase.

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


def read(text: str) -> Puzzle | None:
    """The puzzle that a text words, if the text is a puzzle and nothing else.

    Commas, "and", "&", blanks, capital letters, "to make", and the sign at the end may be as they like.

    >>> read("using 3, 5, and 9 to make 24?")
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
    """Parts as a sentence lists them.

    >>> listed(("3", "5", "9"))
    '3, 5 and 9'
    """
    *front, last = parts
    return f"{', '.join(front)} and {last}" if front else last


def _plain(number: str) -> str:
    """A number without zeros before it, and with the minus of a keyboard."""
    return str(int(number)) if number.isdecimal() else number.replace("−", "-")


def _within(number: str, high: int) -> bool:
    return number.isdecimal() and LOW <= int(number) <= high
