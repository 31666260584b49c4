"""A new lesson passes the tests of lessons; `labkit course check` names each problem of a changed one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from labkit._host.shipped import lessons_path
from labkit.cli import main
from labkit.course import builds, check, clean, lesson, minutes, registry, review, running, skeleton, truth
from labkit.course.lesson import Lesson
from labkit.errors import LabkitError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher's folder with one new lesson."""
    folder = tmp_path_factory.mktemp("mine")
    skeleton.new("Which trick matters?", folder=folder)
    return folder


@pytest.fixture
def each(folder: Path) -> Lesson:
    return lesson.read(folder / "01-which-trick-matters.ipynb")


def test_a_new_lesson_passes_the_tests_of_lessons(each: Lesson) -> None:
    notebook = json.loads(each.path.read_text("utf-8"))
    assert clean.problems(notebook) == [] and clean.stripped(notebook) == notebook
    assert minutes.problems(each) == []
    assert truth.unsupported(notebook) == [] and truth.comparatives(notebook) == []
    assert review.review(each) == [] and review.numbers_without_output(each) == []
    assert each.cells[0].source.startswith("# 1. Which trick matters?\n")


def test_nbval_finds_the_outputs_of_a_new_lesson_again(each: Lesson) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", each.path.name]
    result = subprocess.run(command, cwd=each.path.parent, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_exercise_of_a_new_lesson_has_a_right_and_two_explained_wrong_answers(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry.load_beside(folder)
    known = registry.exercise("which-trick-matters-1")
    for source, phrase in {known.solution: "Right.", **known.wrong}.items():
        space: dict[str, Any] = {}
        exec(source, space)
        check(known.id, space["index_of_largest"])
        assert phrase in capsys.readouterr().out


def test_the_builds_of_a_teachers_lessons_hold_the_exercises_and_run(folder: Path, tmp_path: Path) -> None:
    student = builds.student(tmp_path / "student", lessons=folder)
    assert (student / "exercises_which_trick_matters.py").is_file()
    place = builds.instructor(tmp_path / "instructor", lessons=folder)
    notebook, _ = running.run(lesson.read(place / "01-which-trick-matters.ipynb"))
    assert running.errors(notebook) == []
    assert "Right." in [
        o.text.strip() for c in notebook.cells if c.cell_type == "code" for o in c.outputs if "text" in o
    ]


def test_a_second_lesson_gets_the_next_number_and_no_file_is_replaced(folder: Path) -> None:
    assert main(["course", "new", "More", "--folder", str(folder)]) == 0
    assert (folder / "02-more.ipynb").is_file()
    with pytest.raises(LabkitError, match="exists already"):
        skeleton.new("More", folder=folder)
    with pytest.raises(LabkitError, match="gives no slug"):
        skeleton.new("???", folder=folder)


PROBLEMS = {
    "there is no exercise 'which-trick-mattres-1'": lambda each: each.cells.append(
        new_code_cell('course.check("which-trick-mattres-1", len)')
    ),
    "the link 99-nothing.ipynb leads nowhere": lambda each: each.cells.append(
        new_markdown_cell("[Nothing](99-nothing.ipynb)")
    ),
    "the picture pictures/none.png leads nowhere": lambda each: each.cells.append(
        new_markdown_cell("![none](pictures/none.png)")
    ),
    "data/README.md is named without the words: in a clone": lambda each: each.cells[0].update(
        source=each.cells[0].source + "\n\nSee `data/README.md`."
    ),
    "The section 'Where it fails' is missing": lambda each: each.cells[5].update(source="Nothing."),
    "The line **Next:** is missing": lambda each: each.cells[-1].update(source=each.cells[-1].source.replace("**Next:**", "Next:")),
    "requires 'nothing', which is not a lesson before it": lambda each: each.metadata.update(requires=["nothing"]),
    "is never resolved": lambda each: each.cells[4].update(source="pass"),
    "was never asked": lambda each: each.cells[3].update(source="pass"),
    "a line of 77 columns": lambda each: each.cells[1].update(source="x" * 77),
    "has 16 lines; the limit is 15": lambda each: each.cells[1].update(source="x = 1\n" * 16),
    "The head does not say": lambda each: each.cells[7].update(source=each.cells[7].source.replace("5 minutes", "6 minutes")),
    "6 minutes, and its exercise 5": lambda each: each.cells[7].update(source=each.cells[7].source.replace("5 minutes", "6 minutes")),
    "an error that is not marked as meant": lambda each: each.cells[1].update(
        outputs=[{"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["e"]}]
    ),
    "there is no fact 'nothing'": lambda each: each.cells.append(new_markdown_cell("<!-- facts: nothing -->")),
}  # fmt: skip


@pytest.mark.parametrize("problem", PROBLEMS)
def test_each_problem_is_named(each: Lesson, problem: str) -> None:
    PROBLEMS[problem](each)
    assert [sentence for sentence in review.review(each) if problem in sentence], review.review(each)


@pytest.mark.parametrize("path", sorted(lessons_path().glob("[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_a_shipped_lesson_has_no_problem(path: Path) -> None:
    assert review.review(lesson.read(path)) == []


def test_the_next_lesson_is_that_of_the_track(tmp_path: Path) -> None:
    for number, (slug, tracks, following) in enumerate(
        [
            ("one", ["inside", "training"], "02-two.ipynb"),
            ("two", ["inside"], ""),
            ("three", ["training"], ""),
        ],
        1,
    ):
        cells = [new_markdown_cell(f"# {slug}\n\n**Next:** [Two]({following})")]
        metadata = {"labkit": {"slug": slug, "tracks": tracks, "requires": ["one"] * (slug == "two")}}
        lesson.write(
            Lesson(tmp_path / f"{number:02}-{slug}.ipynb", new_notebook(cells=cells, metadata=metadata))
        )
    first, second, _ = lesson.read_all(tmp_path)
    assert [sentence for sentence in review.review(first) if "**Next:**" in sentence] == [
        "The line **Next:** has no link to 03-three.ipynb, the next lesson of the track 'training'."
    ]
    assert "The head has no link to 01-one.ipynb, which the lesson requires." in review.review(second)


def test_a_number_that_no_output_has_is_shown_to_the_author(each: Lesson) -> None:
    each.cells[5].source = "The model has 17 layers.\n\n" + each.cells[5].source
    (line,) = review.numbers_without_output(each)
    assert line == "Cell 6 (The model has 17 layers.): 17 in 'The model has 17 layers.'"


def test_a_number_that_the_shipped_lesson_has_in_the_same_sentence_is_not_shown(tmp_path: Path) -> None:
    shipped = lesson.read_all(builds.lessons_path())[0]
    [text for text in shipped.cells if text.cell_type == "markdown"][
        1
    ].source += "\n\nA new sentence with 4711."
    copy = Lesson(tmp_path / shipped.path.name, shipped.notebook)
    (line,) = review.numbers_without_output(copy)
    assert "4711" in line


def test_a_link_in_code_and_a_link_to_a_site_are_left_alone(each: Lesson) -> None:
    each.cells[0].source += "\n\n`[x](nothing.ipynb)` and [a site](https://example.org/nothing)."
    assert not [sentence for sentence in review.review(each) if "leads nowhere" in sentence]


def test_the_command_says_how_many_problems_each_file_has(
    folder: Path, each: Lesson, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["course", "check", str(each.path)]) == 0
    assert capsys.readouterr().out == f"{each.path}: no problems.\n"
    each.cells[1].source = "x" * 77
    lesson.write(each, tmp_path / "01-changed.ipynb")
    (tmp_path / "exercises_which_trick_matters.py").write_text(
        (folder / "exercises_which_trick_matters.py").read_text()
    )
    assert main(["course", "check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith(f"{tmp_path / '01-changed.ipynb'}: ")


def test_a_file_that_is_not_a_notebook_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "01-bad.ipynb").write_text("{")
    for path in (tmp_path / "01-bad.ipynb", tmp_path / "02-none.ipynb"):
        assert main(["course", "check", str(path)]) == 1
        assert "cannot be read as a notebook" in capsys.readouterr().err
