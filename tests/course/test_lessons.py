"""A student's copies of the lessons: made whole, never replaced, found by number, name or path."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labkit import cli
from labkit._host import shipped as shipped_paths
from labkit._host.shipped import lessons_path
from labkit.course import lessons
from labkit.errors import LabkitError

ROOT = Path(__file__).resolve().parents[2]
FIRST = "01-watch-it-think"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder, in which the student works."""
    folder = tmp_path / "my course"
    lessons.start(folder)
    monkeypatch.chdir(folder)
    return folder


def shipped(name: str = FIRST) -> bytes:
    return (lessons_path() / f"{name}.ipynb").read_bytes()


def test_start_copies_every_lesson_into_a_new_folder(tmp_path: Path) -> None:
    copies = lessons.start(tmp_path / "deep" / "course")
    assert [copy.name for copy in copies] == sorted(p.name for p in (ROOT / "notebooks").glob("*.ipynb"))
    assert sorted(os.listdir(tmp_path / "deep" / "course")) == [copy.name for copy in copies]
    assert all(copy.read_bytes() == shipped(copy.stem) for copy in copies)


def test_start_adds_the_lessons_to_a_folder_that_holds_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.md").write_text("mine")
    monkeypatch.chdir(tmp_path)
    copies = lessons.start(".")
    assert sorted(os.listdir(tmp_path)) == [*(copy.name for copy in copies), "notes.md"]
    assert (tmp_path / "notes.md").read_text() == "mine"


def test_start_refuses_a_folder_that_holds_a_lesson_and_leaves_it_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "course").mkdir()
    (tmp_path / "course/05-rewards.ipynb").write_text("mine")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabkitError, match=r"'course' holds lessons already: 05-rewards\.ipynb\.") as caught:
        lessons.start("course")
    assert os.listdir(tmp_path / "course") == ["05-rewards.ipynb"]
    assert cli.main(shlex.split(caught.value.next)[1:]) == 0  # the advice works
    assert (tmp_path / "course/05-rewards.ipynb").read_text() == "mine"
    assert (tmp_path / f"course-2/{FIRST}.ipynb").read_bytes() == shipped()


def test_start_says_why_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "course").write_text("a file")
    with pytest.raises(
        LabkitError, match=r"course' could not be written: (File exists|Not a directory)"
    ) as caught:
        lessons.start(tmp_path / "course")
    assert "memory" not in caught.value.why
    assert caught.value.next.startswith('labkit course start "')


@pytest.mark.parametrize(
    "typed", ["1", "01", "watch-it-think", FIRST, f"{FIRST}.ipynb", "./1", "Watch-It-Think"]
)
def test_reset_takes_a_number_a_name_or_a_path(course: Path, typed: str) -> None:
    (course / f"{FIRST}.ipynb").write_text("mine")
    fresh = lessons.reset(typed)
    assert fresh == Path(f"{FIRST}.fresh.ipynb")
    assert fresh.read_bytes() == shipped()
    assert (course / f"{FIRST}.ipynb").read_text() == "mine"


def test_reset_never_replaces_a_fresh_copy_either(course: Path) -> None:
    made = [lessons.reset(course / "02-tokens-and-templates.ipynb").name for _ in range(3)]
    stem = "02-tokens-and-templates"
    assert made == [f"{stem}.fresh.ipynb", f"{stem}.fresh-2.ipynb", f"{stem}.fresh-3.ipynb"]


def test_reset_gives_a_lesson_that_is_gone_its_name_back(course: Path) -> None:
    (course / f"{FIRST}.ipynb").rename(course / "anna.ipynb")
    assert lessons.reset("1") == Path(f"{FIRST}.ipynb")
    assert (course / f"{FIRST}.ipynb").read_bytes() == shipped()


@pytest.mark.parametrize(
    ("typed", "why", "next"),
    [
        ("wach-it-think", "most like it is watch-it-think", "labkit course reset watch-it-think"),
        ("11-real-distill", "most like it is 11-a-real-distill", "labkit course reset 11-a-real-distill"),
        ("99", "the lessons are 01-watch-it-think, 02-", "labkit course reset 01-watch-it-think"),
        ("", "the lessons are", "labkit course reset 01-watch-it-think"),
    ],
)
def test_a_lesson_that_does_not_exist_hears_the_nearest_one(
    course: Path, typed: str, why: str, next: str
) -> None:
    with pytest.raises(LabkitError, match=f"There is no lesson {typed!r}") as caught:
        lessons.reset(typed)
    assert why in caught.value.why and caught.value.next == next
    assert cli.main(shlex.split(next)[1:]) == 0


def test_reset_in_a_folder_without_lessons_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabkitError, match="holds no lessons"):
        lessons.reset("1")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(shutil.which("git") is None, reason="the advice is a line for git")
def test_reset_in_the_lessons_of_a_clone_says_how_git_gives_the_lesson_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / f"notebooks/{FIRST}.ipynb").write_text("as it ships")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@localhost"]
    for step in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "lessons"]):
        subprocess.run([*git, *step], check=True)
    (tmp_path / f"notebooks/{FIRST}.ipynb").write_text("as I made it")
    monkeypatch.setattr(shipped_paths, "__file__", str(tmp_path / "labkit/_host/shipped.py"))
    monkeypatch.setattr(lessons, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path / "notebooks")
    with pytest.raises(LabkitError, match="is the lesson that ships, not a copy of it") as caught:
        lessons.reset("1")
    subprocess.run(["bash", "-c", caught.value.next], check=True)
    assert (tmp_path / f"notebooks/{FIRST}.fresh.ipynb").read_text() == "as it ships"
    assert (tmp_path / f"notebooks/{FIRST}.ipynb").read_text() == "as I made it"


def test_what_a_reader_made_beside_the_lessons_of_a_clone_is_no_lesson(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notebooks").mkdir()
    for name in (FIRST, f"{FIRST}-Copy1", f"{FIRST}.fresh", "Untitled", "02-mine too"):
        (tmp_path / f"notebooks/{name}.ipynb").touch()
    monkeypatch.setattr(shipped_paths, "__file__", str(tmp_path / "labkit/_host/shipped.py"))
    assert lessons.names() == [f"{FIRST}.ipynb"]


def test_the_command_says_where_the_lessons_are_and_what_to_type(tmp_path: Path) -> None:
    def labkit(*words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "labkit", "course", *words]
        return subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)

    assert (
        labkit("start", "mine").stdout
        == f'{len(lessons.names())} lessons are in mine.\n  Next: jupyter lab "mine"\n'
    )
    assert labkit("reset", "mine/1").stdout.split() == [str(Path("mine", f"{FIRST}.fresh.ipynb"))]
    assert labkit("strat", "mine").stderr.endswith("Next: labkit course start\n")
    assert labkit().stderr.endswith("Next: labkit course --help\n")
