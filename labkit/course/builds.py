"""The two builds of the course: the student's has no solutions, the instructor's has them, and what to say about them.

Both are made from the lessons and from the registry of exercises. The outputs stay, but for those of the cells of
exercises. The answers of the questions before the end stay in the student's build, too: they are for the student.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from labkit._host.shipped import lessons_path
from labkit.course import lesson
from labkit.course.archive import write_build
from labkit.course.lesson import CHECK, FOLD, Cell, Lesson, new_cell
from labkit.course.lessons import GLOSSARY
from labkit.course.minutes import minutes_of, minutes_of_section
from labkit.course.registry import Exercise, exercise, load_beside, modules_beside
from labkit.course.stubs import with_solution
from labkit.errors import BadArgument

_PARTS = re.compile(rf"{FOLD.pattern}|^## [^\n]*|\*\*Exercise \d+", re.DOTALL | re.MULTILINE)
_SECTION = re.compile(r"^## [^\n]*", re.MULTILINE)
PICTURE = re.compile(r"\]\((?!https?:|#|data:)([^)#\s]+)[^)]*\)")


def student(folder: str | Path, *, lessons: Path | None = None, zipped: bool = False) -> Path:
    """Writes the lessons for students: the solutions of exercises and the outputs of their cells are taken out.

    Args:
        folder: a new folder, or the zip file if `zipped`.
        lessons: the folder of the lessons; by default those that ship.
        zipped: whether to write one zip file, which is the same each time.

    Raises:
        LabkitError: the folder exists or cannot be written, or there are no lessons.
    """
    return _build(folder, lessons, student_lesson, "student", zipped)


def instructor(folder: str | Path, *, lessons: Path | None = None, zipped: bool = False) -> Path:
    """Writes the lessons for the instructor: solutions, minutes, talking points, common wrong answers, open answers.

    Arguments and errors are those of `student`.
    """
    return _build(folder, lessons, instructor_lesson, "instructor", zipped)


def student_lesson(each: Lesson) -> Lesson:
    """Takes solutions, answers of exercises and outputs of their cells out of a lesson, in place."""
    in_exercise = False

    def keep(part: re.Match[str]) -> str:
        """A heading ends an exercise; a fold of an exercise stays only if it is a hint."""
        nonlocal in_exercise
        if part["title"] is None:
            in_exercise = part[0].startswith("**Exercise")
            return part[0]
        is_hint = "hint" in part["title"].lower()
        return part[0] if is_hint or not in_exercise else ""

    for cell in each.cells:
        if cell.cell_type == "markdown":
            cell.source = _PARTS.sub(keep, cell.source).rstrip()
        elif CHECK.search(cell.source):
            _clear(cell)
    each.notebook.cells = [cell for cell in each.cells if cell.source.strip()]
    return each


def instructor_lesson(each: Lesson) -> Lesson:
    """Puts solutions, minutes and notes into a lesson, in place."""
    plan = _plan(each)
    _add_minutes(each)
    cells: list[Cell] = []
    for cell in each.cells:
        cells.append(cell)
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("<details>", "<details open>")
        else:
            exercises = [exercise(id) for id in CHECK.findall(cell.source)]
            for known in exercises:
                cell.source = with_solution(cell.source, known)
                cells.append(_note(known))
            if exercises:
                _clear(cell)
    cells.insert(1, new_cell("markdown", "plan", plan))
    each.notebook.cells = cells
    return each


def _build(
    folder: str | Path, lessons: Path | None, change: Callable[[Lesson], Lesson], action: str, zipped: bool
) -> Path:
    source = lessons or lessons_path()
    read = lesson.read_all(source)
    load_beside(source)
    if not read:
        raise BadArgument(
            f"{str(source)!r} holds no lessons.",
            why="a lesson's file has a name such as 01-watch-it-think.ipynb.",
            next=f'labkit course {action} "my-course"',
        )

    def write(place: Path) -> None:
        page = overview(read, action)
        for each in read:
            lesson.write(change(each), place / each.path.name)
            copy_companions(each, place)
        if (source / GLOSSARY).is_file():
            shutil.copyfile(source / GLOSSARY, place / GLOSSARY)
        for module in modules_beside(source):
            shutil.copyfile(module, place / module.name)
        (place / "README.md").write_text(page, encoding="utf-8", newline="\n")

    return write_build(folder, write, action=action, zipped=zipped)


def overview(lessons: list[Lesson], action: str) -> str:
    """The README of a build: the lessons, their minutes, and how to begin."""
    rows = [
        f"| [{each.title}]({each.path.name}) | {minutes_of(each).total} | {each.metadata.get('idea', '')} |"
        for each in lessons
    ]
    reader = "Write your answers into the cells of *Your turn*."
    if action == "instructor":
        reader = "Solutions and notes stand in each lesson. Do not hand this folder out."
    first = lessons[0].path.name
    return "\n".join(
        ["# The course", "", reader, "", f"Begin: `jupyter lab {first}`. No network is needed.", "",
         "| lesson | minutes | idea |", "|---|---|---|", *rows, ""]
    )  # fmt: skip


def copy_companions(each: Lesson, place: Path) -> None:
    """Copies the files of the lessons' folder that a text links to, such as pictures."""
    for name in PICTURE.findall(each.markdown()):
        source = each.path.parent / name
        inside = ".." not in Path(name).parts and not Path(name).is_absolute()
        if inside and source.is_file() and source.suffix != ".ipynb":
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place / name)


def _clear(cell: Cell) -> None:
    cell.outputs, cell.execution_count = [], None


def _add_minutes(each: Lesson) -> None:
    """Puts the minutes of each section under its heading."""
    minutes = iter([minutes_of_section(section) for section in each.sections()[1:]])
    for cell in each.cells:
        if cell.cell_type == "markdown":
            cell.source = _SECTION.sub(lambda head: f"{head[0]}\n\n*{_minutes(next(minutes))}*", cell.source)


def _plan(each: Lesson) -> str:
    """The minutes of each section, for the instructor."""
    rows = [f"| {section.title} | {minutes_of_section(section)} |" for section in each.sections()]
    return "\n".join(
        [
            "**For the instructor.** " + f"{minutes_of(each)}.".capitalize(),
            "",
            "| section | minutes |",
            "|---|---|",
            *rows,
        ]
    )


def _note(known: Exercise) -> Cell:
    """What an instructor may say about an exercise."""
    parts = [f"**For the instructor: `{known.id}`, {_minutes(known.minutes)}.** {known.talk}".rstrip()]
    if known.hint:
        parts.append(f"*Hint:* {known.hint}")
    if known.wrong:
        parts.append("Common wrong answers, and what the check prints about each:")
    parts += [
        f"```python\n{source.rstrip()}\n```\n\n→ {_sentence(known, phrase)}"
        for source, phrase in known.wrong.items()
    ]
    return new_cell("markdown", f"note-{known.id}", "\n\n".join(parts))


def _sentence(known: Exercise, phrase: str) -> str:
    """The sentence of the check with this phrase; the phrase alone where the sentence depends on the answer."""
    cases = () if callable(known.cases) else known.cases
    for case in cases:
        slips = case.slips.values() if isinstance(case.slips, Mapping) else [text for _, text in case.slips]
        for sentence in slips:
            if phrase in sentence:
                return sentence
    return f"... {phrase} ..."


def _minutes(number: int) -> str:
    return "1 minute" if number == 1 else f"{number} minutes"
