"""Sources of records: a file, a folder, rows in memory. A record is read when it is asked for, and not before."""

from __future__ import annotations

import csv
import io
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from labkit._host.untrusted import (
    MB,
    UntrustedError,
    parse_json,
    read_json,
    read_text,
    require_regular,
)
from labkit.traces.readers.eval_log import EvalLog
from labkit.traces.readers.limits import MAX_FILE, MAX_RECORD
from labkit.traces.readers.other_files import require_readable
from labkit.traces.readers.packed import is_stream, unpack
from labkit.traces.readers.parquet import Parquet

SUFFIXES = (".json", ".jsonl", ".ndjson", ".parquet", ".eval", ".csv", ".tsv", ".txt")
BOM = b"\xef\xbb\xbf"  # some programs write these bytes before UTF-8 text
PACKED = (".gz", ".bz2", ".xz", ".zip")  # behind one of the suffixes


class Source(Protocol):
    """Records by number."""

    def __len__(self) -> int:
        """The number of records."""

    def read(self, number: int) -> Any:
        """One record. Raises a `ValueError` with a clause that says what is wrong with it."""

    def place(self, number: int) -> str:
        """Where a record stands, for a message: "line 17 of a.jsonl"."""


class Rows:
    """Rows in memory, or in a data set of Hugging Face, which reads them when it is asked."""

    def __init__(self, rows: Sequence[Any], name: str = "") -> None:
        self._rows, self._name = rows, name

    def __len__(self) -> int:
        return len(self._rows)

    def read(self, number: int) -> Any:
        """One row."""
        try:
            return as_record(self._rows[number])
        except RecursionError:
            raise UntrustedError("it contains itself, or nests too deep") from None

    def place(self, number: int) -> str:
        """The number of a row, counted from 0 as in Python."""
        return f"row {number}" + (f" of {self._name}" if self._name else "")


class JsonLines:
    """A file with one JSON value a line. Only the places of the lines are in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._blank: list[int] = []  # for each blank line, the number of records before it

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line that is not blank begins, and the size of the file."""
        starts: list[int] = []
        blank, at = [], 0
        with self._path.open("rb") as file:
            for line in file:
                if line.strip():
                    starts.append(at)
                else:
                    blank.append(len(starts))
                at += len(line)
        self._blank = blank
        return [*starts, at]

    def __len__(self) -> int:
        return len(self._starts) - 1

    def read(self, number: int) -> Any:
        """One line."""
        start, end = self._starts[number : number + 2]
        if end - start > MAX_RECORD:
            raise UntrustedError(f"it is longer than {MAX_RECORD // MB} MB")
        with self._path.open("rb") as file:
            file.seek(start)
            return parse_json(file.read(end - start))

    def place(self, number: int) -> str:
        """The number of a line, counted from 1 as in an editor."""
        line = 1 + number + bisect_right(self._blank, number)
        return f"line {line} of {self._path.name}"


class Refused:
    """A file of a folder that cannot be read: one record without a thought.

    Args:
        path: the file.
        why: what is wrong with it, as a clause.
    """

    def __init__(self, path: Path, why: str) -> None:
        self._path, self._why = path, why

    def __len__(self) -> int:
        return 1

    def read(self, number: int) -> Any:
        """Raises the reason."""
        raise UntrustedError(self._why)

    def place(self, number: int) -> str:
        """The name of the file."""
        return self._path.name


class Folder:
    """The files of a folder that can be read, one after the other, with the folders in it.

    Hidden files and folders are left out: JupyterLab keeps copies of files in `.ipynb_checkpoints`.
    """

    def __init__(self, path: Path, *, unpacks: bool = True) -> None:
        files = sorted(
            file for file in path.rglob("*") if _can_hold_thoughts(file.relative_to(path)) and file.is_file()
        )
        self._places: list[tuple[Source, int]] = []
        self._latest: Source | None = None
        for file in files:
            source = _source_or_refused(file, unpacks)
            self._places += [(source, number) for number in range(len(source))]
            _forget(source)

    def __len__(self) -> int:
        return len(self._places)

    def read(self, number: int) -> Any:
        """One record of a file."""
        source, inner = self._places[number]
        if self._latest is not source:  # of all files that are parsed at once, one is in memory
            _forget(self._latest)
            self._latest = source
        return source.read(inner)

    def place(self, number: int) -> str:
        """Where the record stands in its file."""
        source, inner = self._places[number]
        return source.place(inner)


def _forget(source: Source | None) -> None:
    if isinstance(source, ParsedFile | Packed):
        source.forget()


def _can_hold_thoughts(file: Path) -> bool:
    name = file.name.lower().removesuffix(file.suffix.lower() if file.suffix.lower() in PACKED else "")
    return name.endswith(SUFFIXES) and not any(part.startswith(".") for part in file.parts)


def _source_or_refused(file: Path, unpacks: bool) -> Source:
    try:
        return source_of(file, unpacks=unpacks)
    except (OSError, ValueError) as error:
        return Refused(file, str(error))


