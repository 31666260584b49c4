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


def counted(lesson: Lesson, who: str, rule: str) -> float:
    """The number of texts of R1-mini or of the set in which a rule finds something."""
    lines = lesson.output("RULES = ").splitlines()
    (line,) = [line for line in lines[lines.index(who) + 1 :] if line.startswith(rule)][:1]
    return float(line.removeprefix(rule).split()[0])


def entropies(lesson: Lesson, who: str) -> list[float]:
    """The mean entropy at numbers and elsewhere."""
    (line,) = [line for line in lesson.output("def unsure").splitlines() if line.startswith(who)]
    return [float(part.rstrip(",")) for part in line.split() if part[0].isdigit()]


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
    "no rule finds a check or a way back": lambda lesson: (
        counted(lesson, "real", "goes back") == counted(lesson, "real", "checks") == 0
    ),
    "R1-mini ends nearly every thought with a check": lambda lesson: (
        0.9 * 48 < counted(lesson, "R1-mini", "checks") < 48
    ),
    "SmolLM2 concludes": lambda lesson: (
        counted(lesson, "real", "concludes") > 24 and counted(lesson, "R1-mini", "concludes") == 0
    ),
    "R1-mini is unsure at numbers": lambda lesson: (
        entropies(lesson, "R1-mini")[0] > 3 * entropies(lesson, "R1-mini")[1]
        and entropies(lesson, "real")[0] < entropies(lesson, "real")[1]
    ),
    "R1-mini knows no English word beyond its puzzles": lambda lesson: (
        "r1-mini cannot read" in lesson.output("text = real.best")
    ),
}
DEFINITIONS = (
    "A possible reason: the text of R1-mini's training never repeats",
    "Which model solves the larger share",
    "the name of the largest model that fits",
    "loads the largest model of the family",
    "Which text is the worst here",
)
