"""What the lesson *Rewards* claims, as assertions over its saved outputs."""

from tests.lessons.lesson import Lesson


def row(lesson: Lesson, name: str) -> list[float]:
    """Paid on average, paid for the picked thought, right, gain, low, high of a reward."""
    lines = lesson.output("pays = {").splitlines()
    (index,) = [i for i, line in enumerate(lines) if line.startswith(name)]
    return lesson.rows("pays = {")[index][-6:]


def sums(lesson: Lesson) -> dict[tuple[int, str], float]:
    """The weight of a group by right answers and kind of advantage."""
    lines = [line.split() for line in lesson.output("for k in (1, 8, 15)").splitlines()]
    return {(int(words[0]), words[3]): float(words[-1]) for words in lines if words}


ALLOWED: dict[str, str] = {}
CLAIMS = {
    "So the division makes very hard and very easy problems count more": lambda lesson: (
        sums(lesson)[1, "grpo"] / sums(lesson)[8, "grpo"]
        > sums(lesson)[1, "dr-grpo"] / sums(lesson)[8, "dr-grpo"]
    ),
    "The pay rises and what we want falls": lambda lesson: (
        row(lesson, "C long")[1] > row(lesson, "C long")[0] and row(lesson, "C long")[5] < 0
    ),
    "The interval of this gain lies above zero, and the gain is small": lambda lesson: (
        0 < row(lesson, "B true steps")[4] < 0.05
    ),
    "the interval of that gain contains zero": lambda lesson: (
        row(lesson, "D short")[4] < 0 < row(lesson, "D short")[5]
    ),
    "of the thoughts with a check 0.80 are right": lambda lesson: (
        lesson.numbers("checked = column")[0] == 0.8 and lesson.numbers("checked = column")[2] == 0.02
    ),
}
DEFINITIONS = (
    "A rule reads the text and never runs it",
    "A positive advantage makes each token of the thought more likely",
    "look at the answers of the highest paid thoughts",
    "The weights decide what the model becomes",
)
