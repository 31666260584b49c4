"""Figures of an evaluation with their intervals, and the file of `labkit eval --json`. No torch here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from labkit._host.atomic_write import write_text
from labkit._host.untrusted import MB, read_json


@dataclass(frozen=True)
class Metric:
    """One figure with its 95 % interval (bootstrap over problems)."""

    what: str
    value: float
    low: float
    high: float
    problems: int

    def __str__(self) -> str:
        digits = 1 if self.value > 2 else 3
        low, mean, high = (f"{x:.{digits}f}" for x in (self.low, self.value, self.high))
        return f"{self.what:28} {mean:>7}   ({low} to {high}, {self.problems} problems)"


def read_metrics(path: Path) -> dict[str, Metric]:
    """Reads a file of figures; returns them by name.

    Raises:
        OSError: the file cannot be opened.
        UntrustedError: it is not JSON, or too large.
        TypeError: it is not a list of figures.
    """
    return {row["what"]: Metric(**row) for row in read_json(path, MB)}


def write(rows: Sequence[Metric], path: Path) -> None:
    """The figures as JSON, a list of objects."""
    text = json.dumps([asdict(row) for row in rows], indent=1) + "\n"
    write_text(path, text, what="table of figures", retry_hint="labkit eval r1-mini --json {}")
