"""Splits a thought into steps by rules, not by a second model.

| family | a step ends | its kind follows from |
|---|---|---|
| `r1-mini` | at each line | its first word: First, Go back, Check, Give up; otherwise a try |
| every other | at each blank line (the R1 distills write one paragraph a step) | its opening words |

The rule is a fact about the family (`labkit.traces.families`). The rules (`labkit.traces.step_rules`) are simple on
purpose: they are the same for every reader and every run. For better steps, pass your own rule to `segment`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from labkit._arguments import checks_arguments
from labkit.traces import families
from labkit.traces.step_rules import Kind as Kind
from labkit.traces.step_rules import StepRule

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


@checks_arguments
def segment(text: str, *, offset: int = 0, family: str = "", rule: StepRule | None = None) -> list[Step]:
    r"""The steps of a thought, in order.

    Args:
        text: the thought alone.
        offset: the start of the thought in the completion, in characters.
        family: the name of a family, which chooses the rule.
        rule: a function that gives the character ranges of the steps, in place of the family's rule.

    >>> [s.kind for s in segment("First 3 and 5.\n3 + 5 = 8: no.\n", family="r1-mini")]
    ['plan', 'try']
    """
    spans = (rule or families.named(family).step_rule)(text)
    return [
        Step(i, offset + start, offset + end, kind_of(text[start:end], family), gist_of(text[start:end]))
        for i, (start, end) in enumerate(spans, 1)
    ]


def step_at(steps: Sequence[Step], position: int) -> Step | None:
    """The step of a thought that contains a character of the completion; None between and outside of the steps."""
    i = bisect_right(steps, position, key=lambda step: step.start) - 1
    return steps[i] if i >= 0 and position < steps[i].end else None


def kind_of(text: str, family: str = "") -> Kind:
    """The kind of a step, from its opening words.

    >>> kind_of("**Wait**, that is 23."), kind_of("Nowhere else to look.")
    ('back', 'other')
    """
    opening = _OPENING.match(text.lstrip(_MARKUP))
    for kind, _ in _OPENINGS:
        if opening and opening.lastgroup == kind:
            return kind
    return families.named(family).plain_step


def gist_of(text: str, width: int = 60) -> str:
    """The first sentence, cut to `width` characters; a very short sentence is joined with the next.

    >>> gist_of("Go back. Now 3 and 9, leaving 5.")
    'Go back. Now 3 and 9, leaving 5.'
    """
    flat = " ".join(text.lstrip()[: 4 * width].split())
    end = next((m.start() for m in re.finditer(r"(?<=[.:!?]) ", flat) if m.start() > 8), len(flat))
    return flat[:end] if end <= width else flat[: width - 1].rstrip() + "…"
