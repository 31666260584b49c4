"""A log with one JSON object a line. A call that is killed while writing leaves a partial line, which is dropped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labkit._host.atomic_write import write_file
from labkit._host.untrusted import parse_json


def append(path: Path, row: Mapping[str, Any]) -> None:
    """Appends one line."""
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(row) + "\n")


def rows(path: Path) -> list[dict[str, Any]]:
    """The complete lines; empty if the file does not exist. A partial last line is removed.

    Raises:
        ValueError: another line is not JSON.
    """
    if not path.exists():
        return []
    lines = path.read_bytes().splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        _rewrite(path, lines := lines[:-1])
    return [parse_json(line) for line in lines]


def forget(path: Path, after: int) -> None:
    """Drops the lines whose `step` is later than `after`: a resumed run writes them again."""
    existing = rows(path)
    if any(row["step"] > after for row in existing):
        lines = path.read_bytes().splitlines(keepends=True)
        _rewrite(path, [line for line, row in zip(lines, existing, strict=True) if row["step"] <= after])


def _rewrite(path: Path, lines: list[bytes]) -> None:
    write_file(path, lambda fresh: fresh.write_bytes(b"".join(lines)))
