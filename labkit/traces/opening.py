"""`labkit.open`: thoughts of any model, from what other libraries and data sets write."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from labkit._arguments import checks_arguments
from labkit._host.paths import typed_path
from labkit.errors import FileDamaged, LabkitError
from labkit.traces.readers import Options, reader_of
from labkit.traces.readers.reader import ROLES
from labkit.traces.readers.sources import Folder, ParsedFile, Rows, Source, source_of
from labkit.traces.trace import Trace
from labkit.traces.trace_set import TraceSet, checked_columns

NEXT = 'labkit.open("thoughts.jsonl")'


@checks_arguments
def open_source(
    source: Any, *, prompt: str = "", family: str = "", columns: Mapping[str, str] | None = None
) -> Trace | TraceSet:
    """Reads thoughts from a file, a folder or an object; the content decides the form.

    | source | result |
    |---|---|
    | an answer of a server or an engine; a dict; a `*.trace.json` | a `Trace`; a `TraceSet` if it has several |
    | JSONL, Parquet, CSV, `.eval`, a JSON list, a folder | a `TraceSet`, which reads them when they are asked for |
    | a list, a data set of Hugging Face, a pandas table | a `TraceSet` |

    `labkit.traces.readers` lists the forms. Server answers hold no prompt: give it with `prompt`.

    Args:
        source: a path, or an object.
        prompt: the prompt of records that hold none.
        family: the family of the model, which chooses the tags and the rules for steps; by default the name of the
            model tells.
        columns: the columns of rows, by role (`prompt`, `text`, `thought`, `answer`, `model`, `messages`); by default
            their names tell, and the display of the set shows the guess.

    Raises:
        LabkitError: there is no such file, it cannot be read, or labkit does not know its form.
    """
    options = Options(prompt, family, checked_columns(columns, ROLES))
    if isinstance(source, Trace | TraceSet):
        return source
    if isinstance(source, str | Path):
        return _open_path(typed_path(source, next=NEXT), options)
    records, name = _rows_of(source), type(source).__name__
    opened = TraceSet(Rows([source]) if records is None else Rows(records), options, name)
    return _single(opened) if records is None else opened


def _open_path(path: Path, options: Options) -> Trace | TraceSet:
    try:
        source: Source = Folder(path) if path.is_dir() else source_of(path)
    except FileNotFoundError:
        raise LabkitError(
            f"There is no file or folder {str(path)[:200]!r}.",
            why="labkit.open reads files, folders and objects; a text becomes a trace with Trace.from_text.",
            next="labkit.Trace.from_text(prompt, text)",
        ) from None
    except (OSError, ValueError) as error:
        raise FileDamaged(f"{path.name} cannot be read.", why=f"{error}.", next=NEXT) from None
    opened = TraceSet(source, options, path.name)
    is_one = isinstance(source, ParsedFile) and not source.is_list
    return _single(opened) if is_one else _checked(opened)


def _single(opened: TraceSet) -> Trace | TraceSet:
    """The trace of a source with one record; the set, if the record holds several.

    Raises:
        LabkitError: the record cannot be read.
    """
    checked = _checked(opened)
    return checked[0] if len(checked) == 1 else checked


def _checked(opened: TraceSet) -> TraceSet:
    """The set, if it has a thought: the first record that can be read is found.

    Raises:
        LabkitError: it has none; the error shows the reason of the first record.
    """
    if next(iter(opened), None) is not None:
        return opened
    skipped = opened.skipped
    if not skipped:
        raise FileDamaged(
            f"{opened.name} holds no thought.", why="it has no record that labkit can read.", next=NEXT
        )
    if len(opened.source) == 1:
        with suppress(ValueError):
            reader_of(opened.source.read(0), opened.options)  # its error lists the known forms
    first = skipped[0]
    raise FileDamaged(
        f"{opened.name} holds no thought that labkit can read.",
        why=f"{first.place}: {first.why.rstrip('.')}.",
        next='labkit.open(source, columns={"prompt": "NAME", "text": "NAME"})  # name the columns of a row',
    )


def _rows_of(source: Any) -> Any:
    """The rows of an object that holds several; None for an object that is one record."""
    if isinstance(source, list | tuple):
        return source
    if hasattr(source, "to_dict") and hasattr(source, "columns"):  # pandas
        return source.to_dict("records")
    if hasattr(source, "column_names") and hasattr(source, "__getitem__"):  # datasets
        return source
    return None
