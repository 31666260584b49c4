"""The steps of a trace by a rule of the user's own: (start, end, kind) of each, as characters of the completion."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from labkit.errors import LabkitError
from labkit.traces.segmenter import Segmenter, is_kind
from labkit.traces.steps import Step, gist_of, segment

if TYPE_CHECKING:
    from labkit.traces.trace import Trace

OwnSteps = list[tuple[int, int, str]]


def check_own_steps(steps: OwnSteps | None) -> OwnSteps | None:
    """The steps, from a file. Raises a `ValueError` if they are not in order or a kind is not a short name."""
    edges = [edge for start, end, _ in steps or () for edge in (start, end)]
    if (
        edges != sorted(edges)
        or (edges and edges[0] < 0)
        or not all(is_kind(kind) for *_, kind in steps or ())
    ):
        raise ValueError("the steps are not in order, or a kind is not a short text of one line")
    return steps


def find_own_steps(trace: Trace, rule: Segmenter | None) -> OwnSteps | None:
    """The steps of a trace by a rule; None without a rule.

    Raises:
        LabkitError: the rule fails.
    """
    if rule is None:
        return None
    start, end = trace.parts.thinking
    steps = segment(trace.text[start:end], offset=start, family=trace.family, rule=rule)
    return [(step.start, step.end, step.kind) for step in steps]


def own_steps_of_new_text(trace: Trace, rule: Segmenter | None) -> OwnSteps | None:
    """The same for a new text; if the rule fails, there is a warning and the trace has the steps of its family."""
    try:
        return find_own_steps(trace, rule)
    except LabkitError as error:
        warnings.warn(f"{error.what} The trace has the steps of its family.", RuntimeWarning, stacklevel=3)
        return None


def as_steps(text: str, own_steps: OwnSteps) -> list[Step]:
    """The steps with their numbers and gists."""
    return [
        Step(i, start, end, kind, gist_of(text[start:end]))
        for i, (start, end, kind) in enumerate(own_steps, 1)
    ]
