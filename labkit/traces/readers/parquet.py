"""Parquet files as sources of records, read with pyarrow."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from labkit._host.extras import import_extra
from labkit._host.untrusted import UntrustedError


class Parquet:
    """A Parquet file; one group of its rows is in memory at a time."""

    def __init__(self, path: Path) -> None:
        parquet = import_extra("pyarrow.parquet", "tables", why="labkit reads Parquet files with it.")
        self._file, self._path = parquet.ParquetFile(path), path
        sizes = [self._file.metadata.row_group(i).num_rows for i in range(self._file.num_row_groups)]
        self._places = [(group, row) for group, size in enumerate(sizes) for row in range(size)]
        self._group = lru_cache(maxsize=1)(lambda group: self._file.read_row_group(group))

    def __len__(self) -> int:
        return len(self._places)

    def read(self, number: int) -> Any:
        """One row."""
        group, row = self._places[number]
        try:
            (record,) = self._group(group).slice(row, 1).to_pylist()
        except OSError as error:  # damaged pages
            raise UntrustedError(f"its group of rows cannot be read ({str(error)[:100]})") from None
        return record

    def place(self, number: int) -> str:
        """The number of a row."""
        return f"row {number} of {self._path.name}"
