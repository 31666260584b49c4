"""What the lesson *Think longer* claims, as assertions over its saved outputs."""

from tests.lessons.lesson import Lesson


def solved(lesson: Lesson) -> list[float]:
    """Problems solved with at most 0, 50, 100 and 200 tokens."""
    return [row[1] for row in lesson.rows("END = ")]


def cut(lesson: Lesson) -> list[float]:
    """Accuracy of the recorded run by budget."""
    return [row[1] for row in lesson.rows("n = kept[100]")[1:]]


def continued(lesson: Lesson, who: str) -> list[float]:
    """Accuracy where thoughts were continued 0, 1 and 2 times."""
    lines = [line for line in lesson.output("def accuracy").splitlines() if line.startswith(who)]
    return [float(line.split("right ")[1].split()[0]) for line in lines]


def gains(lesson: Lesson) -> list[list[float]]:
    """The difference, low and high, against the vote of 2 and the vote of 16."""
    return [row[1:] for row in lesson.rows("for k in (2, 16):")]


ALLOWED = {"1,600": "the tokens of sixteen thoughts of 100 tokens"}
CLAIMS = {
    "Each larger budget solves more problems": lambda lesson: (
        solved(lesson) == sorted({*solved(lesson)})
        and solved(lesson)[0] == 0
        and cut(lesson) == sorted({*cut(lesson)})
        and len(cut(lesson)) == 5
    ),
    "a forced thought is longer": lambda lesson: (
        lesson.rows("share, used =")[1][-1] > lesson.rows("share, used =")[0][-1]
    ),
    "With one forced token, many abandoned thoughts end in a right answer": lambda lesson: (
        lesson.numbers("own, go =")[1] > 0
    ),
    "accuracy falls from 61 % to 16 %": lambda lesson: (
        continued(lesson, "everyone") == sorted(continued(lesson, "everyone"), reverse=True)
        and continued(lesson, "gave up") == sorted(continued(lesson, "gave up"))
    ),
    "After its first yes R1-mini writes 32 tokens, the same number": lambda lesson: (
        "tokens after it:  32 to 32" in lesson.output("hits = [")
    ),
    "the longer thought solves a larger share than the vote of 2": lambda lesson: gains(lesson)[0][1] > 0,
    "reaches the accuracy of the longer thought": lambda lesson: (
        gains(lesson)[1][1] < 0 < gains(lesson)[1][2]
    ),
}
DEFINITIONS = (
    "is a text that R1-mini never saw in training",
    "model rose from 50 to 57 on AIME 2024",
    "Our model never learned that",
    "What is the better use of a budget",
    "More tokens help only while the model still does",
    "The length of its thoughts comes from the search",
)
