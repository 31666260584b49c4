"""The student's build holds no solution, the instructor's holds all of them and runs; zips are the same each time."""

from __future__ import annotations

import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from labkit._host.shipped import lessons_path
from labkit.cli import main
from labkit.course import builds, lesson, running
from labkit.course.lesson import Lesson
from labkit.course.questions import Question, with_questions
from labkit.course.registry import exercise
from labkit.course.stubs import with_solution
from labkit.errors import LabkitError

STUB = '''import math

def majority(answers):
    """The most frequent answer."""
    ...

course.check("sampling-1", majority)'''
SHIPPED = sorted(lessons_path().glob("[0-9]*.ipynb"))


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    """A folder with one lesson: an exercise with code, one without, a picture, and questions."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    old = [new_output("stream", text="majority([]) returned nothing.\n")]
    cells = [
        new_markdown_cell("# 1. Ask\n\n*7 minutes. No network.*"),
        new_code_cell(
            "from labkit import course\nprint('shown')", outputs=[new_output("stream", text="shown\n")]
        ),
        new_markdown_cell(
            "![a vote](pictures/vote.png)\n\n<details><summary>Answer</summary>\n\nNot of an exercise.\n</details>"
        ),
        new_markdown_cell("## Your turn\n\n**Exercise 1 (6 minutes).** Write `majority`."),
        new_code_cell(STUB, outputs=old, execution_count=2),
        new_markdown_cell(
            "<details><summary>Hint</summary>\n\nThink of ties.\n</details>\n\n"
            "<details><summary>Solution</summary>\n\nThe secret code.\n</details>\n\n"
            "**Exercise 2 (5 minutes).** Why?\n\n<details><summary>Answer</summary>\n\nThe secret reason.\n</details>\n\n"
            "## Questions before you go\n\n1. What?\n\n<details><summary>Answer</summary>\n\nFor the student.\n</details>"
        ),
    ]
    metadata = {"labkit": {"slug": "ask", "idea": "Ask.", "run_seconds": 3}}
    lesson.write(Lesson(folder / "01-ask.ipynb", new_notebook(cells=cells, metadata=metadata)))
    (folder / "pictures").mkdir()
    (folder / "pictures/vote.png").write_bytes(b"\x89PNG")
    (folder / "glossary.ipynb").write_text((folder / "01-ask.ipynb").read_text())
    return folder


def test_the_students_build_has_no_solution_no_answer_of_an_exercise_and_no_output_of_its_cell(
    lessons: Path, tmp_path: Path
) -> None:
    place = builds.student(tmp_path / "student", lessons=lessons)
    each = lesson.read(place / "01-ask.ipynb")
    assert "secret" not in each.text
    assert (
        "Think of ties." in each.text
        and "For the student." in each.text
        and "Not of an exercise." in each.text
    )
    cells = {cell.source: cell for cell in each.code}
    assert cells[STUB].outputs == [] and cells[STUB].execution_count is None
    assert each.code[0].outputs
    assert (place / "pictures/vote.png").is_file() and (place / "glossary.ipynb").is_file()
    assert "[Ask](01-ask.ipynb)" in (place / "README.md").read_text()


def test_the_instructors_build_has_solutions_minutes_notes_and_open_answers(
    lessons: Path, tmp_path: Path
) -> None:
    place = builds.instructor(tmp_path / "instructor", lessons=lessons)
    each, known = lesson.read(place / "01-ask.ipynb"), exercise("sampling-1")
    assert with_solution(STUB, known) in [cell.source for cell in each.code]
    assert known.talk in each.text and known.hint in each.text
    assert all(source.rstrip() in each.text and phrase in each.text for source, phrase in known.wrong.items())
    assert "## Your turn\n\n*12 minutes*" in each.text and "| Your turn | 12 |" in each.text
    assert "<details>" not in each.text and each.text.count("<details open>") == 5
    assert "## Questions before you go\n\n*1 minute*" in each.text


@pytest.mark.slow
def test_the_instructors_build_runs_and_each_solution_is_right(lessons: Path, tmp_path: Path) -> None:
    place = builds.instructor(tmp_path / "instructor", lessons=lessons)
    notebook, _ = running.run(lesson.read(place / "01-ask.ipynb"))
    assert running.errors(notebook) == []
    (output,) = (
        cell.outputs for cell in notebook.cells if "sampling-1" in cell.source and cell.cell_type == "code"
    )
    assert output[0].text == "Right.\n"


@pytest.mark.slow
def test_the_instructors_build_of_a_shipped_lesson_runs(tmp_path: Path) -> None:
    place = builds.instructor(tmp_path / "instructor")
    notebook, _ = running.run(lesson.read(place / "01-watch-it-think.ipynb"))
    assert running.errors(notebook) == []
    printed = [
        o.text
        for cell in notebook.cells
        if "check(" in cell.source and cell.cell_type == "code"
        for o in cell.outputs
    ]
    assert len(printed) >= 2 and all(text.startswith("Right") for text in printed)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_students_build_of_a_shipped_lesson_holds_no_solution_and_no_answer_of_an_exercise(
    path: Path,
) -> None:
    answers = [part.answer for part in with_questions(lesson.read(path)) if isinstance(part, Question)]
    each = builds.student_lesson(lesson.read(path))
    ids = [id for id, _ in each.exercise_cells()]
    assert ids
    for id in ids:
        lines = exercise(id).solution.splitlines()
        assert max((line.strip() for line in lines if not line.startswith("def ")), key=len) not in each.text
    for answer in answers:
        assert answer and answer not in each.text
    assert all(not cell.outputs for _, cell in each.exercise_cells())


@pytest.mark.parametrize("action", ["student", "instructor"])
def test_all_shipped_lessons_are_built_and_a_zip_is_the_same_each_time(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert main(["course", action, str(tmp_path / name / "course"), "--zip"]) == 0
    first, second = (tmp_path / name / "course.zip" for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    assert capsys.readouterr().out.splitlines() == [str(first), str(second)]
    with zipfile.ZipFile(first) as archive:
        assert archive.testzip() is None
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in archive.namelist():
            assert name.startswith("course/")
            if name.endswith(".ipynb"):
                nbformat.validate(nbformat.reads(archive.read(name).decode(), as_version=4))


def test_a_build_replaces_nothing_and_a_folder_without_lessons_is_refused(
    lessons: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/work.txt").write_text("mine")
    for call in (builds.student, builds.instructor):
        with pytest.raises(LabkitError, match="could not be written"):
            call(tmp_path / "mine", lessons=lessons)
        with pytest.raises(LabkitError, match="holds no lessons"):
            call(tmp_path / "new", lessons=tmp_path / "mine")
    assert (tmp_path / "mine/work.txt").read_text() == "mine" and not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def majority(answers): ...\nx = 1", "SOLUTION\nx = 1"),
        ("# a note\nmajority = None  # write\ncheck(1)", "# a note\nSOLUTION\ncheck(1)"),
        (
            "%%time\ncourse.check('sampling-1', majority)",
            "%%time\nSOLUTION\n\ncourse.check('sampling-1', majority)",
        ),
        (
            "x = 1\ncourse.check('sampling-1', majority)",
            "x = 1\nSOLUTION\n\ncourse.check('sampling-1', majority)",
        ),
    ],
)
def test_the_solution_stands_in_place_of_the_stub(source: str, expected: str) -> None:
    known = exercise("sampling-1")
    assert with_solution(source, known) == expected.replace("SOLUTION", known.solution.rstrip())
