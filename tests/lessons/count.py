"""What the tests of the lessons check, counted: `python -m tests.lessons.count`.

Numbers: those in the text after the first code cell. Allowed: numbers that no output, code or fact supports. Facts: rows
of data/facts that the text cites. Sentences: those beside an output that compare. Claims: assertions over outputs.
"""

from __future__ import annotations

import importlib

from labkit.course import truth
from labkit.course.registry import all_exercises
from tests.lessons.lesson import LESSONS, Lesson

HEADS = (
    "lesson",
    "numbers",
    "allowed",
    "facts",
    "sentences",
    "claims",
    "predictions",
    "exercises",
    "wrong answers",
)


def row(lesson: Lesson) -> tuple[str | int, ...]:
    """The counts of one lesson in the order of `HEADS`."""
    claims = importlib.import_module(f"tests.lessons.claims.{lesson.slug}")
    cells = ["".join(cell["source"]) for cell in lesson.notebook["cells"] if cell["cell_type"] == "markdown"][
        1:
    ]
    code = [cell for cell in lesson.notebook["cells"] if cell["cell_type"] == "code"]
    exercises = [each for each in all_exercises() if each.id.rpartition("-")[0] == lesson.slug]
    return (
        lesson.slug,
        sum(len(truth.numbers(sentence)) for cell in cells for sentence in truth.sentences(cell)),
        len(claims.ALLOWED),
        sum(len(truth.cited_facts(cell)) for cell in cells),
        len(truth.comparatives(lesson.notebook)),
        len(claims.CLAIMS),
        sum("course.predict(" in "".join(cell["source"]) for cell in code),
        len(exercises),
        sum(len(each.wrong) for each in exercises),
    )


def main() -> None:
    """Prints a line for each lesson, and the totals."""
    rows = [row(lesson) for lesson in LESSONS]
    totals = ("all", *(sum(int(each[i]) for each in rows) for i in range(1, len(HEADS))))
    for line in (HEADS, *rows, totals):
        print(
            f"{line[0]:10}",
            *(f"{value:>{max(8, len(head) + 1)}}" for value, head in zip(line[1:], HEADS[1:], strict=True)),
        )


if __name__ == "__main__":
    main()
