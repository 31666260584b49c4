"""The outline of a thought: sections by strategy, with the steps that carry it out below.

A section begins where the thought plans or goes back, as a planning unit of ReasoningLens (arXiv 2606.23404) begins at
"Wait" or "Alternatively". Plans and returns that follow each other begin one section. A long thought stays one page:
short sections join the section before them until at most `MAX_SECTIONS` are left. Left out: the deeper levels of
ReasoningLens, its titles by a model, and its check of the arithmetic. `labkit/frontend/src/views/token/sections.ts`
has the same rules; `test/outline.test.ts` compares the two.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from labkit._arguments import checks_arguments
from labkit._printable import printable
from labkit.traces.steps import Step

if TYPE_CHECKING:
    from labkit.traces.trace import Trace

MAX_SECTIONS = 24  # lines of one page
TURNS = frozenset({"plan", "back", "plan_generation", "uncertainty_management"})  # kinds that begin a section
CHECKS = frozenset({"check", "self_checking"})
ENDS = frozenset({"end", "final_answer_emission"})


@dataclass(frozen=True)
class Section:
    """Successive steps of a thought that follow one plan.

    Attributes:
        number: from 1.
        title: the gist of the plan: of the last step before the work begins.
        steps: at least one.
        tokens: the number of tokens, or of words for a trace without tokens.
        share: the part of the thought's tokens, from 0 to 1.
    """

    number: int
    title: str
    steps: tuple[Step, ...]
    tokens: int
    share: float

    @property
    def start(self) -> int:
        """The first character in the completion."""
        return self.steps[0].start

    @property
    def end(self) -> int:
        """The character after the last one."""
        return self.steps[-1].end

    @property
    def kinds(self) -> dict[str, int]:
        """The number of steps of each kind, in the order of their first step."""
        return dict(Counter(step.kind for step in self.steps))

    @property
    def is_checked(self) -> bool:
        """Whether the section ends with a check; a conclusion may follow it."""
        return ends_with_check([step.kind for step in self.steps])


class Outline(tuple[Section, ...]):
    """The sections of a thought, in order; they cover all steps. `print(outline)` shows a line for each section."""

    __slots__ = ()

    def __str__(self) -> str:
        if not self:
            return "An outline without sections: the thought has no steps."
        width = max(len(printable(section.title)) for section in self)
        heading = f"     {'Section':{width}}  Tokens  Share  Steps"
        return "\n".join([heading, *(_line(section, width) for section in self)])

    def __repr__(self) -> str:
        return f"Outline({len(self)} sections, {sum(len(section.steps) for section in self)} steps)"


def _line(section: Section, width: int) -> str:
    kinds = ", ".join(f"{n} {printable(kind)}" for kind, n in section.kinds.items())
    checked = "; ends with a check" if section.is_checked else ""
    return (
        f"{section.number:3}  {printable(section.title):{width}}  {section.tokens:6,}  {section.share:5.0%}  "
        f"{kinds}{checked}"
    )


@checks_arguments
def outline(trace: Trace) -> Outline:
    r"""The outline of a trace; without sections if the thought has no steps.

    Args:
        trace: a trace with or without tokens.

    >>> from labkit.traces import Trace
    >>> text = "<think>First 3 + 5.\n\n3 + 5 = 8.\n\nWait, 24.\n\n3 * 8 = 24.</think>24"
    >>> [(section.title, len(section.steps)) for section in Trace.from_text("Make 24.", text).outline]
    [('First 3 + 5.', 2), ('Wait, 24.', 2)]
    """
    from labkit.traces.text import with_words  # which needs the trace

    trace = with_words(trace)
    steps = trace.steps
    kinds = [step.kind for step in steps]
    starts = [*section_starts(kinds), len(steps)]
    groups = [tuple(steps[first:last]) for first, last in pairwise(starts)]
    edges = trace.char_starts[:-1]
    counts = [bisect_left(edges, group[-1].end) - bisect_left(edges, group[0].start) for group in groups]
    total = sum(counts) or 1
    return Outline(
        Section(i, steps[first + plan_of(kinds[first:last])].gist, group, count, count / total)
        for i, (first, last, group, count) in enumerate(
            zip(starts, starts[1:], groups, counts, strict=False), 1
        )
    )


def section_starts(kinds: Sequence[str], limit: int = MAX_SECTIONS) -> list[int]:
    """The index of the first step of each section.

    Args:
        kinds: the kinds of the steps, in order.
        limit: the largest number of sections, at least 1.

    >>> section_starts(["plan", "try", "back", "plan", "try"]), section_starts(["plan", "try", "back", "try"], 1)
    ([0, 2], [0])
    """
    works = [0, *accumulate(kind not in TURNS for kind in kinds)]  # steps of work before each step
    fits = bisect_left(
        range(1, len(kinds) + 1), True, key=lambda least: len(_starts_after(kinds, works, least)) <= limit
    )
    return _starts_after(kinds, works, fits + 1)


def _starts_after(kinds: Sequence[str], works: Sequence[int], least: int) -> list[int]:
    """The starts of sections with at least `least` steps of work each, except for the last."""
    starts = [0][: len(kinds)]
    for i, kind in enumerate(kinds):
        if kind in TURNS and works[i] - works[starts[-1]] >= least:
            starts.append(i)
    return starts


def plan_of(kinds: Sequence[str]) -> int:
    """The index of the step that gives a section its title: the last of the plans and returns that begin it."""
    work = next((i for i, kind in enumerate(kinds) if kind not in TURNS), len(kinds))
    return max(0, work - 1)


def ends_with_check(kinds: Sequence[str]) -> bool:
    """Whether the last step that is not a conclusion is a check."""
    return next((kind in CHECKS for kind in reversed(kinds) if kind not in ENDS), False)
