"""The exercises without code, which a person grades: `**Exercise 2 (5 minutes).**` with no check after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from labkit.course.builds import student_lesson
from labkit.course.lesson import CHECK, FOLD, Cell, Lesson, new_cell
from labkit.course.minutes import EXERCISE

PART = re.compile(r"^(?=## |\*\*Exercise \d)", re.MULTILINE)  # where a text may be split


@dataclass(frozen=True)
class Question:
    """An exercise without code.

    Attributes:
        number: its number in the lesson.
        minutes: the time that it takes.
        text: the exercise, without its answer.
        answer: the text of its folds that are not hints; empty if it has no such fold.
    """

    number: int
    minutes: int
    text: str
    answer: str


def with_questions(lesson: Lesson) -> Iterator[Cell | Question]:
    """The student's cells of a lesson in order, and its questions; a text is split where a question is taken out of it.

    The lesson is changed: solutions and answers of exercises are taken out, and an answer is in its `Question`.
    """
    answers = _answers(lesson)
    texts, number = "", 0  # the text since the last code cell or question
    parts = list(_parts(student_lesson(lesson)))
    for place, part in enumerate(parts):
        is_question = isinstance(part, str) and EXERCISE.match(part) and not _is_checked(parts[place + 1 :])
        if isinstance(part, str) and not is_question:
            texts += part.rstrip() + "\n\n"
            continue
        if texts.strip():
            yield _markdown(texts, number)
            texts, number = "", number + 1
        yield _question(part, answers) if isinstance(part, str) else part
    if texts.strip():
        yield _markdown(texts, number)


def _parts(lesson: Lesson) -> Iterator[Cell | str]:
    """The code cells and the texts; a text begins with its cell, at a heading or at an exercise."""
    for cell in lesson.cells:
        if cell.cell_type != "markdown":
            yield cell
        else:
            yield from (part for part in PART.split(cell.source) if part.strip())


def _is_checked(following: list[Cell | str]) -> bool:
    """Whether a check comes before the next heading, the next exercise and any other code."""
    for part in following:
        if not isinstance(part, str):
            return CHECK.search(part.source) is not None
        if PART.match(part):
            return False
    return False


def _answers(lesson: Lesson) -> dict[int, str]:
    """The text of the folds of each exercise that are not hints, by its number."""
    answers = {}
    for part in PART.split(lesson.markdown()):
        if match := EXERCISE.match(part):
            folds = [
                fold["text"].strip() for fold in FOLD.finditer(part) if "hint" not in fold["title"].lower()
            ]
            answers[int(match[1])] = "\n\n".join(folds)
    return answers


def _question(text: str, answers: dict[int, str]) -> Question:
    match = EXERCISE.match(text)
    assert match is not None
    return Question(int(match[1]), int(match[2]), text.strip(), answers.get(int(match[1]), ""))


def _markdown(text: str, number: int) -> Cell:
    return new_cell("markdown", f"text-{number}", text.strip())
