"""The minutes of a lesson: computed from its text, its run and its exercises, and the same in its head."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from labkit.cli import main
from labkit.course import lesson
from labkit.course.lesson import Lesson
from labkit.course.minutes import minutes_of, minutes_of_section, problems, rewrite_head, table, words
from labkit.errors import BadArgument

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
LESSONS = lesson.read_all(NOTEBOOKS)


@pytest.mark.parametrize("each", LESSONS, ids=lambda each: each.slug)
def test_a_lesson_keeps_the_limits_and_its_head_says_its_minutes(each: Lesson) -> None:
    assert problems(each) == []


HEAD = "# 3. Ask\n\n**The question.** How many?\n\n*7 minutes. No network,\nno GPU.*\n\n**Before it:** *Rewards*."


def small(path: Path = Path("03-ask.ipynb"), **metadata: Any) -> Lesson:
    """A lesson of 601 words, a run of 61 seconds and exercises of 6 and 5 minutes."""
    cells = [
        new_markdown_cell(HEAD),
        new_markdown_cell("## One\n\n" + "word " * 573),
        new_code_cell("1 + 1"),
        new_markdown_cell("## Your turn\n\n**Exercise 1 (6 minutes).** Write."),
        new_code_cell('course.check("sampling-1", majority)'),
        new_markdown_cell(
            "**Exercise 2 (5 minutes).** Why?\n\n<details><summary>Answer</summary>\n\n"
            + "fold " * 900
            + "\n</details>\n"
        ),
    ]
    part = {"slug": "ask", "idea": "Many are better.", "run_seconds": 61} | metadata
    return Lesson(path, new_notebook(cells=cells, metadata={"labkit": part}))


def test_minutes_are_words_outside_folds_seconds_and_stated_minutes() -> None:
    assert words(small().markdown()) == 601
    minutes = minutes_of(small())
    assert (minutes.reading, minutes.running, minutes.exercises, minutes.total) == (4, 2, 11, 17)
    assert [minutes_of_section(section) for section in small().sections()] == [1, 3, 12]


def test_the_head_is_rewritten_and_its_other_sentences_stay() -> None:
    each = small()
    assert rewrite_head(each)
    assert (
        "\n*17 minutes: 4 reading, 2 running, 11 exercises. No network,\nno GPU.*\n" in each.cells[0].source
    )
    assert not rewrite_head(each)
    assert problems(each) == []
    each.notebook.metadata["labkit"]["run_seconds"] = 121
    assert rewrite_head(each) and "*18 minutes: 4 reading, 3 running, 11 exercises." in each.cells[0].source


def test_a_head_without_a_line_of_minutes_is_refused() -> None:
    each = small()
    each.cells[0].source = "# 3. Ask"
    with pytest.raises(BadArgument, match="has no line of minutes"):
        rewrite_head(each)


def test_each_limit_is_named() -> None:
    each = small(idea="")
    del each.notebook.metadata["labkit"]["run_seconds"]
    each.cells[2].source = "x = 1\n" * 16
    each.cells[3].source = "**Exercise 1 (40 minutes).** Write."
    each.notebook.cells += [new_code_cell("1")] * 24
    assert problems(each) == [
        "The run was not measured: labkit course minutes --run --write measures it.",
        f"The head does not say {minutes_of(each)}: labkit course minutes --write writes it.",
        "The lesson names no idea: metadata.labkit.idea is one sentence.",
        "The lesson has 26 code cells; the limit is 25.",
        "The code cell that begins with 'x = 1' has 16 lines; the limit is 15.",
        "The text gives sampling-1 40 minutes, and its exercise 6.",
    ]
    each.cells[3].source = "**Exercise 1 (60 minutes).** Write."
    assert problems(each)[0] == f"The lesson takes {minutes_of(each)}; the limit is 50."


def test_the_table_has_a_line_for_each_lesson() -> None:
    head, row = table([small()]).splitlines()
    assert head.split() == [
        "lesson",
        "minutes",
        "reading",
        "running",
        "exercises",
        "cells",
        "longest",
        "idea",
    ]
    assert row.split(maxsplit=7) == ["ask", "17", "4", "2", "11", "2", "1", "Many are better."]


@pytest.mark.slow
def test_the_command_runs_measures_and_writes_a_lesson(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "03-ask.ipynb"
    each = small(path)
    each.cells[4].source = 'from labkit import course\ncourse.check("sampling-1", len)'
    lesson.write(each)
    assert main(["course", "minutes", str(path)]) == 1
    assert "ask: The head does not say 17 minutes" in capsys.readouterr().out
    assert main(["course", "minutes", str(path), "--run", "--write"]) == 0
    assert "03-ask.ipynb ran in" in capsys.readouterr().out
    seconds = json.loads(path.read_text("utf-8"))["metadata"]["labkit"]["run_seconds"]
    assert 1 <= seconds <= 60
    assert "*16 minutes: 4 reading, 1 running, 11 exercises." in lesson.read(path).cells[0].source
