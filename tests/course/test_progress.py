"""The local record of a student's progress, and the table of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit import course
from labkit._host.shipped import lessons_path
from labkit.cli import main
from labkit.course import lessons, progress
from labkit.course.registry import all_exercises, exercise


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path))
    return tmp_path


def rows(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """The lines of the table by lesson."""
    capsys.readouterr()
    assert main(["course", "progress"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["lesson", "exercises", "predictions", "open"]
    assert lines[-1] == f"This is read from {progress.path()}. Nothing is sent anywhere."
    return {line.split()[0]: line for line in lines[1:-1]}


def test_a_student_who_has_done_nothing_sees_every_exercise_open(capsys: pytest.CaptureFixture[str]) -> None:
    shown = rows(capsys)
    assert {*shown} >= {each.id.rpartition("-")[0] for each in all_exercises()}
    assert [*shown][: len(lessons.names())] == [
        lessons.slug_of(lessons_path() / name) for name in lessons.names()
    ]
    assert "0 of " in shown["sampling"] and "sampling-1" in shown["sampling"]
    assert not progress.path().exists()


def test_answers_and_predictions_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    space: dict[str, object] = {}
    exec(exercise("sampling-1").solution, space)
    course.check("sampling-1", len)
    course.check("sampling-1", space["majority"])
    for id, guess in (("sampling-vote", "A"), ("sampling-spread", "B")):
        course.predict(id, guess, options={"A": "more", "B": "less"})
        course.resolve(id, "A")
    course.predict("sampling-open", "A", options={"A": "more", "B": "less"})
    line = rows(capsys)["sampling"]
    ours = [each.id for each in all_exercises() if each.id.startswith("sampling-")]
    assert f"1 of {len(ours)} right, 2 tries" in line and "1 of 2 right" in line
    assert "sampling-1" not in line.split("right")[-1].split(", ")


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"sampling-1": 3, "sampling-2": {"tries": "many", "right": "yes"}}']
)
def test_a_damaged_record_counts_as_nothing(
    folder: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "progress.json").write_text(text)
    assert "0 of " in rows(capsys)["sampling"] and "tries" not in rows(capsys)["sampling"]


def test_an_answer_after_a_right_one_takes_nothing_away(folder: Path) -> None:
    progress.record_check("sampling-1", right=True)
    progress.record_check("sampling-1", right=False)
    assert json.loads((folder / "progress.json").read_text()) == {"sampling-1": {"right": True, "tries": 2}}


def test_a_folder_that_cannot_be_written_does_not_stop_the_lesson(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("LABKIT_PROGRESS", str(folder / "file" / "below"))
    course.check("sampling-1", len)
    assert capsys.readouterr().out.strip() and progress.read() == {}
