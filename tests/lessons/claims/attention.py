"""What the lesson *Attention in a thought* says about its outputs."""

from __future__ import annotations

import re

from tests.lessons.lesson import Lesson

ALLOWED: dict[str, str] = {}


def intervals(lesson: Lesson) -> list[list[float]]:
    """Larger minus smaller: mean, low and high, for heads 2 and 4 in two thoughts."""
    return [row[-3:] for row in lesson.rows("other = model.think")]


def heads(lesson: Lesson) -> dict[str, list[float]]:
    """Mean, low, high, minimum and maximum of the recorded effects of a head."""
    lines = lesson.output("records = list(csv").splitlines()[1:]
    return {line[:4]: [float(x) for x in re.findall(r"[+-]\d+\.\d", line)] for line in lines}


def forms(lesson: Lesson) -> dict[str, list[float]]:
    """Mean, low and high of the effect of head 4 by the form of the answer."""
    lines = lesson.output("for name, nats in sorted").splitlines()[:-1]
    return {line.split()[0]: [float(x) for x in re.findall(r"[+-]\d+\.\d", line)] for line in lines}


def subtractions(lesson: Lesson) -> list[tuple[int, int]]:
    """The two numbers of each subtraction of the first thought."""
    thought = lesson.output("trace = model.think")
    return [(int(a), int(b)) for a, b in re.findall(r"(\d+) - (\d+) =", thought)]


CLAIMS = {
    "The second key has the largest share, 0.57": lambda lesson: (
        max(lesson.numbers("q = np.array")) == lesson.numbers("q = np.array")[1] == 0.57
    ),
    "So head 2 reads the larger number, and head 4 reads the smaller one": lambda lesson: (
        intervals(lesson)[0][0] > 0 > intervals(lesson)[1][0]
    ),
    "In both thoughts the difference of head 2 is above zero": lambda lesson: (
        all(low > 0 for _, low, _ in intervals(lesson)[::2])
        and all(high < 0 for _, _, high in intervals(lesson)[1::2])
    ),
    "takes the smaller number from the larger one": lambda lesson: (
        len(subtractions(lesson)) > 3 and all(a >= b for a, b in subtractions(lesson))
    ),
    "The weight is 1.00, the largest possible one": lambda lesson: (
        "gives 1.00 to '5', 125 tokens back: Now 3 and 5"
        in lesson.output("weights = inside.attention(trace, 1")
    ),
    "the answer does not need it: its effect is 0.0": lambda lesson: (
        "without head 0 of layer 1: +0.0 nats" in lesson.output("effects = inside.effect")
    ),
    "In 14 + 3 the larger number happens to stand first": lambda lesson: (
        lesson.rows("rows = calculations(tokens)")[2][2] == 0.81
    ),
    "the log-probability of the answer falls by 0.9 nats": lambda lesson: (
        "hidden from all heads: -0.9" in lesson.output("effects = inside.effect")
    ),
    "Without head 0 of layer 0 it falls by 14.0 nats": lambda lesson: (
        "head 0 of layer 0: -14.0 nats" in lesson.output("effects = inside.effect")
    ),
    "Head 2 is needed in all of these thoughts": lambda lesson: heads(lesson)["L0H2"][4] == -8.9,
    "without head 4 the answer of one thought loses nothing": lambda lesson: (
        heads(lesson)["L0H4"][3:] == [-39.9, 0] and len(heads(lesson)) == 6
    ),
    "the thought needs head 4, by 33 nats on average": lambda lesson: forms(lesson)["number"][2] < -30,
    "it needs head 4 for a sum, and hardly at all for anything else": lambda lesson: (
        forms(lesson)["sum"][2] < -8 < forms(lesson)["other,"][1]
    ),
    "each of these heads can be missing, but not both": lambda lesson: (
        lesson.numbers("one, both = ")[1] > -0.5
        and lesson.numbers("one, both = ")[3] > -0.5
        and lesson.numbers("one, both = ")[4] < -4
    ),
}
DEFINITIONS: tuple[str, ...] = ()
