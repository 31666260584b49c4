"""`TraceSet`: many thoughts from files or rows, which are read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from pydantic import ValidationError

from labkit._arguments import checks_arguments
from labkit._names import no_attribute
from labkit._printable import printable
from labkit.errors import BadArgument, LabkitError
from labkit.traces.readers import Options, reader_of
from labkit.traces.readers.columns import columns_of
from labkit.traces.readers.rows import ROWS
from labkit.traces.readers.sources import Source
from labkit.traces.segmenter import Segmenter, StepRule
from labkit.traces.selection import TraceSelection, TraceSequence
from labkit.traces.trace import Trace

RECENT = 64  # records whose traces stay in memory
SHOWN = 5  # records that were left out, in the display of a set
READ_FOR_DISPLAY = 1_000  # thoughts; the display of a file of a gigabyte must not read all of it


class Skipped(NamedTuple):
    """A record that gave no trace: where it stands, and why, as a clause."""

    place: str
    why: str


class Location(NamedTuple):
    """Where a trace stands: its record, and its number among the traces of the record."""

    record: int
    number: int


class TraceSet(TraceSequence):
    """Thoughts in the order of their records; acts as a sequence of `Trace`.

    Only what was asked for last is in memory. A record that cannot be read is left out and listed in `skipped`.

    Args:
        source: the records.
        options: what the user told about the records.
        name: what was opened, for labels.
    """

    def __init__(self, source: Source, options: Options, name: str) -> None:
        self.source, self.options, self.name = source, options, name
        self._places: list[Location] = []  # of the records that were scanned
        self._skipped: dict[int, Skipped] = {}  # by the number of the record
        self._rule: StepRule | Segmenter | None = None
        self._lock = RLock()
        self._traces = lru_cache(maxsize=RECENT)(self._read)

    if not TYPE_CHECKING:  # a type checker must still see the declared names

        def __getattr__(self, name: str) -> Any:
            """Raises an error that names the nearest attribute; called for unknown names."""
            if name.startswith("_"):
                raise AttributeError(name)
            raise no_attribute(self, name)

    # -- a sequence ------------------------------------------------------------------------------

    def __len__(self) -> int:
        self._scan()
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Trace: ...
    @overload
    def __getitem__(self, index: slice) -> TraceSelection: ...
    def __getitem__(self, index: int | slice) -> Trace | TraceSelection:
        if isinstance(index, slice):
            return TraceSelection(self, range(*index.indices(len(self))))
        if index >= 0:
            self._scan(until=index)
        else:
            index += len(self)
        if not 0 <= index < len(self._places):
            raise IndexError(f"This set has {len(self)} thoughts, counted from 0.")
        record, number = self._places[index]
        return self._traces(record)[number]

    def __iter__(self) -> Iterator[Trace]:
        index = 0
        while self._scan(until=index) > index:
            yield self[index]
            index += 1

    # -- what it holds ---------------------------------------------------------------------------

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The records that gave no trace, with the reason. All records are read for this."""
        self._scan()
        return self.skipped_so_far

    @property
    def n_scanned(self) -> int:
        """The number of records that were read so far: each gave a place, or was skipped."""
        last_read = self._places[-1].record if self._places else -1
        return 1 + max(last_read, next(reversed(self._skipped), -1))

    @property
    def skipped_so_far(self) -> tuple[Skipped, ...]:
        """Those of `skipped` that are known by now: no record is read for this."""
        return tuple(self._skipped.values())

    def place(self, index: int) -> str:
        """Where a thought stands in what was opened: "line 17 of a.jsonl"."""
        self._scan(until=index)
        return self.source.place(self._places[index].record)

    @property
    def form(self) -> str:
        """The form of the first record that can be read, with the columns of a row; "" if no record can be read."""
        for number in range(len(self.source)):
            try:
                record = self.source.read(number)
                reader = reader_of(record, self.options)
            except (LabkitError, ValueError):
                continue
            if reader is not ROWS:
                return reader.name + (f" ({reader.note})" if reader.note else "")
            columns = ", ".join(f"{role}={name!r}" for role, name in columns_of(record, self.options).items())
            return f"rows with {columns}"
        return ""

    def __repr__(self) -> str:
        known, records = self._scan(until=READ_FOR_DISPLAY), len(self.source)
        is_complete = self.n_scanned >= records
        count = f"{known:,} thoughts" if is_complete else f"{records:,} records"
        lines = [f"TraceSet({printable(self.name)}: {count}, {printable(self.form)})"]
        lines += [] if is_complete else [f"  the first {self.n_scanned:,} are read; len(traces) reads all"]
        skipped = self.skipped_so_far
        lines += [f"  left out: {printable(place)}: {printable(why)}" for place, why in skipped[:SHOWN]]
        lines += [f"  left out: {len(skipped) - SHOWN:,} more"] if len(skipped) > SHOWN else []
        return "\n".join(lines)

    @checks_arguments
    def with_steps(self, rule: StepRule | Segmenter | None) -> TraceSet:
        """The same thoughts with steps by a rule of your own, which measures and questions use as well.

        The records are read again when they are asked for. A record for which the rule fails is listed in `skipped`.

        Args:
            rule: as in `Trace.with_steps`; None for the rules of the family.
        """
        copy = TraceSet(self.source, self.options, self.name)
        copy._rule = rule
        return copy

    def _expected_length(self) -> int:
        return max(len(self._places), len(self.source) - len(self._skipped))

    # -- reading ---------------------------------------------------------------------------------

    def _scan(self, until: int | None = None) -> int:
        """Reads records until the trace with this number is known, by default all; returns how many are known."""
        n_records = len(self.source)
        while (number := self.n_scanned) < n_records and (until is None or len(self._places) <= until):
            with self._lock:  # a view measures in a thread of its own
                if number == self.n_scanned:
                    self._scan_record(number)
        return len(self._places)

    def _scan_record(self, number: int) -> None:
        """Adds the places of a record, or its reason to be skipped, in one step that an interrupt cannot divide."""
        try:
            self._places += [Location(number, i) for i in range(len(self._traces(number)))]
        except (LabkitError, ValueError) as error:
            why = error.what if isinstance(error, LabkitError) else str(error)
            self._skipped[number] = Skipped(self.source.place(number), why)

    def _read(self, number: int) -> tuple[Trace, ...]:
        """The traces of a record. Raises a `ValueError` with a clause if it gives none."""
        record = self.source.read(number)
        try:
            traces = tuple(reader_of(record, self.options).read(record, self.options))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise ValueError(f"{field}: {first['msg']}" if field else first["msg"]) from None
        except (
            AttributeError,
            KeyError,
            OverflowError,
            TypeError,
        ) as error:  # a part of the record has another type
            raise ValueError(f"a part of it has another form ({type(error).__name__}: {error})") from None
        if not traces:
            raise ValueError("it has no completion")
        return traces if self._rule is None else tuple(trace.with_steps(self._rule) for trace in traces)


def checked_columns(columns: Any, roles: Sequence[str]) -> dict[str, str]:
    """The named columns.

    Raises:
        BadArgument: a role is unknown, or a name is not text.
    """
    columns = {} if columns is None else columns
    valid = isinstance(columns, dict) and all(k in roles and isinstance(v, str) for k, v in columns.items())
    if not valid:
        raise BadArgument(
            f"columns={columns!r:.80} is not possible.",
            why=f"it maps roles to the names of columns; the roles are {', '.join(roles)}.",
            next='labkit.open(source, columns={"prompt": "problem", "text": "generation"})',
        )
    return dict(columns)
