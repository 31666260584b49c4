"""What a traces view shows: a set, a group, a list of traces, or the rollouts that a run kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from labkit.errors import BadArgument
from labkit.rewards import outcome_of
from labkit.traces import Trace, TraceGroup, TraceSet
from labkit.traces.selection import TraceSelection, TraceSequence
from labkit.training.run import Run
from labkit.views.core.wording import plural

FROM_FILE, FROM_MEMORY = 100, 1000  # thoughts that are measured before the first paint
MOST_JUDGED = 100  # thoughts whose answers are judged here if no reward was recorded
NEXT = 'labkit.TracesView(labkit.open("thoughts.jsonl"))'


class Thoughts(NamedTuple):
    """Thoughts for a view.

    Attributes:
        title: what they are, the same at every run.
        traces: the thoughts.
        expected: the number of records; a record holds one thought in most files.
        first: thoughts that are measured before the first paint; a saved view shows these.
    """

    title: str
    traces: TraceSequence
    expected: int
    first: int


def thoughts_of(source: Any) -> Thoughts:
    """The thoughts of what a user gave.

    Raises:
        BadArgument: it holds no traces.
    """
    if isinstance(source, TraceSet):
        return Thoughts(source.name, source, len(source.source), FROM_FILE)
    if isinstance(source, TraceSelection):
        return Thoughts(
            f"{plural(len(source), 'thought')}{_of(source.source)}", source, len(source), FROM_FILE
        )
    if isinstance(source, Run):
        return _of_run(source)
    if isinstance(source, TraceGroup | Sequence) and not isinstance(source, str | bytes):
        traces = list(source)
        if all(isinstance(trace, Trace) for trace in traces):
            return _of_list(traces)
    raise BadArgument(
        f"TracesView cannot show {type(source).__name__}.",
        why="it shows a TraceSet, a TraceGroup, a list of traces, or a Run.",
        next=NEXT,
    )


def _of_list(traces: Sequence[Trace]) -> Thoughts:
    models = sorted({trace.model for trace in traces})
    if len(traces) <= MOST_JUDGED:
        traces = [_judged(trace) for trace in traces]
    title = plural(len(traces), "thought") + (f" of {models[0]}" if len(models) == 1 else "")
    return Thoughts(title, TraceSelection(traces, range(len(traces))), len(traces), FROM_MEMORY)


def _of(source: Any) -> str:
    """What a selection was made from, in words."""
    while isinstance(source, TraceSelection):
        source = source.source
    return f" of {source.name}" if isinstance(source, TraceSet) else ""


def _of_run(run: Run) -> Thoughts:
    """The rollouts that a run kept, with their rewards and verdicts."""
    title = f"{plural(len(run.kept), 'rollout')} of {run.name} on {run.task}"
    return Thoughts(title, run.thoughts, len(run.kept), FROM_MEMORY)


def _judged(trace: Trace) -> Trace:
    """The trace with the verdict of the task of its problem, if no reward was recorded and it can be judged."""
    correct = None if trace.rewards or trace.problem is None else outcome_of(trace).correct
    return trace if correct is None else trace.model_copy(update={"rewards": {"correct": float(correct)}})
