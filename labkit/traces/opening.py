"""`labkit.open`: thoughts of any model, from what other libraries and data sets write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from labkit._arguments import checks_arguments
from labkit._host.paths import typed_path
from labkit._names import nearest
from labkit.errors import BadArgument, FileDamaged, Unsupported
from labkit.traces.families import check_family, tags_of_pair
from labkit.traces.no_such_file import LONGEST, no_such_file
from labkit.traces.readers import Options, reader_of
from labkit.traces.readers.other_files import OtherFileError
from labkit.traces.readers.reader import ROLES, SHOWN, SHOWN_NAME, advice
from labkit.traces.readers.sources import SUFFIXES, Folder, Rows, Source, is_one, source_of
from labkit.traces.trace import Trace
from labkit.traces.trace_set import TraceSet, checked_columns

NEXT = 'labkit.open("thoughts.jsonl")'
DATASET_FILES = ("dataset_info.json", "dataset_dict.json")  # of a folder that `Dataset.save_to_disk` wrote
LOOKED_AT = 20  # first rows in which a named column is looked for


@checks_arguments
def open_source(
    source: Any, *, prompt: str = "", family: str = "", columns: Mapping[str, str] | None = None,
    tags: Sequence[str] | None = None,
) -> Trace | TraceSet:  # fmt: skip
    """Reads thoughts from a file, a folder or an object; the content decides the form.

    | source | result |
    |---|---|
    | an answer of a server or an engine; a dict; a `*.trace.json` | a `Trace`; a `TraceSet` if it has several |
    | JSONL, Parquet, CSV, `.eval`, a JSON list, a folder | a `TraceSet`, which reads them when they are asked for |
    | a zip file of these, or one of them in gzip, bzip2 or xz | the same; it is unpacked into a temporary folder |
    | a list, a data set of Hugging Face, a pandas table | a `TraceSet` |

    `labkit.traces.readers` lists the forms. Server answers hold no prompt: give it with `prompt`.

    Args:
        source: a path, or an object.
        prompt: the prompt of records that hold none.
        family: the family of the model, which chooses the tags and the rules for steps; by default the name of the
            model tells.
        columns: the columns of rows, by role (`prompt`, `text`, `thought`, `answer`, `model`, `messages`); by default
            their names tell, and the display of the set shows the guess.
        tags: the opening and the closing tag of the thoughts, in place of those of the family.

    Raises:
        LabkitError: the family is unknown, `tags` is not a pair of texts, there is no such file, it cannot be read, or
            labkit does not know its form.
    """
    check_family(family)
    own_tags = None if tags is None else tags_of_pair(tags, family)
    options = Options(prompt, family, checked_columns(columns, ROLES), own_tags)
    if isinstance(source, Trace | TraceSet):
        return source
    if isinstance(source, str) and not source.strip():
        raise BadArgument("The path is empty.", why="an empty text names no file and no folder.", next=NEXT)
    if isinstance(source, str | Path):
        return _open_path(typed_path(source, next=NEXT), options)
    records, name = _rows_of(source), type(source).__name__
    if records is None:
        return _single(TraceSet(Rows([source]), options, name))
    return _checked(TraceSet(Rows(records), options, name))


def _open_path(path: Path, options: Options) -> Trace | TraceSet:
    if "\0" in str(path) or len(path.name) > LONGEST:
        raise no_such_file(path)
    if any((path / name).is_file() for name in DATASET_FILES):
        raise Unsupported(
            f"{path.name} is a data set that `datasets` saved.",
            why="its Arrow files are read by that library.",
            next=f'labkit.open(datasets.load_from_disk("{path.as_posix()}"))  # of several splits name one',
        )
    try:
        source: Source = Folder(path) if path.is_dir() else source_of(path)
    except FileNotFoundError:
        raise no_such_file(path) from None
    except OtherFileError as error:
        raise Unsupported(
            f"{path.name} is not a file of thoughts.", why=f"{error}.", next=error.next
        ) from None
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise FileDamaged(f"{path.name} cannot be read.", why=f"{why}.", next=NEXT) from None
    opened = TraceSet(source, options, path.name)
    return _single(opened) if is_one(source) else _checked(opened)


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
        LabkitError: it has none, and the error shows the reason of the first record; or no row has a named column.
    """
    _require_columns(opened)
    if next(iter(opened), None) is not None:
        return opened
    if not len(opened.source):
        raise _empty(opened)
    try:
        record = opened.source.read(0)
    except ValueError:
        next_step = NEXT + "  # one JSON object a line, in UTF-8"
    else:
        next_step = advice(record)
        if len(opened.source) == 1:
            with suppress(ValueError):
                reader_of(record, opened.options)  # its error lists the known forms
    first = opened.skipped[0]
    raise FileDamaged(
        f"{opened.name} holds no thought that labkit can read.",
        why=f"{first.place}: {first.why.rstrip('.')}.",
        next=next_step,
    )


def _empty(opened: TraceSet) -> FileDamaged:
    is_folder = isinstance(opened.source, Folder)
    suffixes = ", ".join(SUFFIXES)
    why = f"no file in it ends in {suffixes}, packed or not" if is_folder else "it is empty"
    return FileDamaged(f"{opened.name} holds no thought.", why=f"{why}.", next=NEXT)


def _require_columns(opened: TraceSet) -> None:
    """Raises a `BadArgument` if none of the first rows has a column that the user named."""
    named, seen = {*opened.options.columns.values()}, dict[str, None]()
    for number in range(min(len(opened.source), LOOKED_AT) if named else 0):
        with suppress(ValueError):
            record = opened.source.read(number)
            seen |= dict.fromkeys(record) if isinstance(record, Mapping) else {}
    missing = sorted(named - {*seen})
    if seen and missing:
        names = ", ".join(repr(str(name)[:SHOWN_NAME]) for name in [*seen][:SHOWN])
        raise BadArgument(
            f"There is no column {missing[0]!r:.60}.",
            why=f"the columns are {names}{' and others' if len(seen) > SHOWN else ''}.",
            next=f"labkit.open(source, columns={{... {nearest(missing[0], seen) or next(iter(seen))!r} ...}})",
        )


def _rows_of(source: Any) -> Any:
    """The rows of an object that holds several; None for an object that is one record."""
    if isinstance(source, list | tuple):
        return source
    if isinstance(source, Iterator | set | frozenset):
        return list(source)
    if hasattr(source, "to_dict") and hasattr(source, "columns"):  # pandas
        return source.to_dict("records")
    if hasattr(source, "column_names") and hasattr(source, "__getitem__"):  # datasets
        return source
    return None
