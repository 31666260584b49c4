"""Which thoughts a traces view shows, its bars and its words, computed in Python: the input of `frontend/test`.

python -m tests.views.traces_check

`test_traces_view.py` compares the committed file with the output.
"""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

from labkit.views.traces.contract import Column, Focus, Range
from labkit.views.traces.histogram import bins_of
from labkit.views.traces.measures import float32
from labkit.views.traces.selection import judge_of, shown_rows
from labkit.views.traces.wording import range_text, value_text

from .case_file import case_file

FILE = Path(__file__).resolve().parents[2] / "labkit/frontend/test/traces.json"
NAN = float("nan")
COLUMNS = [
    Column(name="tokens", kind="count"),
    Column(name="characters", kind="count"),
    Column(name="reward", kind="value"),
    Column(name="correct", kind="verdict"),
    Column(name="repeats", kind="share"),
    Column(name="finish", kind="finish"),
]
FOCUSES = [
    Focus(),
    Focus(down=True),
    Focus(sort="reward"),
    Focus(sort="characters", down=True, ranges=[Range(column="reward", low=0.25)]),
    Focus(ranges=[Range(column="characters", low=100, high=2000), Range(column="correct", low=0.5)]),
    Focus(ranges=[Range(column="finish", high=0.5)], sort="repeats"),
    Focus(ranges=[Range(column="reward", low=0.7, high=1.0)]),
    Focus(extreme="worst"),
    Focus(extreme="best", sort="characters"),
]
RANGES = [
    (1, Range(column="characters", low=100, high=200)), (1, Range(column="characters", low=5000)),
    (2, Range(column="reward", high=0.5)), (2, Range(column="reward", low=-0.25, high=0.125)),
    (3, Range(column="correct", low=0.5)), (3, Range(column="correct", high=0.5)), (4, Range(column="repeats", low=0.05)),
    (5, Range(column="finish", low=0.5, high=1.5)), (5, Range(column="finish", low=0.5)), (5, Range(column="finish", low=7)),
]  # fmt: skip


def values() -> list[list[float]]:
    """The values of 40 thoughts, some unknown; each is a float32, as on the wire."""
    dice = random.Random(4)
    columns: list[list[float]] = [[], [], [], [], [], []]
    for i in range(40):
        judged = i % 7 != 3
        columns[0].append(NAN)
        columns[1].append(float(dice.randint(0, 9000)))
        columns[2].append(dice.choice([-0.25, 0.0, 0.5, float32(0.7), 1.0]) if judged else NAN)
        columns[3].append(float(i % 2) if judged else NAN)
        columns[4].append(dice.randint(0, 64) / 128)
        columns[5].append(float(dice.choice([0, 0, 0, 1, 2])))
    return columns


def known(numbers: list[float]) -> list[float | None]:
    """The values as JSON, which has no NaN."""
    return [None if math.isnan(number) else number for number in numbers]


def results() -> dict[str, Any]:
    """The inputs, and what Python makes of them."""
    columns = values()
    bins = [bins_of(column, numbers) for column, numbers in zip(COLUMNS, columns, strict=True)]
    return {
        "columns": [column.model_dump() for column in COLUMNS],
        "values": [known(numbers) for numbers in columns],
        "shown": [
            {"focus": focus.model_dump(), "matches": matches, "rows": shown_rows(COLUMNS, columns, focus, matches)}
            for focus in FOCUSES
            for matches in (None, [*range(3, 30)])
        ],
        "judge": judge_of(COLUMNS, columns),
        "bins": [
            None if one is None else {"low": one.low, "width": one.width, "count": one.n_bars, "counts": one.counts(numbers)}
            for one, numbers in zip(bins, columns, strict=True)
        ],
        "texts": [
            [i, value, value_text(COLUMNS[i], value)]
            for i, some in ((1, (0.0, 12345.0)), (2, (-0.25, 0.333, 1234.5, 1.0)), (3, (0.0, 1.0)), (4, (0.005, 1.0)))
            for value in some
        ],
        "ranges": [[i, chosen.model_dump(), range_text(COLUMNS[i], chosen)] for i, chosen in RANGES],
    }  # fmt: skip


def text() -> str:
    """The file."""
    return case_file(results())


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8", newline="\n")
