"""What the lesson *Ask many times* claims, as assertions over its saved outputs."""

from tests.lessons.lesson import Lesson


def passed(lesson: Lesson) -> list[list[float]]:
    """pass@1, pass@4, pass@16 and maj@16 of each temperature."""
    return [[row[i] for i in (4, 5, 6, 8)] for row in lesson.rows("def measure(groups)")]


def recorded(lesson: Lesson) -> list[list[float]]:
    """Of the hundred problems: pass@1, maj@16, pass@16 and the interval of the difference, for each temperature."""
    return [[row[i] for i in (2, 4, 6, 7, 8)] for row in lesson.rows('file = labkit.data_path("groups"')]


def first_group(lesson: Lesson) -> list[str]:
    return lesson.output('group = model.sample("Using 10').splitlines()


ALLOWED: dict[str, str] = {}
CLAIMS = {
    "The first line is the problem of the first cell": lambda lesson: (
        "Using 10, 12 and 14, make 5.     alone 0.19   majority 0.00"
        in lesson.output("right, votes = measured[0.6]")
    ),
    "In this group the most frequent answer is right": lambda lesson: (
        first_group(lesson)[0].startswith("5 x") and first_group(lesson)[0].endswith("True")
    ),
    "pass@16 is the largest figure of each line": lambda lesson: all(
        row[2] == max(row) == 1.0 for row in passed(lesson)
    ),
    "At T = 1.0 it lies above zero": lambda lesson: (
        [row[-2] > 0 for row in lesson.rows('print(len(problems), "problems, with')[3::3]] == [False, True]
    ),
    "lies above zero at both temperatures": lambda lesson: all(row[3] > 0 for row in recorded(lesson)),
    "the interval of that difference contains zero": lambda lesson: (
        lesson.rows("more = gain")[0][-2] < 0 < lesson.rows("more = gain")[0][-1]
    ),
    "On 13 of the hundred problems the vote is worse than one thought": lambda lesson: (
        "loses on 13" in lesson.output("right, votes = measured[0.6]")
    ),
}
DEFINITIONS = (
    "you could submit the most frequent one",
    "Top-p keeps the smallest set of tokens",
    "the most frequent answer is submitted",
    "A tie gives 0.50, since it is decided at random",
    "Where a right answer has the largest number of votes",
    "At a low temperature the model takes its most probable token",
    "it takes the most probable token each time",
)
