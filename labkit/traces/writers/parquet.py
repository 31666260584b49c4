"""Rows as a Parquet file, of which one group of rows is in memory at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from labkit._host.extras import import_extra

GROUP = 256  # rows of a group; `labkit.open` reads one group at a time
HALF = re.compile("[\ud800-\udfff]")  # half of a surrogate pair, which UTF-8 cannot hold

Row = Mapping[str, Any]


def write_parquet(rows: Callable[[], Iterator[Row]], path: Path) -> None:
    """Writes rows; a column is there if a row has it, and is empty in the others.

    Args:
        rows: a function that gives an iterator over the rows; it is called twice, first for the columns.
        path: the file.

    Raises:
        LabkitError: pyarrow is not installed.
    """
    pyarrow = import_extra("pyarrow", "tables", why="labkit writes Parquet files with it.")
    parquet = import_extra("pyarrow.parquet", "tables", why="labkit writes Parquet files with it.")
    kinds = {
        str: pyarrow.large_string(),
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        bool: pyarrow.bool_(),
    }
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in columns(rows()).items()])
    left = rows()
    with parquet.ParquetWriter(path, schema) as writer:
        while group := [_writable(row) for row in islice(left, GROUP)]:
            writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))


def columns(rows: Iterator[Row]) -> dict[str, type]:
    """The type of each column, in the order in which they first appear; that of a column without a value is float.

    >>> columns(iter([{"prompt": "2 + 2?", "seconds": None}, {"prompt": "3?", "reward": 1}, {"reward": 0.5}]))
    {'prompt': <class 'str'>, 'seconds': <class 'float'>, 'reward': <class 'float'>}
    """
    kinds_of: dict[str, set[type]] = {}
    for row in rows:
        for name, value in _writable(row).items():
            kinds_of.setdefault(name, set()).update(() if value is None else (type(value),))
    return {name: next(iter(kinds)) if len(kinds) == 1 else float for name, kinds in kinds_of.items()}


def _writable(row: Row) -> dict[str, Any]:
    return {_text(name): _text(value) if isinstance(value, str) else value for name, value in row.items()}


def _text(text: str) -> str:
    return HALF.sub("\ufffd", text)
