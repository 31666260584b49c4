"""What the lesson *Change a thought* says about its outputs."""

from __future__ import annotations

import re

from tests.lessons.lesson import Lesson

ALLOWED: dict[str, str] = {}

CHANGES = re.compile(r"^ *\d+  [\w-]+ +(\d)/8 +(\d)/8", re.M)


def shares(lesson: Lesson, cell: str) -> list[tuple[int, int]]:
    """The right answers of 8 with a step and without it, for each row of a table."""
    return [(int(a), int(b)) for a, b in CHANGES.findall(lesson.output(cell))]


CLAIMS = {
    "In this thought one token changed the answer": lambda lesson: (
        "0 of 8 are right" in lesson.output("fork = inside.fork(trace, at=33")
    ),
    "takes the share from 0 of 8 to 8 of 8": lambda lesson: (
        shares(lesson, "inside.forced_answer_importance") == [(0, 0), (0, 0), (8, 0)]
    ),
    "This test says that none of these steps mattered": lambda lesson: (
        shares(lesson, "inside.resampling_importance") == [(8, 8)] * 3
    ),
    "all 8 resamples wrote the same step": lambda lesson: (
        lesson.output("for importance in inside.counterfactual").count("unknown, all 8 resamples") == 2
    ),
    "All 8 answers are right again": lambda lesson: (
        "8 x right 10/(14 - 12)" in lesson.output("edited = inside.fork")
        and lesson.output("edited = inside.fork").rstrip().endswith("Now 12 and 14, leaving 10.")
    ),
    "At the usual temperature the plan comes back each time": lambda lesson: (
        "away at last in 0 of 8" in lesson.output("inside.resilience(trace, 5, n=8, rounds=3, differ")
    ),
    "Once the plan of step 5 really stays away, the answer is lost in this thought": lambda lesson: (
        "away at last in 2 of 8, right 0/2 without it, 7/8 with it" in lesson.output("kept_out = {")
    ),
    "It is not lost without the plan of step 1": lambda lesson: (
        "lost without step [5]" in lesson.output("kept_out = {")
    ),
    "With one cut the plan looks almost unimportant": lambda lesson: (
        lesson.rows("rows = [row for row in records")[0][-2] > 75
        and lesson.rows("rows = [row for row in records")[0][-1] == 0
        and lesson.rows("rows = [row for row in records")[1][-1] < 0
    ),
    "After a false success no answer is right": lambda lesson: (
        lesson.rows('rows = records("verdicts.csv")')[0][-1] == 0
    ),
    "After a missed success most of the answers are right": lambda lesson: (
        lesson.rows('rows = records("verdicts.csv")')[1][1] > 50
        and lesson.rows('rows = records("verdicts.csv")')[2][1] > 0
    ),
    "it takes 264 more tokens on average": lambda lesson: (
        lesson.rows('rows = records("verdicts.csv")')[3] == [264, 213, 315]
    ),
}
DEFINITIONS: tuple[str, ...] = ()
