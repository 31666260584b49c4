"""The kind of a step, and its category in Thought Anchors: cues in its text give points, and most points win.

`labkit.traces.step_kind_cues` lists the cues, and `labkit.traces.step_kind_points` says how many points each cue gives
to each label. A label is a kind with a category. A cue is looked for in one of these places:

| place | where it is looked for |
|---|---|
| `lead` | in the words at the beginning that say little, such as "Okay, so" (`LEAD`) |
| `start` | at the first words |
| `opening` | at the first words behind the lead |
| `word` | at each word of the first `LENGTH` characters |
| `sign` | anywhere in them |
| `ending` | in the last `ENDING` characters |

The kinds are defined in `tests/traces/step_kinds/README.md`, beside a labelled sample. On the half of the sample to
measure on, macro F1 is 0.83 for the kinds and 0.79 for the categories: `python -m tests.bench.step_kinds`. The cues
were written by hand, and the points are whole numbers that `python -m tests.bench.fit_step_kinds` finds. The categories
are those of Bogdan et al., Thought Anchors (arXiv 2506.19143), who let a large model label each sentence.

What is left out: a step is judged alone, so "So x is 5" in the middle of a thought may be taken for the end; and a text
that is not English has few cues.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from labkit.traces.step_kind_cues import CUES, LABELS, LEAD, Category, Kind, Place, expression
from labkit.traces.step_kind_points import POINTS

LENGTH, ENDING = 240, 60  # characters of a step that are read: the first ones, and the last ones
MARKUP = " \t\n\r*_#>`-"  # Markdown characters before a step's first word
LINE_OPENINGS: dict[str, Kind] = {
    "first ": "plan", "now ": "plan", "go back": "back", "check": "check", "give up": "end",
}  # fmt: skip
EVERY_STEP = "every step"  # the row of the points that each label has without a cue


def lead_expression() -> str:
    """The words that say little as one regular expression."""
    return rf"(?:(?:{expression(LEAD)})(?:[,.!:;…\-]+ ?| |$))*"


def cue_expression(place: Place, pattern: str) -> str:
    """A cue as one regular expression."""
    return rf"(?<![a-z])(?:{expression(pattern)})" if place == "word" else expression(pattern)


def points() -> dict[str, list[int]]:
    """The points that each cue gives, and those that each step has: one number for each of `LABELS`."""
    rows = (re.split(r" {2,}", line) for line in POINTS.strip().splitlines()[1:])
    return {name: [0 if cell == "." else int(cell) for cell in cells] for name, *cells in rows}


_POINTS = points()
_NONE = [0] * len(LABELS)  # a new cue has no points before they are fitted
_EVERY_STEP = _POINTS.get(EVERY_STEP, _NONE)
_CUES = [
    (cue.place, re.compile(cue_expression(cue.place, cue.pattern), re.ASCII), _POINTS.get(cue.name, _NONE))
    for cue in CUES
]
_LEAD = re.compile(lead_expression(), re.ASCII)
_BLANKS = re.compile(r"[ \t\n\r\f\v]+")


def cues_of(text: str) -> list[bool]:
    """Whether each of `CUES` is in a step."""
    bare = text.strip(MARKUP)
    return _cues_of_parts(bare[:LENGTH], bare[-ENDING:])


def _cues_of_parts(first: str, last: str) -> list[bool]:
    words, ending = plain(first), plain(last)
    lead = _LEAD.match(words)
    end = lead.end() if lead else 0
    parts = {"lead": words[:end], "opening": words[end:], "ending": ending}
    return [
        (pattern.match if place in ("start", "opening") else pattern.search)(parts.get(place, words))
        is not None
        for place, pattern, _ in _CUES
    ]


def label_of(cues: Sequence[bool]) -> str:
    """The label that gets most points from the cues of a step; of several, the first in `LABELS`."""
    rows = [_EVERY_STEP, *(given for (_, _, given), there in zip(_CUES, cues, strict=True) if there)]
    sums = [sum(column) for column in zip(*rows, strict=True)]
    return list(LABELS)[sums.index(max(sums))]


def _label(bare: str) -> str:
    """The label of a step without its markup."""
    return _label_of_parts(bare[:LENGTH], bare[-ENDING:])


@lru_cache(maxsize=4096)
def _label_of_parts(first: str, last: str) -> str:
    """A view asks for the kinds of the same steps again with each new piece of a thought."""
    return label_of(_cues_of_parts(first, last))


def plain(text: str) -> str:
    """Lower-case words with single blanks, without bold."""
    return _BLANKS.sub(" ", text.lower().replace("’", "'").replace("**", "")).strip(" ")


def category_of(text: str) -> Category:
    """The category of a sentence in Thought Anchors.

    >>> category_of("Wait, let me verify: 17 * 12 = 204."), category_of("Squaring gives x = 4.")
    ('self_checking', 'active_computation')
    """
    return LABELS[_label(text.strip(MARKUP))][1]


def kind_of_text(text: str) -> Kind:
    """The kind of a step of a model that writes English.

    >>> kind_of_text("**Wait**, that is 23."), kind_of_text("Nowhere else to look.")
    ('back', 'other')
    """
    return LABELS[_label(text.strip(MARKUP))][0]


def kind_of_line(text: str) -> Kind:
    """The kind of a line of R1-mini, which begins each kind with the same word; other lines try something.

    >>> kind_of_line("Go back. Now 3 and 9, leaving 5."), kind_of_line("3 + 5 = 8: 8 + 9 = 17 vs 24, 7 off.")
    ('back', 'try')
    """
    words = text.lstrip(MARKUP).lower()
    return next((kind for word, kind in LINE_OPENINGS.items() if words.startswith(word)), "try")
