"""Runs the instructor's build of each lesson, and prints its seconds, its right answers and its errors.

python tests/bench/instructor.py [LESSON ...]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from labkit.course import builds, lesson, running  # noqa: E402
from labkit.course.lesson import CHECK  # noqa: E402


def main(typed: list[str]) -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as room:
        for each in lesson.read_all(builds.instructor(Path(room) / "course")):
            if typed and each.slug not in typed:
                continue
            notebook, seconds = running.run(each)
            errors = running.errors(notebook)
            checked = [
                cell for cell in notebook.cells if cell.cell_type == "code" and CHECK.search(cell.source)
            ]
            right = sum(any("Right" in o.get("text", "") for o in cell.outputs) for cell in checked)
            failed += bool(errors) or right < len(checked)
            print(
                f"{each.slug:12}{seconds:6.1f} s  {right} of {len(checked)} right",
                *errors,
                sep="\n    ",
                flush=True,
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
