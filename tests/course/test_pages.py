"""The pages for teachers: every command exists, every block of Python runs, every link leads to a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import labkit
import labkit.course
from labkit import _course_commands
from labkit._host.shipped import lessons_path
from labkit.cli import COMMANDS
from labkit.course import lesson, registry, teaching

PAGES = sorted((Path(labkit.course.__file__).parent / "pages").glob("*.md"))
REPO = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"`labkit course ([a-z]+)", text):
        assert name in _course_commands.ACTIONS, name
    for name in re.findall(r"`labkit ([a-z-]+)", text):
        assert name in COMMANDS, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_program_of_a_page_is_a_file(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert link.startswith("https://") or (page.parent / link).exists(), link
    for program in re.findall(r"(?:tests|notebooks)/[\w/.-]+\.(?:py|ipynb)", text):
        assert (REPO / program).is_file(), program


def test_the_blocks_of_python_for_teachers_run(capsys: pytest.CaptureFixture[str]) -> None:
    text = next(page for page in PAGES if page.name == "teaching.md").read_text(encoding="utf-8")
    space: dict[str, Any] = {"labkit": labkit}
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(block, space)
    labkit.course.check("mine-1", lambda x: 2 * x)
    labkit.course.check("mine-1", lambda x: x / 2)
    assert capsys.readouterr().out == "Close: that is twice the number.\nRight.\n"
    assert space["short"](["a text", "a" * 500]) == [1.0, 0.0]
    del registry._registered["mine-1"]


def test_the_line_of_json_for_teachers_is_a_problem(tmp_path: Path) -> None:
    text = next(page for page in PAGES if page.name == "teaching.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"```json\n(.*?)\n```", text, re.DOTALL)
    file = tmp_path / "my-problems.jsonl"
    file.write_text(line, encoding="utf-8")
    (problem,) = labkit.tasks.from_jsonl(file)
    assert problem.prompt == "What is 17 * 3?"


def test_the_page_for_teachers_has_the_minutes_of_the_lessons() -> None:
    page = teaching.PAGE.read_text(encoding="utf-8")
    assert page == teaching.with_table(page, lesson.read_all(lessons_path())), (
        "run: labkit course minutes --write"
    )
    assert page.count("| [") == 0 and "| Watch it think |" in page
