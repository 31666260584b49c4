"""The exports to nbgrader and Otter: their own tools make the student's version and grade right and wrong answers.

The tools have an environment of their own, whose folder is in `LABKIT_GRADERS` (see the stage of `.ci/run`).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from labkit._host.shipped import lessons_path
from labkit.cli import main
from labkit.course import exports, lesson, require_right
from labkit.course.clean import KERNEL
from labkit.course.lesson import Lesson
from labkit.course.registry import Exercise, all_exercises, exercise
from labkit.errors import BadArgument

ROOT = Path(__file__).resolve().parents[2]
GRADERS = os.environ.get("LABKIT_GRADERS", "")
needs_graders = pytest.mark.skipif(
    not GRADERS,
    reason="nbgrader and Otter are not there: LABKIT_GRADERS names their environment, as .ci/run makes it",
)

PAIR = """from labkit.course import Case, Exercise, register

register(
    Exercise(
        "ask-1",
        writes="low, high",
        value=True,
        minutes=4,
        cases=lambda numbers: [Case((), (min(numbers), max(numbers)))],
        context="numbers=numbers",
        solution="low, high = min(numbers), max(numbers)",
    )
)
"""
FUNCTION = 'def majority(answers):\n    """The most frequent answer."""\n    ...\n\ncourse.check("sampling-1", majority)'
VALUES = 'low, high = None, None\n\ncourse.check("ask-1", (low, high), numbers=numbers)'
POINTS = {"sampling-1": 6, "ask-1": 4}


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    """A folder with one lesson, which has a function and two values to write, and a cell that fails on purpose."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    fails = new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})
    cells = [
        new_markdown_cell("# 1. Ask\n\n*7 minutes. No network.*"),
        new_code_cell("from labkit import course\nimport exercises_ask\nnumbers = [3, 5, 9]"),
        fails,
        new_markdown_cell(
            "## Your turn\n\n**Exercise 1 (6 minutes).** Write.\n\n<details><summary>Solution</summary>\n\nsecret\n</details>"
        ),
        new_code_cell(FUNCTION),
        new_markdown_cell("**Exercise 2 (4 minutes).** Write."),
        new_code_cell(VALUES),
        new_markdown_cell(
            "**Exercise 3 (2 minutes).** Why?\n\n<details><summary>Answer</summary>\n\nThe reason.\n</details>\n\n"
            "## Questions before you go\n\n1. What?\n\n<details><summary>Answer</summary>\n\nThat.\n</details>"
        ),
    ]
    metadata = {"labkit": {"slug": "ask"}, "kernelspec": KERNEL, "language_info": {"name": "python"}}
    lesson.write(Lesson(folder / "01-ask.ipynb", new_notebook(cells=cells, metadata=metadata)))
    (folder / "exercises_ask.py").write_text(PAIR)
    return folder


def answer(path: Path, answers: dict[str, str]) -> None:
    """Writes answers into a student's version: after the stub of each exercise, before its check."""
    each = lesson.read(path)
    for id, source in answers.items():
        (cell,) = (c for c in each.code if f'check("{id}"' in c.source)
        before, after = cell.source.split("course.check(")
        cell.source = f"{before}{source.rstrip()}\ncourse.check({after}"
    for cell in each.cells if answers else ():
        cell.source = cell.source.replace("YOUR ANSWER HERE", "Because.")
    lesson.write(each)


def answers_of(kind: str) -> dict[str, str]:
    """The answers of a student, and for `half` only the first of two."""
    known = exercise("sampling-1")
    right = {"sampling-1": known.solution, "ask-1": exercise("ask-1").solution}
    wrong = {"sampling-1": next(iter(known.wrong)), "ask-1": "low, high = 9, 3"}
    return {
        "right": right,
        "wrong": wrong,
        "half": right | {"ask-1": "low, high = 3, None"},
        "untouched": {},
    }[kind]


def points_of(kind: str) -> dict[str, int]:
    return {"right": POINTS, "half": POINTS | {"ask-1": 0}}.get(kind, dict.fromkeys(POINTS, 0))


KINDS = ("right", "wrong", "half", "untouched")


def tool(folder: Path, *command: str, fails: bool = False) -> str:
    """Runs a tool of the graders' environment, which imports this labkit."""
    environment = {**os.environ, "PATH": f"{GRADERS}/bin:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
                   "LABKIT_PROGRESS": str(folder)}  # fmt: skip
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


# -- what is written, without the tools ---------------------------------------------------------------------------


@pytest.mark.parametrize("system", ["nbgrader", "otter"])
def test_an_export_has_the_solution_in_a_region_and_the_points_of_each_exercise(
    system: str, lessons: Path, tmp_path: Path
) -> None:
    assert main(["course", "export", system, str(tmp_path / "out"), "--from", str(lessons)]) == 0
    place = tmp_path / "out" / {"nbgrader": "source/ask/01-ask.ipynb", "otter": "ask/ask.ipynb"}[system]
    each = lesson.read(place)
    assert "secret" not in each.text and (place.parent / "exercises_ask.py").is_file()
    for id, points in POINTS.items():
        (cell,) = (c for c in each.code if f'check("{id}"' in c.source)
        before, rest = cell.source.split("BEGIN SOLUTION")
        inside, after = rest.split("END SOLUTION")
        assert (
            exercise(id).solution.rstrip() in inside
            and "check(" in after
            and exercise(id).solution not in before
        )
        (test,) = (c for c in each.code if f'require_right("{id}"' in c.source)
        if system == "nbgrader":
            assert test.metadata.nbgrader.points == points and test.metadata.nbgrader.locked
        else:
            assert f"name: {id.replace('-', '_')}\npoints: {points}" in each.text
    place_of = [cell.source for cell in each.cells].index
    assert place_of("The reason.") < place_of(
        "## Questions before you go\n\n1. What?\n\n<details><summary>Answer</summary>\n\nThat.\n</details>"
    )
    assert each.text.count("The reason.") == 1 and ("manual: true\npoints: 2" in each.text) == (
        system == "otter"
    )
    assert "numbers=numbers)" in [c.source for c in each.code if "require_right" in c.source][1]


