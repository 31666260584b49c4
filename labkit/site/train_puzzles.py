"""Writes the puzzles of the playground's training page.

    python -m labkit.site.train_puzzles

Python draws them, so that the rule of the held-out split stands in one place, `labkit.tasks.countdown.is_test`.
"""

from __future__ import annotations

import json
import random
from itertools import combinations_with_replacement
from pathlib import Path
from typing import get_args

from labkit.tasks.countdown import Problem, Split, is_test

FILE = Path(__file__).parents[1] / "frontend" / "src" / "play" / "training" / "puzzles.json"
COUNTS: dict[Split, int] = {"train": 1_000, "test": 100}
NUMBERS = range(1, 21)


def puzzles_json() -> str:
    """The puzzles of each split, each `numbers,target`, in the order in which they are drawn."""
    texts = {split: " ".join(map(_text, sums(COUNTS[split], split))) for split in get_args(Split)}
    return json.dumps(texts, indent=2) + "\n"


def sums(n: int, split: Split) -> list[Problem]:
    """`n` puzzles whose target is the sum of the three numbers; no two have the same numbers."""
    generator = random.Random(0)
    pool = [
        numbers
        for numbers in combinations_with_replacement(NUMBERS, 3)
        if is_test(numbers) == (split == "test")
    ]
    return [
        Problem(tuple(generator.sample(numbers, 3)), sum(numbers)) for numbers in generator.sample(pool, n)
    ]


def _text(problem: Problem) -> str:
    return ",".join(map(str, (*problem.numbers, problem.target)))


if __name__ == "__main__":
    FILE.write_text(puzzles_json(), encoding="utf-8", newline="\n")
