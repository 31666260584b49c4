"""What the lesson *When did it know?* says about its outputs."""

from __future__ import annotations

import re

from tests.lessons.lesson import Lesson

ALLOWED: dict[str, str] = {}


def depth(lesson: Lesson, cell: str) -> dict[str, float]:
    """The mean depth of each kind of token, by its letter."""
    rows = re.findall(r"^([A-D]) \w+ +(\d\.\d) layers", lesson.output(cell), re.M)
    return {letter: float(layers) for letter, layers in rows}


def probabilities(lesson: Lesson, cell: str) -> list[list[float]]:
    """The lists of probabilities of an output, one for each pair of brackets with only numbers in it."""
    lists = re.findall(r"\[([\d. ]+)\]", lesson.output(cell))
    return [[float(number) for number in numbers.split()] for numbers in lists]


LOGIT, TUNED = "logit = depths", "tuned_depths = depths"
CLAIMS = {
    "there it says the first token": lambda lesson: "[0.8800, 0.1200]" in lesson.output("streams = torch"),
    "Then comes 98, then 84": lambda lesson: (
        "[' = ', '98', '84', '84', '42']" in lesson.output("ids = torch.tensor")
    ),
    "The comma has the largest number, 3.0 layers": lambda lesson: (
        max(depth(lesson, LOGIT).values()) == depth(lesson, LOGIT)["C"] == 3.0
    ),
    "The comma needs 0.7 layers now": lambda lesson: (
        min(depth(lesson, TUNED).values()) == depth(lesson, TUNED)["C"] == 0.7
    ),
    "The order of the target and the signs changed": lambda lesson: (
        depth(lesson, LOGIT)["B"] < depth(lesson, LOGIT)["D"]
        and depth(lesson, TUNED)["B"] > depth(lesson, TUNED)["D"]
    ),
    "copying the target takes more layers than working out a result": lambda lesson: all(
        row[1] > 0 for row in lesson.rows(TUNED)[-2:]
    ),
    "with 71 % and more in each later layer": lambda lesson: (
        probabilities(lesson, "tuned = inside.lens")[0][1:]
        == sorted(probabilities(lesson, "tuned = inside.lens")[0][1:])
    ),
    "At layer 2 the tuned lens is nearer": lambda lesson: (
        lesson.rows("path = labkit.data_path")[0][1] > lesson.rows("path = labkit.data_path")[1][1]
        and lesson.rows("path = labkit.data_path")[0][3] > lesson.rows("path = labkit.data_path")[1][3]
    ),
    "both lenses give it most of the probability from layer 1 on": lambda lesson: all(
        min(each[1:]) > 0.7 for each in probabilities(lesson, "target = model.tokenizer")[::2]
    ),
    "the layers above take a part of that away": lambda lesson: all(
        each[2] >= 0.9 and each[4] < each[3] < each[2]
        for each in probabilities(lesson, "target = model.tokenizer")[1::2]
    ),
    "in these 15 checks the model gives the target 99 % or more": lambda lesson: (
        lesson.numbers("from math import exp") == [15, 15, 90, 99]
    ),
    "No token of the answer needs more than 2 layers": lambda lesson: (
        max(int(n) for n in re.findall(r", (\d)\)", lesson.output("begin = texts.index"))) == 2
    ),
}
DEFINITIONS = (
    "a vector that the model never had",
    "It gives -1 for a token that was never the likeliest one",
    "Is the tuned lens better, or does it overstate?",
    "what the layers above never use",
    "which never learned to answer without a thought",  # the model card
    "Larger models can do that",  # a paper
)
