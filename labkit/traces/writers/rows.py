"""Rows of a table, as JSONL, as Parquet, and for data sets of Hugging Face."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from labkit._arguments import checks_arguments
from labkit._host.atomic_write import not_written, write_file
from labkit._host.paths import typed_path
from labkit.errors import BadArgument
from labkit.traces import tables
from labkit.traces.trace import Trace

NEXT = 'labkit.traces.writers.write_rows(traces, "my.jsonl")'


@checks_arguments
def rows_of(traces: Iterable[Trace], *, complete: bool = True) -> list[dict[str, Any]]:
    """One row for each trace: `labkit.traces.tables.row`, and labkit's own record as JSON in the column `labkit`.

    Args:
        traces: such as a `TraceGroup` or a `TraceSet`.
        complete: whether the rows have labkit's own record, with tokens, logprobs and alternatives.
    """
    return [_row(trace, complete) for trace in traces]


@checks_arguments
def write_rows(traces: Iterable[Trace], path: str | Path, *, complete: bool = True) -> Path:
    """Writes one row for each trace into a `.jsonl` or `.parquet` file, whole or not at all, and returns the path.

    A JSONL file is written row by row, so that a `TraceSet` of any size fits.

    Raises:
        LabkitError: the suffix is another one, pandas or pyarrow is missing, or the file cannot be written.
    """
    path = typed_path(path, next=NEXT)
    writers = {".jsonl": _write_jsonl, ".parquet": _write_parquet}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise BadArgument(
            f"{path.name!r} has another suffix.", why="rows are written as .jsonl or .parquet.", next=NEXT
        )
    try:
        write_file(path, partial(write, traces, complete))
    except OSError as error:
        raise not_written(path, error, what=None, retry_hint=NEXT.replace('"my.jsonl"', "{}")) from None
    return path


def _row(trace: Trace, complete: bool) -> dict[str, Any]:
    return tables.row(trace) | ({"labkit": trace._as_json()} if complete else {})


def _write_jsonl(traces: Iterable[Trace], complete: bool, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for trace in traces:
            file.write(json.dumps(_row(trace, complete)) + "\n")


def _write_parquet(traces: Iterable[Trace], complete: bool, path: Path) -> None:
    tables.frame(rows_of(traces, complete=complete)).to_parquet(path, index=False)
