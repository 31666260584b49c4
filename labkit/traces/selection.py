"""`TraceSequence`: what can be done with many thoughts; `TraceSelection`: some of them, in an order of their own."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from math import isnan, nan
from typing import Any, get_args, overload

from labkit._arguments import checks_arguments
from labkit._host import display_hook
from labkit._host.notebook import in_notebook, warn
from labkit._host.progress import Progress
from labkit._printable import printable
from labkit.errors import BadArgument
from labkit.traces import tables
from labkit.traces.answers import Answer, Answers
from labkit.traces.measures import Measure, MeasureTable, Measuring
from labkit.traces.questions import Question, StepKind, ask
from labkit.traces.trace import Finish, Trace

Limits = float | bool | str | tuple[float | None, float | None]


class TraceSequence(Sequence[Trace]):
    """Many thoughts: they are measured, sorted, filtered, and become a table."""

    @overload
    @abstractmethod
    def __getitem__(self, index: int) -> Trace: ...
    @overload
    @abstractmethod
    def __getitem__(self, index: slice) -> Sequence[Trace]: ...
    @abstractmethod
    def __getitem__(self, index: int | slice) -> Trace | Sequence[Trace]:
        raise NotImplementedError

    # -- measures --------------------------------------------------------------------------------

    @cached_property
    def _measuring(self) -> Measuring:
        return Measuring(self)

    @checks_arguments
    def measures(self, own: Mapping[str, Measure] | None = None) -> MeasureTable:
        """The measures of all thoughts, in columns; `labkit.traces.measures` lists them.

        Each thought is measured once. After an interrupt the next call continues.

        Args:
            own: measures of your own by name: functions that take a `Trace` and return a number. A function that raises
                an exception for a thought gives NaN there, and stands in the table's `failures`.

        Raises:
            LabkitError: the name of a measure is that of a measure of labkit.
        """
        with _progress("Measuring", self._expected_length()) as show:
            for count in self.measuring(own):
                show(count)
        return self.measured

    @checks_arguments
    def measuring(self, own: Mapping[str, Measure] | None = None) -> Iterator[int]:
        """Measures thought after thought, for a program that shows the progress or stops early.

        Yields the number of thoughts that are measured, and `measured` holds them. Several threads may measure at once.
        """
        self._measuring.register(own or {})
        return self._measuring.rows()

    def _expected_length(self) -> int:
        """The length, or about that, without the reading of all thoughts."""
        return len(self)

    @property
    def measured(self) -> MeasureTable:
        """The measures of the thoughts that are measured so far, the first ones in order."""
        return self._measuring.table()

    @checks_arguments
    def ask(self, questions: Question | Mapping[str, Question]) -> Answers:
        r"""In how many thoughts does something occur, with the 95 % interval of the share, and where?

        Args:
            questions: one question, or several by name. A question is a regular expression, `labkit.traces.StepKind`,
                or a function that takes a `Trace` and returns True or False. `labkit.traces.questions` has the details.

        Raises:
            LabkitError: a question is of another type, or a regular expression is wrong.

        >>> traces = TraceSelection([Trace.from_text("", "Wait, no."), Trace.from_text("", "Yes.")], [0, 1])
        >>> traces.ask({"waits": r"(?i)\bwait\b"})["waits"].thoughts
        1
        """
        named = questions if isinstance(questions, Mapping) else {_name_of(questions): questions}
        with _progress("Asking", self._expected_length()) as show:
            return ask(self, named, show)

    # -- some of the thoughts --------------------------------------------------------------------

    @checks_arguments
    def select(self, indices: Iterable[int]) -> TraceSelection:
        """The thoughts with these numbers, in this order.

        Raises:
            LabkitError: there is no thought with a number.
        """
        numbers = list(indices)
        wrong = [number for number in numbers if not 0 <= number < len(self)]
        if wrong:
            raise BadArgument(
                f"There is no thought {wrong[0]}.",
                why=f"there are {len(self):,}, counted from 0.",
                next="traces.select([0, 1])",
            )
        return TraceSelection(self, numbers)

    @checks_arguments
    def sort(
        self, by: str | Callable[[Trace], Any] = "reward", *, descending: bool = False
    ) -> TraceSelection:
        """The thoughts in the order of a measure, ascending by default; those with NaN come last.

        Args:
            by: the name of a measure, or a function that takes a `Trace` and returns a number, or None for NaN.
            descending: whether the highest value comes first.

        Raises:
            LabkitError: there is no such measure.
        """
        return TraceSelection(self, self._ranked(by, descending=descending, unknown=True))

    @checks_arguments
    def worst(self, n: int = 5, by: str | Callable[[Trace], Any] = "reward") -> TraceSelection:
        """The n thoughts with the lowest value of a measure, lowest first; those with NaN are left out.

        Raises:
            LabkitError: there is no such measure, or no thought has a value.
        """
        return self._extreme(n, by, descending=False)

    @checks_arguments
    def best(self, n: int = 5, by: str | Callable[[Trace], Any] = "reward") -> TraceSelection:
        """The n thoughts with the highest value of a measure, highest first; those with NaN are left out.

        Raises:
            LabkitError: there is no such measure, or no thought has a value.
        """
        return self._extreme(n, by, descending=True)

    @checks_arguments
    def filter(self, question: Question | None = None, /, **limits: Limits) -> TraceSelection:
        """The thoughts that fit, in their order.

        Args:
            question: what `ask` takes: a regular expression, a kind of step or a function.
            limits: for the name of a measure, the lowest and the highest value (None for no limit), or one value; NaN
                does not fit. `finish` is a text.

        Raises:
            LabkitError: there is no such measure or finish, or the question has no answer for any thought. If it has no
                answer for some, these are left out with a warning.

        >>> traces = TraceSelection([Trace.from_text("", "a"), Trace.from_text("", "b", finish="length")], [0, 1])
        >>> len(traces.filter(finish="length")), len(traces.filter(steps=(1, None)))
        (1, 0)
        """
        within = TraceSelection(self, self._within(limits) if limits else range(len(self)))
        if question is None:
            return within
        (answer,) = within.ask({"filter": question}).values()
        _report_unanswered(answer, within.indices)
        return TraceSelection(self, [within.indices[i] for i in answer.indices])

    def _within(self, limits: Mapping[str, Limits]) -> list[int]:
        """The numbers of the thoughts whose measures are within all limits."""
        table = self.measures()
        for name, limit in limits.items():
            _check_limit(table, name, limit)
        return [
            i
            for i in range(len(table))
            if all(_fits(table, name, i, limit) for name, limit in limits.items())
        ]

    def _extreme(self, n: int, by: str | Callable[[Trace], Any], *, descending: bool) -> TraceSelection:
        ranked = self._ranked(by, descending=descending, unknown=False)
        if not ranked and len(self):
            is_named = isinstance(by, str)
            raise BadArgument(
                f"No thought has a value of the measure {by if is_named else getattr(by, '__name__', 'function')!r}.",
                why="the file or the log that was read does not hold it."
                if is_named
                else "the function returned None or NaN for each thought.",
                next='traces.worst(5, by="steps")',
            )
        return TraceSelection(self, ranked[: max(n, 0)])

    def _ranked(self, by: str | Callable[[Trace], Any], *, descending: bool, unknown: bool) -> list[int]:
        """The numbers of the thoughts in the order of a measure; with `unknown`, those with NaN last."""
        column = self.measures()[by] if isinstance(by, str) else [_number(by(trace)) for trace in self]
        known = [i for i, value in enumerate(column) if not isnan(value)]
        known.sort(key=column.__getitem__, reverse=descending)
        return known + [i for i, value in enumerate(column) if isnan(value)] if unknown else known

    def to_frame(self) -> Any:
        """A `pandas.DataFrame` with one row a thought; `labkit.traces.tables.row` has the columns.

        Raises:
            LabkitError: pandas is not installed.
        """
        return tables.frame(tables.rows(self))

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """In a notebook the thoughts show themselves in a `TracesView`; elsewhere as text."""
        return display_hook.show("traces", self)._repr_mimebundle_(**kwargs) if in_notebook() else {}


class TraceSelection(TraceSequence):
    """Some of the thoughts of a sequence, in an order of their own; a thought is read when it is asked for.

    Args:
        source: where the thoughts are.
        indices: their numbers in `source`.
    """

    def __init__(self, source: Sequence[Trace], indices: Sequence[int]) -> None:
        self.source, self.indices = source, tuple(map(int, indices))

    @cached_property
    def _measuring(self) -> Measuring:
        base = self.source.measured if isinstance(self.source, TraceSequence) else None
        known = base if base is not None and len(base) == len(self.source) else None
        return Measuring(self, known and known.take(self.indices))

    def __len__(self) -> int:
        return len(self.indices)

    @overload
    def __getitem__(self, index: int) -> Trace: ...
    @overload
    def __getitem__(self, index: slice) -> TraceSelection: ...
    def __getitem__(self, index: int | slice) -> Trace | TraceSelection:
        if isinstance(index, slice):
            return TraceSelection(self.source, self.indices[index])
        return self.source[self.indices[index]]

    def __iter__(self) -> Iterator[Trace]:
        return (self.source[index] for index in self.indices)

    def __repr__(self) -> str:
        return f"TraceSelection({len(self):,} of {len(self.source):,} thoughts)"


@contextmanager
def _progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A function that shows the number of finished thoughts in a bar."""
    bar = Progress(label, total)
    try:
        yield bar.show
    finally:
        bar.close()