class Packed:
    """The files in a packed file. They are unpacked into a folder, which is removed with this object."""

    def __init__(self, path: Path) -> None:
        self._path, self._room = (
            path,
            tempfile.TemporaryDirectory(prefix="labkit-", ignore_cleanup_errors=True),
        )
        folder = Path(self._room.name)
        unpack(path, folder, SUFFIXES)
        inner = [*folder.iterdir()]
        is_file = len(inner) == 1 and inner[0].is_file()
        # What was unpacked is not unpacked again: a file may contain itself.
        self._source = source_of(inner[0], unpacks=False) if is_file else Folder(folder, unpacks=False)

    @property
    def is_one(self) -> bool:
        """Whether it holds one record, and no list."""
        return is_one(self._source)

    def forget(self) -> None:
        """Drops the content of the file in it from memory."""
        _forget(self._source)

    def __len__(self) -> int:
        return len(self._source)

    def read(self, number: int) -> Any:
        """One record of a file."""
        return self._source.read(number)

    def place(self, number: int) -> str:
        """Where the record stands in its file."""
        return f"{self._source.place(number)} in {self._path.name}"


def _packed_file(path: Path, unpacks: bool) -> Packed:
    if not unpacks:
        raise UntrustedError("it is a packed file in a packed file")
    return Packed(path)


def is_one(source: Source) -> bool:
    """Whether a source holds one record, and no list of records."""
    return source.is_one if isinstance(source, ParsedFile | Packed) else False


class ParsedFile:
    """A file that is parsed at once when a record of it is asked for: one record, or a list of records.

    Args:
        path: the file.
        parse: returns its content; raises a `ValueError` with a clause.
        is_list: whether the content is a list of records.
    """

    def __init__(self, path: Path, parse: Callable[[Path], Any], *, is_list: bool) -> None:
        self._path, self._parse, self.is_one = path, parse, not is_list

    @cached_property
    def _content(self) -> Any:
        return self._parse(self._path)

    @cached_property
    def _length(self) -> int:
        try:
            return 1 if self.is_one else len(self._content)
        except ValueError:
            return 1  # a file that cannot be read counts as one record

    def forget(self) -> None:
        """Drops the content from memory; it is parsed again when it is asked for."""
        self.__dict__.pop("_content", None)

    def __len__(self) -> int:
        return self._length

    def read(self, number: int) -> Any:
        """One record."""
        return self._content if self.is_one else self._content[number]

    def place(self, number: int) -> str:
        """The name of the file, with the number of the row if it holds a list."""
        return f"row {number} of {self._path.name}" if len(self) > 1 else self._path.name


def source_of(path: Path, *, unpacks: bool = True) -> Source:
    """The source of a file, by its first bytes; a name decides only between text, CSV and JSON lines.

    Args:
        path: the file.
        unpacks: whether a packed file is unpacked.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is not a regular file, or is damaged; the message is a clause.
    """
    require_regular(path)
    with path.open("rb") as file:
        head = file.read(64)
    text = head.removeprefix(BOM).lstrip()
    if head.startswith(b"PAR1"):
        return Parquet(path)
    if head.startswith(b"PK"):
        log = EvalLog(path)
        return log if len(log) or path.suffix.lower() == ".eval" else _packed_file(path, unpacks)
    if is_stream(head):
        return _packed_file(path, unpacks)
    require_readable(path)
    if path.suffix.lower() in (".csv", ".tsv"):
        return ParsedFile(path, _read_table, is_list=True)
    if _is_lines(path):
        return JsonLines(path)
    if text[:1] in (b"{", b"["):
        return ParsedFile(path, lambda p: read_json(p, MAX_FILE), is_list=text.startswith(b"["))
    return ParsedFile(path, lambda p: read_text(p, MAX_RECORD, "utf-8-sig"), is_list=False)


def _read_table(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV file; the first line has the names of the columns, and shows what separates them."""
    text = read_text(path, MAX_FILE, "utf-8-sig")
    separator = max(",;\t", key=text.partition("\n")[0].count)
    # The default, 131,072 characters, is less than a long thought. It stays raised: other threads may read, too.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD))
    try:
        return list(csv.DictReader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise UntrustedError(f"it is not a table ({error})") from None


def _is_lines(path: Path) -> bool:
    """Whether the first line is a complete JSON object, and either another line follows or the name says so."""
    with path.open("rb") as file:
        first, rest = file.readline(MAX_RECORD).removeprefix(BOM), file.read(1)
    named = path.suffix.lower() in (".jsonl", ".ndjson")
    if not first.lstrip().startswith(b"{") or not (rest or named):
        return named
    try:
        parse_json(first)
    except ValueError:
        return named
    return True


def as_record(value: Any) -> Any:
    """An object of another library as plain data: mappings, pydantic records, and objects with attributes."""
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, Mapping):
        return {str(key): as_record(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_record(each) for each in value]
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "tolist"):  # numpy
        return value.tolist()
    attributes = getattr(value, "__dict__", None)
    if attributes is None:
        return value
    return {key: as_record(each) for key, each in attributes.items() if not key.startswith("_")}
