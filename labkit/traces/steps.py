"""The steps of a thought, found by rule and not by a second model.

| family | a step ends | what it is called by |
|---|---|---|
| `r1-mini` | at each line | its first word: First, Go back, Check, Give up; else a try |
| every other | at each blank line (the R1 distills write one paragraph a step) | its opening words |

The rules are crude on purpose: they are the same for every reader and every run. Whoever needs
better ones passes a rule of their own to `segment`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["plan", "try", "check", "back", "end", "other"]
Rule = Callable[[str], list[tuple[int, int]]]

_OPENINGS: tuple[tuple[Kind, str], ...] = (
    ("back", r"go back|wait|hmm|alternatively|but wait|no,|actually|let me try"),
    ("check", r"check|let me (?:double-?check|verify)|verify|to confirm|double-check"),
    ("plan", r"first|okay|ok,|alright|now|next|so,? (?:i|we) need|let me|let's|i need"),
    ("end", r"give up|so,? the answer|therefore|thus|final"),
)
_OPENING = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _OPENINGS), re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """One step: its number from 1, character range in the completion, kind, and a gist of one line."""

    number: int
    start: int
    end: int
    kind: Kind
    gist: str


def lines(text: str) -> list[tuple[int, int]]:
    """Each line that holds a word, with its line break."""
    return [m.span() for m in re.finditer(r"[^\n]*\S[^\n]*\n*", text)]


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Each block between blank lines, with the blank lines that follow it."""
    return [m.span() for m in re.finditer(r"\S(?:.|\n(?!\s*\n))*(?:\n\s*|$)", text)]


RULES: dict[str, Rule] = {"r1-mini": lines}


def segment(text: str, *, offset: int = 0, family: str = "", rule: Rule | None = None) -> list[Step]:
    """The steps of a thought, in order.

    Args:
        text: the thought alone.
        offset: where it begins in the completion, in characters.
        family: chooses the rule of the table above.
        rule: character ranges of the steps of a text, in place of the family's.

    >>> [s.kind for s in segment("First 3 and 5.\\n3 + 5 = 8: no.\\n", family="r1-mini")]
    ['plan', 'try']
    """
    spans = (rule or RULES.get(family, paragraphs))(text)
    return [
        Step(i, offset + start, offset + end, kind_of(text[start:end], family), gist_of(text[start:end]))
        for i, (start, end) in enumerate(spans, 1)
    ]


def kind_of(text: str, family: str = "") -> Kind:
    """What a step does, by its opening words."""
    found = _OPENING.match(text.lstrip())
    if found and found.lastgroup:
        return found.lastgroup  # type: ignore[return-value]
    return "try" if family == "r1-mini" else "other"


def gist_of(text: str, width: int = 60) -> str:
    """The first sentence, cut to `width` characters."""
    flat = " ".join(text[: 4 * width].split())
    first = re.split(r"(?<=[.:!?]) ", flat, maxsplit=1)[0]
    return first if len(first) <= width else first[: width - 1].rstrip() + "…"
