"""The kind of a step, and its category in Thought Anchors, from its opening words and a few cues.

`labkit.traces.step_kind_rows` has one ordered table with a row for each reason; the first row that fits decides both. A
step that no row fits is `other` and a fact. A row looks in one of these places:

| place | where it looks |
|---|---|
| `opening` | at the first words behind those that say little, such as "Okay, so" (`LEAD`) |
| `start` | at the first words |
| `lead` | in the words that say little: "Wait", "Hmm" |
| `cue` | at any word of the first `LENGTH` characters |
| `sign` | anywhere in them |
| `ending` | in the last `ENDING` characters |

The kinds are defined in `tests/traces/step_kinds/README.md`, beside a labelled sample. On the half of the sample that
the table was not made for, macro F1 is 0.78 for the kinds and 0.71 for the categories:
`python -m tests.bench.step_kinds`. The categories are those of Bogdan et al., Thought Anchors (arXiv 2506.19143), who
let a large model label each sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import get_args

from labkit.traces.step_kind_rows import LEAD, ROWS, Category, Kind, Place, Row, expression

LENGTH, ENDING = 240, 60  # characters of a step that are read: the first ones, and the last ones
MARKUP = " \t\n\r*_#>`-"  # Markdown characters before a step's first word
LINE_OPENINGS: dict[str, Kind] = {
    "first ": "plan", "now ": "plan", "go back": "back", "check": "check", "give up": "end",
}  # fmt: skip


def lead_expression() -> str:
    """The words that say little as one regular expression."""
    return rf"(?:(?:{expression(LEAD)})(?:[,.!:;…\-]+ ?| |$))*"


def place_expression(place: Place) -> str:
    """The rows of a place as one regular expression, with a group for each row, in the order of the table."""
    rows = "|".join(f"({expression(row.pattern)})" for row in ROWS if row.place == place)
    return rf"(?<![a-z])(?:{rows})" if place == "cue" else rows


_NUMBERS = {place: [n for n, row in enumerate(ROWS) if row.place == place] for place in get_args(Place)}
_EXPRESSIONS = {place: re.compile(place_expression(place), re.ASCII) for place in get_args(Place)}
_LEAD = re.compile(lead_expression(), re.ASCII)
_BLANKS = re.compile(r"[ \t\n\r\f\v]+")


def row_of(text: str) -> Row | None:
    """The first row of the table that fits a step; None if no row fits."""
    bare = text.strip(MARKUP)
    words, ending = plain(bare[:LENGTH]), plain(bare[-ENDING:])
    lead = _LEAD.match(words)
    end = lead.end() if lead else 0
    matches: dict[Place, Iterable[re.Match[str] | None]] = {
        "opening": [_EXPRESSIONS["opening"].match(words, end)],
        "start": [_EXPRESSIONS["start"].match(words)],
        "lead": _EXPRESSIONS["lead"].finditer(words, 0, end),
        "cue": _EXPRESSIONS["cue"].finditer(words),
        "sign": _EXPRESSIONS["sign"].finditer(words),
        "ending": _EXPRESSIONS["ending"].finditer(ending),
    }
    fitting = (
        _NUMBERS[place][(m.lastindex or 1) - 1] for place, several in matches.items() for m in several if m
    )
    number = min(fitting, default=-1)
    return ROWS[number] if number >= 0 else None


def plain(text: str) -> str:
    """Lower-case words with single blanks, without bold."""
    return _BLANKS.sub(" ", text.lower().replace("’", "'").replace("**", "")).strip(" ")


def category_of(text: str) -> Category:
    """The category of a sentence in Thought Anchors.

    >>> category_of("Wait, let me verify: 17 * 12 = 204."), category_of("Squaring gives x = 4.")
    ('self_checking', 'active_computation')
    """
    row = row_of(text)
    return row.category if row else "fact_retrieval"


def kind_of_text(text: str) -> Kind:
    """The kind of a step of a model that writes English.

    >>> kind_of_text("**Wait**, that is 23."), kind_of_text("Nowhere else to look.")
    ('back', 'other')
    """
    row = row_of(text)
    return row.kind if row else "other"


def kind_of_line(text: str) -> Kind:
    """The kind of a line of R1-mini, which begins each kind with the same word; other lines try something.

    >>> kind_of_line("Go back. Now 3 and 9, leaving 5."), kind_of_line("3 + 5 = 8: 8 + 9 = 17 vs 24, 7 off.")
    ('back', 'try')
    """
    words = text.lstrip(MARKUP).lower()
    return next((kind for word, kind in LINE_OPENINGS.items() if words.startswith(word)), "try")