def _number(value: Any) -> float:
    return nan if value is None else float(value)


def _name_of(question: Any) -> str:
    """The name of a question that has no name of its own."""
    if isinstance(question, re.Pattern):
        return str(question.pattern)
    if isinstance(question, StepKind):
        return question.kind
    return question if isinstance(question, str) else getattr(question, "__name__", "question")


def _report_unanswered(answer: Answer, numbers: Sequence[int]) -> None:
    """Warns of thoughts that a filter left out because its question failed; raises if it failed for all.

    Args:
        answer: the answer to the question of the filter.
        numbers: the number in the set of each thought that was asked about.
    """
    if not answer.unanswered:
        return
    number, why = numbers[answer.unanswered[0].number], answer.unanswered[0].why
    if not answer.n:
        raise BadArgument(
            "The question of the filter has no answer for any thought.",
            why=f"for thought {number}: {why.rstrip('.')}.",
            next="traces.ask(question)  # shows for each thought why",
        )
    left_out = f"Thoughts left out, because the question has no answer for them: {len(answer.unanswered):,}"
    warn(f"{left_out}; first for thought {number}: {printable(why)}", stacklevel=4)


def _check_limit(table: MeasureTable, name: str, limit: Any) -> None:
    """Raises a `BadArgument` if there is no such measure, or if the limit is not a value or a pair."""
    if name == "finish":
        if limit not in get_args(Finish):
            raise BadArgument(
                f"finish={limit!r:.80} is not possible.",
                why=f"a thought ends with {', '.join(map(repr, get_args(Finish)))}.",
                next='traces.filter(finish="length")',
            )
        return
    table[name]
    edges = limit if isinstance(limit, tuple) and len(limit) == 2 else (limit,)
    is_pair = len(edges) == 2
    if not all(hasattr(edge, "__float__") or (edge is None and is_pair) for edge in edges):
        raise BadArgument(
            f"{name}={limit!r:.80} is not a limit.",
            why="a limit is a number, or the lowest and the highest value; None leaves one side open.",
            next=f"traces.filter({name}=(0.5, None))",
        )


def _fits(table: MeasureTable, name: str, index: int, limit: Limits) -> bool:
    """Whether the measure of a thought is within a limit."""
    if name == "finish":
        return table.finish[index] == limit
    value = table[name][index]
    if not isinstance(limit, tuple):
        return value == limit
    low, high = limit
    return not isnan(value) and (low is None or low <= value) and (high is None or value <= high)
