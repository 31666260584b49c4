"""The table of lessons on the page for teachers, `pages/teaching.md`: minutes, tracks, and what comes before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from labkit._host.atomic_write import write_text
from labkit.course.lesson import Lesson
from labkit.course.minutes import minutes_of

PAGE = Path(__file__).with_name("pages") / "teaching.md"
_BLOCK = re.compile(r"(<!-- lessons: begin.*?-->\n).*?(<!-- lessons: end -->)", re.DOTALL)


def table(lessons: Sequence[Lesson]) -> str:
    """The lessons as a table in Markdown, one row a lesson."""
    titles = {lesson.slug: lesson.title for lesson in lessons}
    rows = [
        "| lesson | minutes | reading, running, exercises | tracks | before it |",
        "|---|---|---|---|---|",
    ]
    for lesson in lessons:
        minutes = minutes_of(lesson)
        before = (
            ", ".join(titles.get(slug, slug) for slug in lesson.metadata.get("requires", [])) or "nothing"
        )
        tracks = ", ".join(lesson.metadata.get("tracks", []))
        parts = f"{minutes.reading}, {minutes.running}, {minutes.exercises}"
        rows.append(f"| {lesson.title} | {minutes.total} | {parts} | {tracks} | {before} |")
    return "\n".join(rows) + "\n"


def with_table(page: str, lessons: Sequence[Lesson]) -> str:
    """The text of the page with the present table."""
    return _BLOCK.sub(lambda block: block[1] + table(lessons) + block[2], page)


def write(lessons: Sequence[Lesson], page: Path = PAGE) -> None:
    """Puts the present table into the page.

    Raises:
        LabkitError: the page is not writable.
    """
    text = page.read_text(encoding="utf-8")
    write_text(page, with_table(text, lessons), what="page", retry_hint="labkit course minutes --write")
