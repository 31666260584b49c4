"""One lesson as a file: its metadata, its sections, its exercises and its folds.

A lesson is a notebook whose metadata has a part `labkit`:
`{"slug": "grpo", "idea": "one sentence", "tracks": ["training"], "requires": ["rewards"], "run_seconds": 40}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from labkit._host.atomic_write import write_text
from labkit._host.extras import install_command, missing_package
from labkit._host.untrusted import read_text
from labkit.course.clean import LARGEST
from labkit.course.lessons import LESSON
from labkit.errors import BadArgument

CHECK = re.compile(r"\bcheck\(\s*[\"']([a-z][a-z0-9-]*-[0-9]+)[\"']")
FOLD = re.compile(r"<details>\s*<summary>(?P<title>.*?)</summary>(?P<text>.*?)</details>[ \t]*\n?", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
TITLE = re.compile(r"^# +(?:[0-9]+\. *)?(.+?) *$", re.MULTILINE)

Cell = Any  # a NotebookNode: cell.cell_type, cell.source, cell.metadata, and cell.outputs of a code cell


@dataclass(frozen=True)
class Section:
    """What stands between one heading `## ...` and the next; the first section has the title of the lesson."""

    title: str
    texts: list[str]
    code: list[Cell]

    @property
    def markdown(self) -> str:
        """The text of the section without its code cells."""
        return "\n\n".join(self.texts)


@dataclass(frozen=True)
class Lesson:
    """A lesson's notebook.

    Attributes:
        path: the file.
        notebook: a NotebookNode of nbformat 4, whose sources are texts and not lists of lines.
    """

    path: Path
    notebook: Any

    @property
    def cells(self) -> list[Cell]:
        """All cells in order."""
        return self.notebook.cells

    @property
    def code(self) -> list[Cell]:
        """The code cells that hold code."""
        return [cell for cell in self.cells if cell.cell_type == "code" and cell.source.strip()]

    @property
    def metadata(self) -> dict[str, Any]:
        """The part `labkit` of the notebook's metadata; empty if the metadata has no such part."""
        part = self.notebook.metadata.get("labkit")
        return part if isinstance(part, dict) else {}

    @property
    def slug(self) -> str:
        """The slug in the metadata. A notebook without a slug has the name of its file, without the number."""
        return str(self.metadata.get("slug") or re.sub(r"^[0-9]+-", "", self.path.stem))

    @property
    def title(self) -> str:
        """The title in the first heading, without its number."""
        heading = TITLE.search(self.cells[0].source) if self.cells else None
        return heading[1] if heading else self.path.stem

    @property
    def text(self) -> str:
        """The sources of all cells, one after another."""
        return "\n\n".join(cell.source for cell in self.cells)

    def markdown(self) -> str:
        """The text of the markdown cells."""
        return "\n\n".join(cell.source for cell in self.cells if cell.cell_type == "markdown")

    def exercise_cells(self) -> Iterator[tuple[str, Cell]]:
        """The id of each exercise that a cell checks, and that cell."""
        for cell in self.code:
            for match in CHECK.finditer(cell.source):
                yield match[1], cell

    def sections(self) -> list[Section]:
        """The sections in order; a markdown cell may hold parts of several."""
        sections = [Section(self.title, [], [])]
        for cell in self.cells:
            if cell.cell_type != "markdown":
                sections[-1].code.append(cell)
                continue
            for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
                if part.startswith("## "):
                    sections.append(Section(part.splitlines()[0].removeprefix("## ").strip(), [], []))
                sections[-1].texts.append(part)
        return sections


def read(path: Path) -> Lesson:
    """Reads a lesson.

    Raises:
        LabkitError: the file is missing or is not a notebook, or nbformat is not installed.
    """
    nbformat = import_of_jupyter("nbformat")
    try:
        return Lesson(path, nbformat.reads(read_text(path, LARGEST), as_version=4))
    except (OSError, ValueError, AttributeError, KeyError, nbformat.ValidationError) as error:
        raise BadArgument(
            f"{path} cannot be read as a notebook.",
            why=f"{error}".rstrip(".") + ".",
            next='labkit course check "notebooks/01-watch-it-think.ipynb"',
        ) from None


def write(lesson: Lesson, path: Path | None = None) -> None:
    """Writes a lesson, whole or not at all; by default in place."""
    nbformat = import_of_jupyter("nbformat")
    if lesson.notebook.nbformat_minor < 5:  # such a notebook has no ids, and new cells have one
        for cell in lesson.cells:
            cell.pop("id", None)
    text = nbformat.writes(lesson.notebook, version=4) + "\n"
    write_text(path or lesson.path, text, what="notebook", retry_hint="labkit course start {}")


def read_all(folder: Path) -> list[Lesson]:
    """The lessons of a folder in the order of their numbers."""
    return [read(path) for path in sorted(folder.iterdir()) if LESSON.fullmatch(path.name)]


def new_cell(kind: str, id: str, source: str) -> Cell:
    """A cell of kind "code", "markdown" or "raw". Its id is not random, so that a build is the same each time."""
    make = getattr(import_of_jupyter("nbformat.v4"), f"new_{kind}_cell")
    return make(source, id=id)


def import_of_jupyter(name: str) -> ModuleType:
    """Imports a package that JupyterLab brings.

    Raises:
        LabkitError: the package is not installed; the error has the install command.
    """
    from importlib import import_module

    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise missing_package(
            name,
            why="it comes with JupyterLab, and labkit reads and writes notebooks with it.",
            next=install_command("lab"),
        ) from None
