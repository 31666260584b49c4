"""What the lesson *Open and closed: what reasoning costs* says about its outputs."""

from __future__ import annotations

import re

from tests.lessons.lesson import Lesson

ALLOWED: dict[str, str] = {}


def gaps(lesson: Lesson) -> dict[str, float]:
    """R1 minus o1 for each test of the table of scores."""
    rows = re.findall(r"^(\S+) .*([+-]\d+\.\d)$", lesson.output("names = {"), re.M)
    return {test: float(gap) for test, gap in rows}


def series(lesson: Lesson, company: str) -> list[float]:
    """The prices of a company in the order of their dates."""
    output = lesson.output("lines = {")
    block = next(part for part in re.split(r"(?<=last )\d+\.\d+\n", output) if f"{company}: lowest" in part)
    return [float(price) for price in re.findall(r"^20\S+ +(\d+\.\d\d) ", block, re.M)]


def falls_and_rises(prices: list[float]) -> bool:
    low = min(prices)
    return prices[0] > low < prices[-1]


def spending(lesson: Lesson, company: str) -> list[float]:
    """Plan for 2025, spending of 2025, plan for 2026, in billion dollars."""
    line = next(line for line in lesson.output("table = {").splitlines() if line.startswith(company))
    return [float(number) for number in re.findall(r"\d+\.\d", line)]


def bills(lesson: Lesson) -> dict[int, list[int]]:
    """The bills of the API, the rented and the owned card by the number of questions."""
    rows = lesson.rows("ways = {")[:3]
    return {int(row[0]): [int(bill) for bill in row[1:]] for row in rows}


def break_even(lesson: Lesson) -> float:
    match = re.search(r"owned = API at ([\d,]+) questions", lesson.output("ways = {"))
    assert match is not None
    return float(match[1].replace(",", ""))


def marks(lesson: Lesson) -> dict[str, int]:
    counts = re.findall(r"\('([a-z ]+)', (\d+)\)", lesson.output("marks = Counter"))
    return {mark: int(count) for mark, count in counts}


CLAIMS = {
    "R1 is above o1 in 4 rows and below o1 in 3 rows": lambda lesson: (
        sum(gap > 0 for gap in gaps(lesson).values()) == 4
        and sum(gap < 0 for gap in gaps(lesson).values()) == 3
    ),
    "so the difference is a fifth of one problem": lambda lesson: (
        0.17 < gaps(lesson)["aime24-pass1"] / (100 / 30) < 0.23
    ),
    "R1 is far below o1 on SimpleQA": lambda lesson: (
        min(gaps(lesson).values()) == gaps(lesson)["simpleqa"] < -15
    ),
    "The models of Anthropic and Google stand between them": lambda lesson: (
        (costs := [row[-1] for row in lesson.rows("tokens = fact(")[:4]]) == sorted(costs, reverse=True)
    ),
    "OpenAI's price fell from 60 to 8 dollars and rose again to 30": lambda lesson: falls_and_rises(
        series(lesson, "OpenAI")
    ),
    "DeepSeek's price fell from 2.19 to 0.28 and rose to 0.60": lambda lesson: falls_and_rises(
        series(lesson, "DeepSeek")
    ),
    '"Prices always fall" is wrong for both companies': lambda lesson: all(
        falls_and_rises(series(lesson, company)) for company in ("OpenAI", "DeepSeek")
    ),
    "That is 5 % of the rent of base and R1 together": lambda lesson: (
        "both: 5.0%" in lesson.output("parts = {")
    ),
    "Meta spent as much as the whole figure in 41 minutes": lambda lesson: (
        "41 minutes" in lesson.output("year = fact(")
    ),
    "Meta and Alphabet spent more in 2025 than they had planned at the beginning of the year": lambda lesson: (
        all(
            plan < spent < later
            for plan, spent, later in (spending(lesson, "Meta"), spending(lesson, "Alphabet"))
        )
    ),
    "With a tenth of the utilisation each token costs 10 times as much": lambda lesson: (
        "10.00 times" in lesson.output("def million(")
    ),
    "Half the life costs 1.75 times as much": lambda lesson: "1.75 times" in lesson.output("def million("),
    "At 1,000,000 questions the owned cards have the lowest bill": lambda lesson: (
        min(bills(lesson)[1_000_000]) == bills(lesson)[1_000_000][2]
    ),
    "Below this number the API costs less than the owned card": lambda lesson: all(
        (row[0] < row[2]) == (questions < break_even(lesson)) for questions, row in bills(lesson).items()
    ),
    "The rented card is cheapest at 100,000 questions": lambda lesson: (
        min(bills(lesson)[100_000]) == bills(lesson)[100_000][1]
    ),
    "The most frequent mark is second hand": lambda lesson: (
        max(marks(lesson), key=marks(lesson).__getitem__) == "second hand"
    ),
}
DEFINITIONS = ("Which change has the largest effect on the cost of a million tokens?",)  # a question
