"""Conversion of files: what `labkit.open` reads becomes a file in a form of the writers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from labkit._arguments import checks_arguments
from labkit._host.atomic_write import not_written, write_file
from labkit._host.paths import typed_path
from labkit.errors import BadArgument
from labkit.traces.opening import open_source
from labkit.traces.trace import Trace
from labkit.traces.trace_set import Skipped, TraceSet
from labkit.traces.writers.rows import write_json_lines, write_rows
from labkit.traces.writers.trackio import as_trackio
from labkit.traces.writers.verifiers import as_verifiers

NEXT = 'labkit.traces.writers.convert("thoughts.parquet", "thoughts.jsonl")'
RECORDS: dict[str, Callable[..., dict[str, Any]]] = {"trackio": as_trackio, "verifiers": as_verifiers}


class Converted(NamedTuple):
    """What a conversion wrote: the number of traces, the file, and the records that could not be read."""

    n_traces: int
    path: Path
    skipped: tuple[Skipped, ...]


@checks_arguments
def convert(
    source: str | Path, path: str | Path, *, form: Literal["rows", "trackio", "verifiers"] = "rows",
    complete: bool = True, family: str = "", columns: Mapping[str, str] | None = None,
) -> Converted:  # fmt: skip
    """Writes the thoughts of a file or folder into another file.

    The thoughts are read one by one, so that a file of any size can be converted. A file that was there before stays
    as it was if the conversion fails.

    Args:
        source: what `labkit.open` reads.
        path: a `.jsonl` or `.parquet` file; with another form than rows, a `.jsonl` file.
        form: `"rows"`, or a record of trackio or of verifiers in each line.
        complete: whether labkit's own record goes along, from which `labkit.open` makes equal traces.
        family, columns: as in `labkit.open`.

    Raises:
        LabkitError: the source cannot be read, the suffix does not fit, or the file cannot be written.
    """
    path = typed_path(path, next=NEXT)
    opened = open_source(source, family=family, columns=columns)
    traces: Sequence[Trace] = [opened] if isinstance(opened, Trace) else opened
    if form == "rows":
        write_rows(traces, path, complete=complete)
    elif path.suffix.lower() == ".jsonl":
        records = partial(_records, traces, partial(RECORDS[form], complete=complete))
        try:
            write_file(path, partial(write_json_lines, records))
        except OSError as error:
            raise not_written(
                path, error, what=None, retry_hint=NEXT.replace("thoughts.jsonl", "{}")
            ) from None
    else:
        raise BadArgument(
            f"{path.name!r} has another suffix.", why=f"records of {form} are written as .jsonl.", next=NEXT
        )
    return Converted(len(traces), path, opened.skipped if isinstance(opened, TraceSet) else ())


def _records(traces: Sequence[Trace], form: Callable[[Trace], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return map(form, traces)
