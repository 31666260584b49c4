"""Measures of a thought: numbers from its text and from what was recorded, for tables, histograms, filters and sorting.

| measure | unit | meaning |
|---|---|---|
| `tokens` | tokens | of the completion; 0 for a thought that was read as text |
| `characters` | characters | of the thought |
| `steps` | steps | of the thought |
| `reflections` | steps | that check or go back |
| `repeats` | 0 to 1 | the share of the word 20-grams of the completion that occurred before |
| `language_mixing` | 0 to 1 | the share of the words of the thought in a script that the prompt does not use |
| `reward` | | the recorded reward: `reward` or `score`, otherwise the sum of the rewards other than `correct` |
| `correct` | 0 or 1 | whether the answer is right, if that was recorded |

A value that is not known is NaN.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from threading import RLock
from typing import Any, NamedTuple

from labkit._arguments import checks_arguments
from labkit._names import nearest
from labkit._printable import printable
from labkit.errors import BadArgument
from labkit.traces import tables
from labkit.traces.repeats import repeated_share
from labkit.traces.scripts import language_mixing
from labkit.traces.trace import Finish, Trace

Measure = Callable[[Trace], Any]

NGRAM = 20  # words; shorter n-grams punish honest arithmetic, see `labkit.rewards.repetition`
REFLECTIONS = frozenset({"back", "check", "uncertainty_management", "self_checking"})  # kinds of steps
TOTALS = ("reward", "score")  # names of a reward that is the total, first one first
CORRECT = (
    "correct",
    "is_correct",
    "accuracy",
    "accuracy_reward",
)  # names of rewards that judge the answer alone
MOST_FAILURES = 100  # failures of a user's measure that are listed

FINISH = "finish"  # the column of a table with texts
UNITS = {
    "tokens": "tokens",
    "characters": "characters",
    "steps": "steps",
    "reflections": "steps",
    "repeats": "share",
    "language_mixing": "share",
    "reward": "",
    "correct": "share",
}


class Measures(NamedTuple):
    """The measures of one thought; the module lists them. `finish` is that of the trace."""

    tokens: int
    characters: int
    steps: int
    reflections: int
    repeats: float
    language_mixing: float
    reward: float
    correct: float
    finish: Finish


@checks_arguments
def measure(trace: Trace) -> Measures:
    r"""The measures of one thought.

    >>> measure(Trace.from_text("2 + 2?", "<think>Two pairs.\n\nWait, check: 4.</think>4")).reflections
    1
    """
    thought, steps = trace.thinking, trace.steps
    return Measures(
        tokens=len(trace),
        characters=len(thought),
        steps=len(steps),
        reflections=sum(step.kind in REFLECTIONS for step in steps),
        repeats=repeated_share(trace.text, NGRAM),
        language_mixing=language_mixing(thought, trace.prompt),
        reward=_reward(trace.rewards),
        correct=_correct(trace.rewards),
        finish=trace.finish,
    )


def _reward(rewards: Mapping[str, float]) -> float:
    """The total, the sum without the judgements of the answer, or these; NaN without a reward."""
    total = next((rewards[name] for name in TOTALS if name in rewards), None)
    if total is not None:
        return total
    parts = {name: value for name, value in rewards.items() if name not in CORRECT[:2]} or rewards
    return sum(parts.values()) if parts else nan


def _correct(rewards: Mapping[str, float]) -> float:
    value = next((rewards[name] for name in CORRECT if name in rewards), nan)
    return value if isnan(value) else float(value > 0)


class Failure(NamedTuple):
    """A user's measure that raised an exception: the number of the thought from 0, the name of the measure, and why."""

    number: int
    name: str
    why: str


