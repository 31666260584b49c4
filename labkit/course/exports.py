"""The lessons as assignments of nbgrader or of Otter, whose own tools then make the student's version and grade it.

An assignment is a lesson whose checked exercises give points: as many as an exercise has minutes, for a right answer.
The cases stay in labkit, which the grading machine needs; the notebook holds no hidden test. Left out: points for
questions without code, which a person reads.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from labkit._host.shipped import lessons_path
from labkit.course import lesson
from labkit.course.archive import write_build
from labkit.course.builds import student_lesson
from labkit.course.lesson import CHECK, Cell, Lesson, import_of_jupyter
from labkit.course.registry import Exercise, exercise, load_beside
from labkit.errors import BadArgument

SECONDS = 600  # that a cell may take when a submission is graded

NBGRADER_CONFIG = f"""c = get_config()
c.CourseDirectory.course_id = "labkit"
c.ClearSolutions.code_stub = {{"python": "# Your answer stands above, in place of the dots or of None."}}
c.ExecutePreprocessor.timeout = {SECONDS}
"""

README = {
    "nbgrader": """# The lessons as assignments of nbgrader

labkit must be installed where the answers are graded. In this folder:

```sh
nbgrader generate_assignment {first}
nbgrader autograde {first}
```

The first line writes the student's version into `release/`. The second line grades what stands in
`submitted/STUDENT/{first}/`. An exercise gives its minutes as points. `gradebook.db` holds the points.
""",
    "otter": """# The lessons as assignments of Otter

labkit must be installed where the answers are graded. In this folder:

```sh
otter assign {first}/{first}.ipynb dist/{first}
otter run -a dist/{first}/autograder/{first}-autograder_*.zip SUBMISSION.ipynb
```

