"""What the lesson *The R1 pipeline* claims, as assertions over its saved outputs."""

from tests.lessons.lesson import Lesson


def seeds(lesson: Lesson, name: str) -> list[float]:
    """pass@1 of each seed of a recipe."""
    (line,) = [
        line
        for line in lesson.output('print("\\n".join(pipeline.spread').splitlines()
        if line.startswith(name)
    ]
    return [float(part) for part in line.split("mean")[0].split()[1:]]


def hacked(lesson: Lesson, what: str) -> tuple[float, float]:
    """The first and the last value of a column of the hacked run."""
    (line,) = [line for line in lesson.output("boast = (").splitlines() if line.startswith(what)]
    first, last = line.split()[-3::2]
    return float(first), float(last)


def rewarded_and_taught(lesson: Lesson) -> tuple[list[float], list[float]]:
    return seeds(lesson, "r1-nano-rl"), seeds(lesson, "r1-nano ")


MEANS = "means = labkit.inside.mean_by_kind"
GAVE_UP = "gave_up = ["


def change(lesson: Lesson, kind: str) -> tuple[float, float, float]:
    """The mean difference of a kind of step, and the two ends of its interval."""
    (line,) = [line for line in lesson.output(MEANS).splitlines() if line.startswith(f"{kind} ")]
    mean, low, high = (float(word.strip("()")) for word in line.replace(" to ", " ").split()[1:4])
    return mean, low, high


ALLOWED: dict[str, str] = {}
CLAIMS = {
    "The intervals of plan, try and check include 0": lambda lesson: all(
        change(lesson, kind)[1] <= 0 <= change(lesson, kind)[2] for kind in ("plan", "try", "check")
    ),
    "One kind of step changed": lambda lesson: change(lesson, "end")[2] < -1,
    "There the cold start expects Give , and R1-mini expects Go": lambda lesson: (
        [line.split()[:2] for line in lesson.output(GAVE_UP).splitlines()[2:]]
        == [["r1-mini-cold", "'Give"], ["r1-mini", "'Go"]]
    ),
    "None of these 13 thoughts is right": lambda lesson: (
        "13 thoughts give up, 0 of them are right" in lesson.output(GAVE_UP)
    ),
    "The rewarded students vary more from seed to seed": lambda lesson: (
        max(rewarded_and_taught(lesson)[0]) - min(rewarded_and_taught(lesson)[0])
        > max(rewarded_and_taught(lesson)[1]) - min(rewarded_and_taught(lesson)[1])
    ),
    "The teacher wins with each of the three seeds": lambda lesson: (
        min(rewarded_and_taught(lesson)[1]) > max(rewarded_and_taught(lesson)[0])
        and len(rewarded_and_taught(lesson)[1]) == 3
    ),
    "lifted most students far above the start": lambda lesson: (
        sum(value > 0.7 for value in rewarded_and_taught(lesson)[0]) == 2
    ),
    "The pay rises from": lambda lesson: (
        hacked(lesson, "paid") == (1.16, 1.86) and hacked(lesson, "accuracy") == (0.47, 0.05)
    ),
    "and pass@1 falls to 44 %, below the interval of the cold start": lambda lesson: (
        "r1-mini-coin-clip    0.438 (0.388-0.486)" in lesson.output("runs = ")
        and "r1-mini-cold         0.585 (0.559-0.613)" in lesson.output("runs = ")
    ),
    "r1-zero solves 8 % of the held-out puzzles and the base 6 %": lambda lesson: (
        "0.063 (0.049-0.078)" in lesson.output('for name in "r1-nano-rl", "r1-zero"')
        and "0.082 (0.062-0.102)" in lesson.output('for name in "r1-nano-rl", "r1-zero"')
    ),
}
DEFINITIONS = (
    "The filter cannot make a wrong thought less likely",
    "Blue tokens are likelier under R1-mini, amber ones are less likely",
    "on average a model expects its own text more than another model does",
)
