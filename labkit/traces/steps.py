"""Splits a thought into steps by rules, not by a second model.

| family | a step ends | its kind follows from |
|---|---|---|
| `r1-mini` | at each line | its first word: First, Go back, Check, Give up; otherwise a try |
| every other | at each blank line (the R1 distills write one paragraph a step) | its opening words |

The steps of both rules tile the thought: every character is in exactly one step. Blank lines belong to
the step before them; leading blank lines belong to the first step.

The rules are simple on purpose: they are the same for every reader and every run. For better steps,
pass your own rule to `segment`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from labkit._arguments import checks_arguments

Kind = Literal["plan", "try", "check", "back", "end", "other"]
Rule = Callable[[str], list[tuple[int, int]]]

_OPENINGS: tuple[tuple[Kind, str], ...] = (
    ("back", r"go back|(?:but )?wait|hmm+|alternatively|no(?=[,.])|actually|let me try"),
    ("check", r"check(?:ing)?|(?:let me )?(?:double-?check|verify)|let me check|verifying|to confirm"),
    ("plan", r"first(?:ly)?|okay|ok|alright|now|next|so,? (?:i|we) need|let me|let's|i need"),
    ("end", r"give up|so,? the (?:final )?answer|therefore|thus|final(?:ly)?"),
)
_OPENING = re.compile("|".join(rf"(?P<{kind}>(?:{words})(?!\w))" for kind, words in _OPENINGS), re.IGNORECASE)
_MARKUP = " \t\n\r*_#>`-"  # Markdown characters before a step's first word


@dataclass(frozen=True)
class Step:
    """One step: its number from 1, character range in the completion, kind, and a one-line summary."""

    number: int
    start: int
    end: int
    kind: Kind
    gist: str


def lines(text: str) -> list[tuple[int, int]]:
    """One step for each line with a word."""
    return _tile(text, [at for at, line in _lines(text) if line.strip()])


def paragraphs(text: str) -> list[tuple[int, int]]:
    """One step for each block of lines between blank lines."""
    starts, blank = [], True
    for at, line in _lines(text):
        if line.strip() and blank:
            starts.append(at)
        blank = not line.strip()
    return _tile(text, starts)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yields the start of each line, and the line without its line break."""
    at = 0
    for line in text.split("\n"):
        yield at, line
        at += len(line) + 1


def _tile(text: str, starts: list[int]) -> list[tuple[int, int]]:
    """Splits the text at every start except the first."""
    return list(pairwise([0, *starts[1:], len(text)])) if starts else []


RULES: dict[str, Rule] = {"r1-mini": lines}


@checks_arguments
def segment(text: str, *, offset: int = 0, family: str = "", rule: Rule | None = None) -> list[Step]:
    r"""The steps of a thought, in order.

    Args:
        text: the thought alone.
        offset: the start of the thought in the completion, in characters.
        family: chooses the rule in the table above.
        rule: a function that gives the character ranges of the steps, in place of the family's rule.

    >>> [s.kind for s in segment("First 3 and 5.\n3 + 5 = 8: no.\n", family="r1-mini")]
    ['plan', 'try']
    """
    spans = (rule or RULES.get(family, paragraphs))(text)
    return [
        Step(i, offset + start, offset + end, kind_of(text[start:end], family), gist_of(text[start:end]))
        for i, (start, end) in enumerate(spans, 1)
    ]


def kind_of(text: str, family: str = "") -> Kind:
    """The kind of a step, from its opening words.

    >>> kind_of("**Wait**, that is 23."), kind_of("Nowhere else to look.")
    ('back', 'other')
    """
    found = _OPENING.match(text.lstrip(_MARKUP))
    for kind, _ in _OPENINGS:
        if found and found.lastgroup == kind:
            return kind
    return "try" if family == "r1-mini" else "other"


def gist_of(text: str, width: int = 60) -> str:
    """The first sentence, cut to `width` characters; a very short sentence is joined with the next.

    >>> gist_of("Go back. Now 3 and 9, leaving 5.")
    'Go back. Now 3 and 9, leaving 5.'
    """
    flat = " ".join(text.lstrip()[: 4 * width].split())
    end = next((m.start() for m in re.finditer(r"(?<=[.:!?]) ", flat) if m.start() > 8), len(flat))
    return flat[:end] if end <= width else flat[: width - 1].rstrip() + "…"
