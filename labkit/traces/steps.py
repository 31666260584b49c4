"""Splits a thought into steps by rules, not by a second model.

| family | a step ends | its kind follows from |
|---|---|---|
| `r1-mini` | at each line | its first word: First, Go back, Check, Give up; otherwise a try |
| every other | at each blank line (the R1 distills write one paragraph a step) | cues in its text, which give points |

The rule is a fact about the family (`labkit.traces.families`). The rules (`labkit.traces.step_rules`,
`labkit.traces.step_kinds`) are simple on purpose: they are the same for every reader and every run. For rules of your
own, see `Segmenter` and `Trace.with_steps`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from labkit._arguments import checks_arguments
from labkit.traces import families
from labkit.traces.segmenter import Segmenter, StepRule
from labkit.traces.step_kind_cues import Kind as Kind
from labkit.traces.step_kinds import kind_of_text


@dataclass(frozen=True)
class Step:
    """One step: its number from 1, character range in the completion, kind, and a one-line summary."""

    number: int
    start: int
    end: int
    kind: str
    gist: str


@checks_arguments
def segment(
    text: str, *, offset: int = 0, family: str = "", rule: StepRule | Segmenter | None = None
) -> list[Step]:
    r"""The steps of a thought, in order.

    Args:
        text: the thought alone.
        offset: the start of the thought in the completion, in characters.
        family: the name of a family, which chooses the rules.
        rule: a segmenter, or a function that gives the character ranges of the steps, in place of the family's rules.

    Raises:
        LabkitError: the rule raises, or its ranges overlap or lie outside of the text.

    >>> [s.kind for s in segment("First 3 and 5.\n3 + 5 = 8: no.\n", family="r1-mini")]
    ['plan', 'try']
    """
    if not text.strip():
        return []
    rules = Segmenter.of(rule)
    return [
        Step(
            i, offset + start, offset + end,
            rules.kind_of(text[start:end], lambda step: kind_of(step, family)), gist_of(text[start:end]),
        )
        for i, (start, end) in enumerate(rules.spans(text, families.named(family).step_rule), 1)
    ]  # fmt: skip


def step_at(steps: Sequence[Step], position: int) -> Step | None:
    """The step of a thought that contains a character of the completion; None between and outside of the steps."""
    i = bisect_right(steps, position, key=lambda step: step.start) - 1
    return steps[i] if i >= 0 and position < steps[i].end else None


def kind_of(text: str, family: str = "") -> str:
    """The kind of a step, by the rule of a family; `labkit.traces.step_kinds` has the rule of most families.

    >>> kind_of("**Wait**, that is 23."), kind_of("Nowhere else to look.")
    ('back', 'other')
    """
    known = families.named(family)
    return known.kind_rule(text) if known.kind_rule else kind_of_text(text)


def gist_of(text: str, width: int = 60) -> str:
    """The first sentence, cut to `width` characters; a very short sentence is joined with the next.

    >>> gist_of("Go back. Now 3 and 9, leaving 5.")
    'Go back. Now 3 and 9, leaving 5.'
    """
    flat = " ".join(text.lstrip()[: 4 * width].split())
    end = next((m.start() for m in re.finditer(r"(?<=[.:!?]) ", flat) if m.start() > 8), len(flat))
    return flat[:end] if end <= width else flat[: width - 1].rstrip() + "…"