def shipped_exercises() -> list[Exercise]:
    """The exercises of the lessons that ship, without those that other tests register."""
    ids = {id for each in lesson.read_all(lessons_path()) for id, _ in each.exercise_cells()}
    return [each for each in all_exercises() if each.id in ids]


@pytest.mark.parametrize("export", [exports.nbgrader, exports.otter])
def test_the_shipped_lessons_are_exported_and_a_zip_is_the_same_each_time(
    export: Any, tmp_path: Path
) -> None:
    place = export(tmp_path / "course")
    graded = "".join(path.read_text("utf-8") for path in place.rglob("*.ipynb"))
    assert {*re.findall(r'require_right\(\\"([\w-]+)\\"', graded)} == {
        each.id for each in shipped_exercises()
    }
    first = export(tmp_path / "one/course", zipped=True)
    assert first.read_bytes() == export(tmp_path / "two/course", zipped=True).read_bytes()


def test_lessons_without_a_checked_exercise_are_refused(lessons: Path, tmp_path: Path) -> None:
    each = lesson.read(lessons / "01-ask.ipynb")
    each.notebook.cells = each.cells[:3]
    lesson.write(each)
    with pytest.raises(BadArgument, match="no lesson with a checked exercise"):
        exports.otter(tmp_path / "out", lessons=lessons)
    assert not (tmp_path / "out").exists()


def test_an_autograder_gets_an_exception_with_the_sentence_of_the_check() -> None:
    with pytest.raises(AssertionError, match="give check the function itself"):
        require_right("sampling-1", 3)
    space: dict[str, Any] = {}
    exec(exercise("sampling-1").solution, space)
    require_right("sampling-1", space["majority"])


# -- with the tools -----------------------------------------------------------------------------------------------


@needs_graders
@pytest.mark.slow
def test_nbgrader_gives_full_points_for_a_right_answer_and_none_for_a_wrong_one(
    lessons: Path, tmp_path: Path
) -> None:
    place = exports.nbgrader(tmp_path / "course", lessons=lessons)
    assert "Success" in tool(place, "nbgrader", "validate", "source/ask/01-ask.ipynb")
    tool(place, "nbgrader", "generate_assignment", "ask")
    release = place / "release/ask/01-ask.ipynb"
    assert "The reason." not in lesson.read(release).text
    assert not [c for c in lesson.read(release).code if "SOLUTION" in c.source or "max(voting" in c.source]
    assert "AssertionError" in tool(place, "nbgrader", "validate", str(release))
    for kind in KINDS:
        shutil.copytree(place / "release/ask", place / "submitted" / kind / "ask")
        answer(place / "submitted" / kind / "ask/01-ask.ipynb", answers_of(kind))
    tool(place, "nbgrader", "autograde", "ask")
    report = (
        "import json\nfrom nbgrader.api import Gradebook\n"
        "with Gradebook('sqlite:///gradebook.db') as book:\n"
        "    print(json.dumps({s.student.id: {g.name: [g.score, g.needs_manual_grade] for n in s.notebooks for g in n.grades}\n"
        "        for s in book.assignment_submissions('ask')}))"
    )
    (place / "report.py").write_text(report)
    scores = json.loads(tool(place, f"{GRADERS}/bin/python", "-W", "ignore", "report.py").splitlines()[-1])
    for kind in KINDS:
        by_program = {f"test-{id}": [float(points), False] for id, points in points_of(kind).items()}
        assert scores[kind] == by_program | {"answer-ask-question-3": [0.0, kind != "untouched"]}, kind


@needs_graders
@pytest.mark.slow
def test_otter_gives_full_points_for_a_right_answer_and_none_for_a_wrong_one(
    lessons: Path, tmp_path: Path
) -> None:
    place = exports.otter(tmp_path / "course", lessons=lessons)
    tool(place, "otter", "assign", "ask/ask.ipynb", "dist/ask")  # it runs the tests on the solutions, too
    student = place / "dist/ask/student/ask.ipynb"
    assert "The reason." not in lesson.read(student).text and "Why?" in lesson.read(student).text
    assert not [c for c in lesson.read(student).cells if "SOLUTION" in c.source or "max(voting" in c.source]
    (autograder,) = (place / "dist/ask/autograder").glob("*.zip")
    for kind in ("right", "half"):  # a run takes ten seconds, and `half` has a right and a wrong answer
        shutil.copy(student, place / f"{kind}.ipynb")
        answer(place / f"{kind}.ipynb", answers_of(kind))
        tool(place, "otter", "run", "-a", str(autograder), f"{kind}.ipynb")
        results = json.loads((place / "results.json").read_text("utf-8"))["tests"]
        scores = {test["name"]: test.get("score") for test in results if test["name"] != "Public Tests"}
        assert scores == {id.replace("-", "_"): float(points) for id, points in points_of(kind).items()}, kind
