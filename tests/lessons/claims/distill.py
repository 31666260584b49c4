"""What the lesson *A real distill* claims, as assertions over its saved outputs."""

from tests.lessons.lesson import Lesson


def induction(lesson: Lesson, name: str) -> list[float]:
    """The best score in three draws, then the probability of the repeated token in three draws."""
    lines = lesson.output('file = labkit.data_path("groups", "distill.json")').splitlines()
    (line,) = [line for line in lines if line.startswith(name)]
    parts = line.replace("[", " ").replace("]", " ").replace(",", " ").split()
    return [float(part) for part in parts if part[0].isdigit()]


def solved(lesson: Lesson, name: str) -> float:
    lines = lesson.output("share = {}").splitlines()
    (line,) = [line for line in lines if line.startswith(name)]
    return float(line.split("right ")[1].split(",")[0])


def cache(lesson: Lesson, name: str) -> float:
    """MB of the cache for 8,000 tokens."""
    lines = lesson.output('names = ("r1-mini"').splitlines()
    (line,) = [line for line in lines if line.startswith(name)]
    return float(line.split("cache")[1].split()[0])


ALLOWED: dict[str, str] = {}
CLAIMS = {
    "In SmolLM2 the best head puts about 0.9": lambda lesson: min(induction(lesson, "smollm2")[:3]) > 0.85,
    "In R1-mini the best head reaches 0.10": lambda lesson: (
        max(induction(lesson, "r1-mini")[:3]) < 0.105 and max(induction(lesson, "r1-mini")[3:]) == 0
    ),
    "SmolLM2 solves none of its tries, and R1-mini solves most of them": lambda lesson: (
        solved(lesson, "smollm2") == 0 and solved(lesson, "r1-mini") > 0.5
    ),
    "takes less than the small Qwen3": lambda lesson: (
        cache(lesson, "deepseek-r1") < cache(lesson, "qwen3-0.6b")
    ),
    "None of the thirty puzzles is lost, at a fifth of the bytes": lambda lesson: (
        all("lost 0," in line for line in lesson.output("exact = np.array").splitlines()[:4])
        and "int4      1.4 MB" in lesson.output("exact = np.array")
    ),
}
DEFINITIONS = (
    "A possible reason: the text of R1-mini's training never repeats",
    "Which model solves the larger share",
    "a step of the optimiser is smaller than the gap",
    "the name of the largest model that fits",
    "The largest model of the family is in the catalog",
)
