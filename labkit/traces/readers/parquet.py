"""Parquet files as sources of records, read with pyarrow."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
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
        self._starts = [
            0,
            *accumulate(sizes),
        ]  # the number of the first row of each group, and that of all rows
        self._group = lru_cache(maxsize=1)(lambda group: self._file.read_row_group(group))

    def __len__(self) -> int:
        return self._starts[-1]

    def read(self, number: int) -> Any:
        """One row."""
        group = bisect_right(self._starts, number) - 1
        row = number - self._starts[group]
        try:
            (record,) = self._group(group).slice(row, 1).to_pylist()
        except OSError as error:  # damaged pages
            raise UntrustedError(f"its group of rows cannot be read ({str(error)[:100]})") from None
        return record

    def place(self, number: int) -> str:
        """The number of a row."""
        return f"row {number} of {self._path.name}"
