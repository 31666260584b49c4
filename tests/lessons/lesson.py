"""A lesson as its tests read it: the saved output of a cell, by the beginning of the cell's code."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from labkit.course.truth import output_texts

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


@dataclass(frozen=True)
class Lesson:
    """One lesson of `notebooks/` with its saved outputs."""

    path: Path

    @cached_property
    def notebook(self) -> dict[str, Any]:
        notebook: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return notebook

    @property
    def slug(self) -> str:
        return str(self.notebook["metadata"]["labkit"]["slug"])

    def output(self, code: str) -> str:
        """The saved text of the only code cell that begins with `code`, or has a line that begins with it."""
        starts = re.compile(rf"^\s*{re.escape(code)}", re.M)
        cells = [cell for cell in self.notebook["cells"] if cell["cell_type"] == "code"]
        matches = [cell for cell in cells if starts.search("".join(cell["source"]))]
        assert len(matches) == 1, (
            f"{len(matches)} cells of {self.path.name} have a line that begins with {code!r}"
        )
        return "\n".join(output_texts(matches[0]))

    def numbers(self, code: str) -> list[float]:
        """The numbers of that output in reading order, with their signs."""
        digits = re.findall(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?", self.output(code))
        return [float(number.replace(",", "")) for number in digits]

    def rows(self, code: str) -> list[list[float]]:
        """The numbers of each line of that output; lines without a number are left out."""
        lines = (
            re.findall(r"(?<![\w.])[+-]?\d+(?:\.\d+)?", line.replace(",", ""))
            for line in self.output(code).splitlines()
        )
        return [[float(number) for number in line] for line in lines if line]


LESSONS = [Lesson(path) for path in sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))]
