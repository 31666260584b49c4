"""Rows of a table, as JSONL, as Parquet, and for data sets of Hugging Face."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

from labkit._arguments import checks_arguments
from labkit._host.atomic_write import not_written, write_file
from labkit._host.paths import typed_path
from labkit.errors import BadArgument
from labkit.traces import tables
from labkit.traces.trace import Trace
from labkit.traces.writers.parquet import write_parquet

NEXT = 'labkit.traces.writers.write_rows(traces, "my.jsonl")'


class HasRow(Protocol):
    """Something else that is a row of a table, such as a step of a training run."""

    def as_row(self) -> Mapping[str, Any]:
        """The columns of its row."""


@checks_arguments
def rows_of(traces: Iterable[Trace | HasRow], *, complete: bool = True) -> list[dict[str, Any]]:
    """One row for each trace: `labkit.traces.tables.row`, and labkit's own record as JSON in the column `labkit`.

    Args:
        traces: such as a `TraceGroup`, a `TraceSet`, or `run.thoughts`; a run itself gives a row for each step.
        complete: whether the rows have labkit's own record, with tokens, logprobs and alternatives.
    """
    return list(_rows(traces, complete))


@checks_arguments
def write_rows(traces: Iterable[Trace | HasRow], path: str | Path, *, complete: bool = True) -> Path:
    """Writes one row for each trace into a `.jsonl` or `.parquet` file, whole or not at all, and returns the path.

    The rows are written as they are read, so that a `TraceSet` of any size fits into memory. For Parquet it is read
    twice, and an iterator, which cannot be read twice, is held in memory. Parquet cannot hold half of a surrogate pair:
    U+FFFD stands for it in the columns, and labkit's own record has it.

    Args:
        traces: such as a `TraceGroup`, a `TraceSet`, or `run.thoughts`; a run itself gives a row for each step.
        path: the file.
        complete: whether the rows have labkit's own record, from which `labkit.open` makes equal traces.

    Raises:
        LabkitError: the suffix is another one, pyarrow is missing, or the file cannot be written.
    """
    path = typed_path(path, next=NEXT)
    writers = {".jsonl": write_json_lines, ".parquet": write_parquet}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise BadArgument(
            f"{path.name!r} has another suffix.", why="rows are written as .jsonl or .parquet.", next=NEXT
        )
    repeatable = list(traces) if isinstance(traces, Iterator) else traces
    try:
        write_file(path, partial(write, partial(_rows, repeatable, complete)))
    except OSError as error:
        raise not_written(path, error, what=None, retry_hint=NEXT.replace('"my.jsonl"', "{}")) from None
    return path


def write_json_lines(rows: Any, path: Path) -> None:
    """Writes rows as JSON, one a line, in ASCII: a line break of any kind in a text is escaped.

    NaN and infinity become null.

    Args:
        rows: a function that gives an iterator over the rows.
        path: the file.
    """
    with path.open("w", encoding="ascii", newline="\n") as file:
        for row in rows():
            finite = {
                name: None if isinstance(value, float) and not isfinite(value) else value
                for name, value in row.items()
            }
            file.write(json.dumps(finite) + "\n")


def _rows(traces: Iterable[Trace | HasRow], complete: bool) -> Iterator[dict[str, Any]]:
    for each in traces:
        if not isinstance(each, Trace):
            yield dict(each.as_row())
        else:
            yield tables.row(each) | ({"labkit": each._as_json()} if complete else {})