@dataclass(frozen=True)
class MeasureTable:
    """The measures of several thoughts, in columns.

    Attributes:
        columns: for each measure by name, one number a thought, `array("d")` of length `len(table)`; NaN is not known.
        finish: why each thought ended: "stop", "length" or "interrupted".
        failures: where a user's measure raised an exception, the first `MOST_FAILURES`; the value there is NaN.
    """

    columns: Mapping[str, array[float]]
    finish: Sequence[Finish]
    failures: Sequence[Failure] = ()

    def __len__(self) -> int:
        return len(self.finish)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the measures."""
        return tuple(self.columns)

    def __getitem__(self, name: str) -> array[float]:
        if name not in self.columns:
            raise no_measure(name, self.names)
        return self.columns[name]

    def row(self, index: int) -> dict[str, float]:
        """The measures of one thought, by name."""
        return {name: column[index] for name, column in self.columns.items()}

    def take(self, indices: Sequence[int]) -> MeasureTable:
        """The measures of some of the thoughts."""
        where = {index: i for i, index in enumerate(indices)}
        return MeasureTable(
            {name: array("d", [column[i] for i in indices]) for name, column in self.columns.items()},
            [self.finish[i] for i in indices],
            [
                failure._replace(number=where[failure.number])
                for failure in self.failures
                if failure.number in where
            ],
        )

    def to_frame(self) -> Any:
        """A `pandas.DataFrame` with one row a thought: the measures, and `finish`.

        Raises:
            LabkitError: pandas is not installed.
        """
        return tables.frame({**self.columns, FINISH: list(self.finish)})

    def __repr__(self) -> str:
        width = max(map(len, self.names), default=0)
        lines = [
            f"Measures of {len(self):,} thoughts",
            f"  {'':{width}} {'mean':>10} {'least':>10} {'most':>10} {'known':>8}",
        ]
        for name, column in self.columns.items():
            known = [value for value in column if not isnan(value)]
            cells = (sum(known) / len(known), min(known), max(known)) if known else ()
            numbers = [f"{cell:10,.4g}" for cell in cells] or ["         -"] * 3
            lines.append(f"  {printable(name):{width}} {' '.join(numbers)} {len(known):8,}")
        if self.failures:
            number, name, why = self.failures[0]
            lines.append(f"  {printable(name)} failed for thought {number}: {printable(why)}")
        return "\n".join(lines)


def no_measure(name: str, names: Sequence[str]) -> BadArgument:
    """The error for an unknown name of a measure."""
    near = nearest(str(name), names) or "reward"
    return BadArgument(
        f"There is no measure {name!r}.",
        why=f"the measures are {', '.join(names)}.",
        next=f'traces.measures()["{near}"]  # or a measure of your own: traces.measures({{"mine": function}})',
    )


class Measuring:
    """Measures thoughts one after the other, and keeps the numbers; several threads may take part.

    A row is complete or it is computed again, so an interrupt at any point loses one row at most.

    Args:
        traces: the thoughts.
        base: measures of these thoughts that are known already.
    """

    def __init__(self, traces: Sequence[Trace], base: MeasureTable | None = None) -> None:
        self._traces = traces
        self._own: dict[str, Measure] = {}
        self._columns = {name: array("d") for name in UNITS}
        self._finish: list[Finish] = []
        self._failures: list[Failure] = []
        self._lock = RLock()
        if base is not None:
            self._columns = {name: array("d", column) for name, column in base.columns.items()}
            self._finish, self._failures = list(base.finish), list(base.failures)

    def register(self, own: Mapping[str, Measure]) -> None:
        """Adds measures, or replaces measures of the user; their columns are computed with the next rows.

        Raises:
            BadArgument: a name is that of a measure of labkit, or a value is not a function.
        """
        for name, function in own.items():
            if name in (*UNITS, FINISH) or not isinstance(name, str) or not callable(function):
                raise BadArgument(
                    f"{name!r} cannot be added as a measure.",
                    why=f"a measure is a function of a trace, under a name other than {', '.join((*UNITS, FINISH))}.",
                    next='traces.measures({"questions": lambda trace: trace.thinking.count("?")})',
                )
        with self._lock:
            for name, function in own.items():
                if self._own.get(name) is not function:
                    self._own[name], self._columns[name] = function, array("d")
                    self._failures = [failure for failure in self._failures if failure.name != name]

    def rows(self) -> Iterator[int]:
        """Measures what is missing; yields the number of complete rows after each row."""
        while True:
            with self._lock:
                index = self._complete()
                if not self._measure_row(index):
                    return
            yield index + 1

    def table(self) -> MeasureTable:
        """A copy of the complete rows."""
        with self._lock:
            n = self._complete()
            return MeasureTable(
                {name: column[:n] for name, column in self._columns.items()},
                self._finish[:n],
                tuple(self._failures),
            )

    def _complete(self) -> int:
        return min(len(self._finish), *map(len, self._columns.values()))

    def _measure_row(self, index: int) -> bool:
        """Measures one thought; False if there is no such thought."""
        try:
            trace = self._traces[index]
        except IndexError:
            return False
        if any(len(self._columns[name]) <= index for name in UNITS) or len(self._finish) <= index:
            measured = measure(trace)
            for name in UNITS:
                self._put(name, index, getattr(measured, name))
            self._finish[index:] = [measured.finish]
        for name, function in self._own.items():
            if len(self._columns[name]) <= index:
                self._put(name, index, self._own_value(function, trace, index, name))
        return True

    def _put(self, name: str, index: int, value: float) -> None:
        self._columns[name][index:] = array("d", [value])

    def _own_value(self, function: Measure, trace: Trace, index: int, name: str) -> float:
        try:
            value = function(trace)
            return nan if value is None else float(value)
        except Exception as error:
            if len(self._failures) < MOST_FAILURES:
                self._failures.append(Failure(index, name, f"{type(error).__name__}: {str(error)[:200]}"))
            return nan