The first line writes the student's version into `dist/{first}/student/`. The second line grades one notebook. An
exercise gives its minutes as points.
""",
}


def nbgrader(folder: str | Path, *, lessons: Path | None = None, zipped: bool = False) -> Path:
    """Writes a course folder of nbgrader: `source/SLUG/NN-name.ipynb` for each lesson with a checked exercise.

    Args:
        folder: a new folder, or the zip file if `zipped`.
        lessons: the folder of the lessons; by default those that ship.
        zipped: whether to write one zip file, which is the same each time.

    Raises:
        LabkitError: the folder exists or cannot be written, or no lesson has a checked exercise.
    """

    def write(each: Lesson, place: Path) -> None:
        each.notebook.cells = [new for cell in each.cells for new in _nbgrader_cells(cell)]
        _write_assignment(each, place / "source" / each.slug / each.path.name)
        (place / "nbgrader_config.py").write_text(NBGRADER_CONFIG, encoding="utf-8")

    return _export(folder, lessons, write, "nbgrader", zipped)


def otter(folder: str | Path, *, lessons: Path | None = None, zipped: bool = False) -> Path:
    """Writes a master notebook of Otter Assign, `SLUG/SLUG.ipynb`, for each lesson with a checked exercise.

    Arguments and errors are those of `nbgrader`.
    """

    def write(each: Lesson, place: Path) -> None:
        cells = [_raw("config", _otter_config(each))]
        cells += [new for cell in each.cells for new in _otter_cells(cell)]
        each.notebook.cells = cells
        _write_assignment(each, place / each.slug / f"{each.slug}.ipynb")

    return _export(folder, lessons, write, "otter", zipped)


def _export(
    folder: str | Path,
    lessons: Path | None,
    write_lesson: Callable[[Lesson, Path], None],
    system: str,
    zipped: bool,
) -> Path:
    source = lessons or lessons_path()
    load_beside(source)
    graded = [each for each in lesson.read_all(source) if any(True for _ in each.exercise_cells())]
    if not graded:
        raise BadArgument(
            f"{str(source)!r} holds no lesson with a checked exercise.",
            why="only an exercise that a cell checks can be graded by a program.",
            next=f'labkit course export {system} "my-course"',
        )

    def write(place: Path) -> None:
        for each in graded:
            write_lesson(student_lesson(each), place)
        (place / "README.md").write_text(README[system].format(first=graded[0].slug), encoding="utf-8")

    return write_build(folder, write, action=f"export {system}", zipped=zipped)


def _write_assignment(each: Lesson, path: Path) -> None:
    """Writes the notebook, and beside it the modules of exercises that it imports."""
    path.parent.mkdir(parents=True)
    for module in each.path.parent.glob("exercises_*.py"):
        shutil.copyfile(module, path.parent / module.name)
    each.notebook.nbformat_minor = 5
    lesson.write(each, path)


def _nbgrader_cells(cell: Cell) -> Iterator[Cell]:
    """A cell of a lesson as cells of nbgrader: the answer, and a test that gives the points."""
    exercises = _exercises_of(cell)
    if exercises:
        for known in exercises:
            cell.source = _with_region(cell.source, known, "### BEGIN SOLUTION", "### END SOLUTION")
        cell.metadata["nbgrader"] = _nbgrader_part(f"answer-{exercises[0].id}", solution=True)
    yield cell
    for known in exercises:
        test = _code(f"test-{known.id}", _test(known))
        test.metadata["nbgrader"] = _nbgrader_part(f"test-{known.id}", points=known.minutes)
        yield test


def _nbgrader_part(grade_id: str, *, solution: bool = False, points: int | None = None) -> dict[str, object]:
    part: dict[str, object] = {"grade_id": grade_id, "schema_version": 3, "task": False, "solution": solution}
    part |= {"grade": points is not None, "locked": points is not None}
    return part | ({} if points is None else {"points": points})


def _otter_config(each: Lesson) -> str:
    modules = sorted(path.name for path in each.path.parent.glob("exercises_*.py"))
    lines = [
        "# ASSIGNMENT CONFIG",
        f"name: {each.slug}",
        "init_cell: true",
        "export_cell: false",
        "check_all_cell: false",
        "generate: true",
    ]
    return "\n".join([*lines, *(["files:", *(f"  - {name}" for name in modules)] if modules else [])])


def _otter_cells(cell: Cell) -> Iterator[Cell]:
    """A cell of a lesson as cells of Otter Assign: a question with its solution and its test."""
    exercises = _exercises_of(cell)
    if not exercises:
        yield cell
        return
    for known in exercises:  # a cell with two exercises becomes two questions
        name = known.id.replace("-", "_")
        solution = _code(
            f"answer-{known.id}",
            _with_region(cell.source, known, "# BEGIN SOLUTION NO PROMPT", "# END SOLUTION"),
        )
        yield _raw(f"begin-{name}", f"# BEGIN QUESTION\nname: {name}\npoints: {known.minutes}")
        yield _raw(f"solution-{name}", "# BEGIN SOLUTION")
        yield solution
        yield _raw(f"end-solution-{name}", "# END SOLUTION")
        yield _raw(f"tests-{name}", "# BEGIN TESTS")
        yield _code(f"test-{known.id}", _test(known))
        yield _raw(f"end-tests-{name}", "# END TESTS")
        yield _raw(f"end-{name}", "# END QUESTION")


def _exercises_of(cell: Cell) -> list[Exercise]:
    return [exercise(id) for id in CHECK.findall(cell.source)] if cell.cell_type == "code" else []


def _with_region(source: str, known: Exercise, begin: str, end: str) -> str:
    """The student's stub, then the solution in a region that the tool takes out, then the call of `check`."""
    lines = source.splitlines()
    call = next(i for i, line in enumerate(lines) if f"{known.id}" in line and "check(" in line)
    return "\n".join([*lines[:call], begin, known.solution.rstrip(), end, *lines[call:]])


def _test(known: Exercise) -> str:
    answer = f"({known.writes})" if "," in known.writes else known.writes
    context = f", {known.context}" if known.context else ""
    return f'import labkit.course\nlabkit.course.require_right("{known.id}", {answer}{context})'


def _code(id: str, source: str) -> Cell:
    return import_of_jupyter("nbformat.v4").new_code_cell(source, id=id)


def _raw(id: str, source: str) -> Cell:
    return import_of_jupyter("nbformat.v4").new_raw_cell(source, id=id)
