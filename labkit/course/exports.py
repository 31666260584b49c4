"""The lessons as assignments of nbgrader or of Otter, whose own tools then make the student's version and grade it.

An assignment is a lesson whose checked exercises give points: as many as an exercise has minutes, for a right answer.
The cases stay in labkit, which the grading machine needs; the notebook holds no hidden test. An exercise without code
is a question whose points a person gives.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from labkit._host.shipped import lessons_path
from labkit.course import lesson
from labkit.course.archive import write_build
from labkit.course.lesson import CHECK, Cell, Lesson, new_cell
from labkit.course.questions import Question, with_questions
from labkit.course.registry import Exercise, exercise, load_beside, modules_beside
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
        parts = list(with_questions(each))
        each.notebook.cells = [new for part in parts for new in _nbgrader_cells(part, each.slug)]
        _write_assignment(each, place / "source" / each.slug / each.path.name)
        (place / "nbgrader_config.py").write_text(NBGRADER_CONFIG, encoding="utf-8", newline="\n")

    return _export(folder, lessons, write, "nbgrader", zipped)


def otter(folder: str | Path, *, lessons: Path | None = None, zipped: bool = False) -> Path:
    """Writes a master notebook of Otter Assign, `SLUG/SLUG.ipynb`, for each lesson with a checked exercise.

    Arguments and errors are those of `nbgrader`.
    """

    def write(each: Lesson, place: Path) -> None:
        cells = [new_cell("raw", "config", _otter_config(each))]
        cells += [new for part in with_questions(each) for new in _otter_cells(part)]
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
            write_lesson(each, place)
        (place / "README.md").write_text(
            README[system].format(first=graded[0].slug), encoding="utf-8", newline="\n"
        )

    return write_build(folder, write, action=f"export {system}", zipped=zipped)


def _write_assignment(each: Lesson, path: Path) -> None:
    """Writes the notebook, and beside it the modules of exercises that it imports."""
    path.parent.mkdir(parents=True)
    for module in modules_beside(each.path.parent):
        shutil.copyfile(module, path.parent / module.name)
    each.notebook.nbformat_minor = 5
    lesson.write(each, path)


def _nbgrader_cells(part: Cell | Question, slug: str) -> Iterator[Cell]:
    """A part of a lesson as cells of nbgrader: the answer, and a test or a person that gives the points."""
    if isinstance(part, Question):
        name = f"{slug}-question-{part.number}"
        answer = new_cell("markdown", f"answer-{name}", part.answer or "Any answer with a reason.")
        answer.metadata["nbgrader"] = _nbgrader_part(f"answer-{name}", solution=True, points=part.minutes)
        yield from (new_cell("markdown", name, part.text), answer)
        return
    exercises = _exercises_of(part)
    if exercises:
        for known in exercises:
            part.source = _with_region(part.source, known, "### BEGIN SOLUTION", "### END SOLUTION")
        part.metadata["nbgrader"] = _nbgrader_part(f"answer-{exercises[0].id}", solution=True)
    yield part
    for known in exercises:
        test = new_cell("code", f"test-{known.id}", _test(known))
        test.metadata["nbgrader"] = _nbgrader_part(f"test-{known.id}", points=known.minutes)
        yield test


def _nbgrader_part(grade_id: str, *, solution: bool = False, points: int | None = None) -> dict[str, object]:
    part: dict[str, object] = {"grade_id": grade_id, "schema_version": 3, "task": False, "solution": solution}
    part |= {"grade": points is not None, "locked": points is not None and not solution}
    return part | ({} if points is None else {"points": points})


def _otter_config(each: Lesson) -> str:
    modules = [path.name for path in modules_beside(each.path.parent)]
    lines = [
        "# ASSIGNMENT CONFIG",
        f"name: {each.slug}",
        "init_cell: true",
        "export_cell: false",
        "check_all_cell: false",
        "generate: true",
    ]
    return "\n".join([*lines, *(["files:", *(f"  - {name}" for name in modules)] if modules else [])])


def _otter_cells(part: Cell | Question) -> Iterator[Cell]:
    """A part of a lesson as cells of Otter Assign: a question with its solution, and its test if it has one."""
    if isinstance(part, Question):
        name = f"question_{part.number}"
        answer = new_cell("markdown", f"answer-{name}", part.answer or "Any answer with a reason.")
        yield from _otter_question(
            name,
            f"manual: true\npoints: {part.minutes}",
            answer,
            new_cell("markdown", f"text-of-{name}", part.text),
        )
        return
    exercises = _exercises_of(part)
    if not exercises:
        yield part
    for known in exercises:  # a cell with two exercises becomes two questions
        source = _with_region(part.source, known, "# BEGIN SOLUTION NO PROMPT", "# END SOLUTION")
        answer, test = (
            new_cell("code", f"answer-{known.id}", source),
            new_cell("code", f"test-{known.id}", _test(known)),
        )
        yield from _otter_question(known.id.replace("-", "_"), f"points: {known.minutes}", answer, test=test)


def _otter_question(
    name: str, options: str, answer: Cell, text: Cell | None = None, *, test: Cell | None = None
) -> Iterator[Cell]:
    yield new_cell("raw", f"begin-{name}", f"# BEGIN QUESTION\nname: {name}\n{options}")
    if text:
        yield text
    yield from (
        new_cell("raw", f"solution-{name}", "# BEGIN SOLUTION"),
        answer,
        new_cell("raw", f"end-solution-{name}", "# END SOLUTION"),
    )
    if test:
        yield from (
            new_cell("raw", f"tests-{name}", "# BEGIN TESTS"),
            test,
            new_cell("raw", f"end-tests-{name}", "# END TESTS"),
        )
    yield new_cell("raw", f"end-{name}", "# END QUESTION")


def _exercises_of(cell: Cell) -> list[Exercise]:
    return [exercise(id) for id in CHECK.findall(cell.source)] if cell.cell_type == "code" else []


def _with_region(source: str, known: Exercise, begin: str, end: str) -> str:
    """The student's stub, then the solution in a region that the tool takes out, then the call of `check`."""
    lines = source.splitlines()
    start = next(match.start() for match in CHECK.finditer(source) if match[1] == known.id)
    call = source.count("\n", 0, start)
    return "\n".join([*lines[:call], begin, known.solution.rstrip(), end, *lines[call:]])


def _test(known: Exercise) -> str:
    answer = f"({known.writes})" if "," in known.writes else known.writes
    context = f", {known.context}" if known.context else ""
    return f'import labkit.course\nlabkit.course.require_right("{known.id}", {answer}{context})'
