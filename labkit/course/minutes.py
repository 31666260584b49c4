"""The time that a lesson takes, and the limits that every lesson keeps.

Minutes are the words of the text at 200 a minute, without what stands in folds; the seconds of the last run; and the
minutes that the text states for each exercise. Left out: the time to read code and outputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from labkit.course.clean import LINES
from labkit.course.lesson import CHECK, COMMENT, FOLD, Lesson, Section
from labkit.course.registry import all_exercises
from labkit.errors import BadArgument

WORDS_A_MINUTE = 200
LONGEST = 50  # minutes of a lesson
MOST_CELLS, MOST_LINES = 25, LINES  # code cells of a lesson, lines of a code cell

EXERCISE = re.compile(r"\*\*Exercise (\d+) \((\d+) minutes?\)")
HEAD = re.compile(r"^\*\d+ minutes(?::[^.*]*)?\.(?P<rest>[^*]*)\*$", re.MULTILINE)


@dataclass(frozen=True)
class Minutes:
    """The parts of a lesson's time, in whole minutes."""

    reading: int
    running: int
    exercises: int

    @property
    def total(self) -> int:
        """The minutes of the lesson."""
        return self.reading + self.running + self.exercises

    def __str__(self) -> str:
        return f"{self.total} minutes: {self.reading} reading, {self.running} running, {self.exercises} exercises"


def minutes_of(lesson: Lesson) -> Minutes:
    """The minutes of a lesson; a run that was not measured counts as 0."""
    return Minutes(
        ceil(words(lesson.markdown()) / WORDS_A_MINUTE),
        ceil(lesson.metadata.get("run_seconds", 0) / 60),
        sum(int(stated) for _, stated in EXERCISE.findall(lesson.markdown())),
    )


def minutes_of_section(section: Section) -> int:
    """Minutes of reading and exercises in one section."""
    stated = sum(int(minutes) for _, minutes in EXERCISE.findall(section.markdown))
    return ceil(words(section.markdown) / WORDS_A_MINUTE) + stated


def words(text: str) -> int:
    """The number of words of a markdown text without folds, comments, addresses and formulas on lines of their own.

    >>> words("**Two** [words](file.ipynb).<details><summary>Answer</summary>Three more words</details>")
    2
    """
    for left_out in (FOLD, COMMENT, re.compile(r"\$\$.*?\$\$", re.DOTALL), re.compile(r"\]\([^)\s]*\)")):
        text = left_out.sub(" ", text)
    return sum(any(map(str.isalnum, word)) for word in text.split())


def rewrite_head(lesson: Lesson) -> bool:
    """Puts the computed minutes into the head of a lesson in memory; True if that changed it.

    Raises:
        LabkitError: the first cell has no line that begins with `*NN minutes`.
    """
    head = lesson.cells[0]
    if not HEAD.search(head.source):
        raise BadArgument(
            f"The head of {lesson.path.name} has no line of minutes.",
            why="the first cell needs a line such as *40 minutes. No network, no GPU.*",
            next=f'labkit course minutes "{lesson.path.as_posix()}" --write',
        )
    before = head.source
    head.source = HEAD.sub(lambda match: f"*{minutes_of(lesson)}.{match['rest']}*", before, count=1)
    return bool(head.source != before)


def problems(lesson: Lesson) -> list[str]:
    """What keeps a lesson from being one idea of at most 50 minutes, one sentence each."""
    return [*_problems_of_time(lesson), *_problems_of_size(lesson), *_problems_of_exercises(lesson)]


def _problems_of_time(lesson: Lesson) -> Iterator[str]:
    minutes = minutes_of(lesson)
    if minutes.total > LONGEST:
        yield f"The lesson takes {minutes}; the limit is {LONGEST}."
    if "run_seconds" not in lesson.metadata:
        yield "The run was not measured: labkit course minutes --run --write measures it."
    if not lesson.cells or f"*{minutes}." not in lesson.cells[0].source:
        yield f"The head does not say {minutes}: labkit course minutes --write writes it."


def _problems_of_size(lesson: Lesson) -> Iterator[str]:
    if not lesson.metadata.get("idea"):
        yield "The lesson names no idea: metadata.labkit.idea is one sentence."
    if len(lesson.code) > MOST_CELLS:
        yield f"The lesson has {len(lesson.code)} code cells; the limit is {MOST_CELLS}."
    for cell in lesson.code:
        if (lines := len(cell.source.splitlines())) > MOST_LINES:
            first = cell.source.splitlines()[0]
            yield f"The code cell that begins with {first!r} has {lines} lines; the limit is {MOST_LINES}."


def _problems_of_exercises(lesson: Lesson) -> Iterator[str]:
    """The minutes in the text beside those of the registry."""
    known = {exercise.id: exercise for exercise in all_exercises()}
    stated = 0
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            stated = int(EXERCISE.findall(cell.source)[-1][1]) if EXERCISE.search(cell.source) else stated
            continue
        for id in CHECK.findall(cell.source):
            if id in known and known[id].minutes != stated:
                yield f"The text gives {id} {stated} minutes, and its exercise {known[id].minutes}."


def table(lessons: list[Lesson]) -> str:
    """The minutes, the code cells and the idea of each lesson, one line a lesson."""
    rows = [("lesson", "minutes", "reading", "running", "exercises", "cells", "longest", "idea")]
    for lesson in lessons:
        minutes = minutes_of(lesson)
        longest = max((len(cell.source.splitlines()) for cell in lesson.code), default=0)
        figures = (
            minutes.total,
            minutes.reading,
            minutes.running,
            minutes.exercises,
            len(lesson.code),
            longest,
        )
        rows.append((lesson.slug, *map(str, figures), lesson.metadata.get("idea", "")))
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    lines = [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(cell.rjust(w) for cell, w in zip(row[1:-1], widths[1:], strict=True)),
                row[-1],
            ]
        )
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)
