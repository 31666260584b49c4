"""What the lesson *Watch it think* says about its outputs."""

from __future__ import annotations

import re

from tests.lessons.lesson import Lesson

ALLOWED: dict[str, str] = {}


def top_kinds(lesson: Lesson) -> list[str]:
    """The kinds of the tokens with the highest entropy, in the order of the table."""
    lines = lesson.output("kinds = [kind_of(i)").splitlines()
    return [line.split()[-1] for line in lines if "->" in line]


def lengths(lesson: Lesson) -> list[int]:
    """The tokens of the thoughts with seed 0 and with seed 1."""
    match = re.search(r"(\d+) tokens with seed 0, (\d+) with seed 1", lesson.output("other = model.think"))
    assert match is not None
    return [int(number) for number in match.groups()]


CLAIMS = {
    "Two numbers of the question, 3 and 5, share nearly all": lambda lesson: (
        sum(lesson.numbers("token = trace.token(1)")[1:4:2]) > 99
    ),
    "It does not explain 21, the strongest rival": lambda lesson: (
        "21" in lesson.output("i = top[0]").splitlines()[1]
    ),
    "But the first line of the table is a result": lambda lesson: top_kinds(lesson)[0] == "A",
    "Nearly all tokens of this thought are certain": lambda lesson: (
        lesson.numbers("certain = sum(")[0] / lesson.numbers("certain = sum(")[1] > 0.95
    ),
    "the longest has more than 3 times the tokens of the shortest": lambda lesson: (
        lesson.rows("group = model.sample")[1][-1] > 3 * lesson.rows("group = model.sample")[1][0]
    ),
    "All of these 16 thoughts are right": lambda lesson: lesson.rows("group = model.sample")[0] == [16, 16],
    "it has half the length": lambda lesson: 0.48 < lengths(lesson)[1] / lengths(lesson)[0] < 0.52,
}
DEFINITIONS = (
    "and a vocabulary of 4 cannot give more",  # log 4 is the largest entropy of four tokens
)
