"""The table of `labkit course progress`: what a student has done in each lesson."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit._host.shipped import lessons_path
from labkit.course import lessons, progress
from labkit.course.registry import all_exercises


def table() -> str:
    """Exercises and predictions of each lesson, one line a lesson, and the exercises that are still open."""
    records = progress.read()
    exercises: dict[str, list[str]] = {}
    for exercise in all_exercises():
        exercises.setdefault(_slug(exercise.id), []).append(exercise.id)
    rows = [("lesson", "exercises", "predictions", "open")]
    order = [lessons.slug_of(lessons_path() / name) for name in lessons.names()]
    others = sorted({*exercises, *map(_slug, records)} - {*order})  # of a teacher's own lessons
    for slug in [*order, *others]:
        rows.append(_row(slug, exercises.get(slug, []), records))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([*lines, f"This is read from {progress.path()}. Nothing is sent anywhere."])


def _row(slug: str, ids: list[str], records: Mapping[str, Mapping[str, Any]]) -> tuple[str, str, str, str]:
    of_lesson = {id: record for id, record in records.items() if _slug(id) == slug}
    ids = ids or [id for id, record in of_lesson.items() if "tries" in record]
    right = [id for id in ids if of_lesson.get(id, {}).get("right") is True]
    tries = sum(record["tries"] for record in of_lesson.values() if isinstance(record.get("tries"), int))
    if not ids and not of_lesson:
        return slug, "none with a check", "", ""
    exercises = f"{len(right)} of {len(ids)} right" + (
        f", {tries} {'try' if tries == 1 else 'tries'}" if tries else ""
    )
    predictions = [record for record in of_lesson.values() if "predicted" in record and "resolved" in record]
    good = sum(record["predicted"] == record["resolved"] for record in predictions)
    predicted = f"{good} of {len(predictions)} right" if predictions else ""
    return slug, exercises, predicted, ", ".join(id for id in ids if id not in right)


def _slug(id: str) -> str:
    return id.rpartition("-")[0]
