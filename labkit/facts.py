"""Published figures with their sources: prices, training costs, hardware, capital, licences, scores.

Each file of `data/facts/` is a table with the columns `id,claim,value,unit,date,source,mark`. The mark says how the
value was checked:

* `read`: in the source that the row names;
* `second hand`: in a page that reports the primary source;
* `derived`: calculated from other rows; the source is then the formula, with the ids in square brackets;
* `assumed`: chosen for an example.

>>> fact("price-r1-output").number
2.19
>>> print(fact("ratio-o1-r1-output"))
27.4 times (price of output tokens: o1 against R1 at launch; derived)
"""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from labkit._host.shipped import data_path
from labkit._names import nearest
from labkit.errors import BadArgument, FileDamaged

__all__ = ["MARKS", "Fact", "fact", "facts", "tables"]

COLUMNS = ["id", "claim", "value", "unit", "date", "source", "mark"]
MARKS = ("read", "second hand", "derived", "assumed")
_ID = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
_DATE = re.compile(r"(20\d\d)(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True)
class Fact:
    """One published figure.

    Attributes:
        id: unique over all tables; lower-case words joined by hyphens.
        claim: what the value is.
        value: as in the table: a number, or a text if `unit` is "text".
        unit: such as "USD per million tokens"; "text" for a value without a number.
        date: to which the value refers; ISO 8601, a day, a month or a year.
        source: where the value stands, or the formula of a derived value.
        mark: one of `MARKS`.
        table: the name of the file in `data/facts/`, without its suffix.
    """

    id: str
    claim: str
    value: str
    unit: str
    date: str
    source: str
    mark: str
    table: str

    @property
    def number(self) -> float:
        """The value as a number.

        Raises:
            LabkitError: the value is a text.
        """
        if self.unit == "text":
            raise BadArgument(
                f"The value of {self.id!r} is a text: {self.value!r:.60}.",
                why="a row with the unit 'text' has no number.",
                next=f"labkit.facts.fact({self.id!r}).value",
            )
        return float(self.value)

    @property
    def formula(self) -> str | None:
        """The formula of a derived value, such as "[v3-hours] * [v3-rent]"; None for other marks."""
        return self.source.removeprefix("= ") if self.mark == "derived" else None

    @property
    def is_assumed(self) -> bool:
        """Whether the value is assumed, or is calculated from a value that is assumed.

        >>> fact("qwen3-32b-h100-speed").mark, fact("qwen3-32b-h100-speed").is_assumed
        ('derived', True)
        """
        if self.formula is None:
            return self.mark == "assumed"
        return any(fact(id).is_assumed for id in re.findall(r"\[([^\]]+)\]", self.formula))

    def __str__(self) -> str:
        amount = self.value if self.unit == "text" else f"{self.number:,.10g} {self.unit}"
        return f"{amount} ({self.claim}; {self.mark})"


def tables() -> list[str]:
    """The names of the tables, in alphabetical order.

    >>> "prices" in tables()
    True
    """
    return sorted(path.stem for path in data_path("facts").glob("*.csv"))


def facts(table: str | None = None) -> list[Fact]:
    """The rows of a table in the order of its file, or of all tables.

    Args:
        table: the name of a file in `data/facts/`, with or without `.csv`; None for all.

    Raises:
        LabkitError: there is no such table, or a row of a table is not valid.

    >>> facts("training")[0].id
    'v3-pretraining-hours'
    """
    if table is None:
        return list(_by_id().values())
    name = str(table).removesuffix(".csv")
    if name not in tables():
        near = nearest(name, tables()) or tables()[0]
        raise BadArgument(
            f"There is no table {name!r:.60} in data/facts.",
            why=f"the tables are {', '.join(tables())}.",
            next=f"labkit.facts.facts({near!r})",
        )
    return [row for row in _by_id().values() if row.table == name]


def fact(id: str) -> Fact:
    """The row with this id, in any table.

    Raises:
        LabkitError: no row has this id.
    """
    rows = _by_id()
    if id not in rows:
        near = nearest(str(id), rows) or next(iter(rows))
        raise BadArgument(
            f"There is no fact {id!r:.60}.",
            why=f"the id that is most like it is {near}.",
            next=f"labkit.facts.fact({near!r})",
        )
    return rows[id]


@cache
def _by_id() -> dict[str, Fact]:
    rows: dict[str, Fact] = {}
    for name in tables():
        path = data_path("facts", f"{name}.csv")
        for row in read_table(path):
            if row.id in rows:
                raise _damaged(path, row.id, f"the table {rows[row.id].table!r} has this id, too")
            rows[row.id] = row
    return rows


def read_table(path: Path) -> list[Fact]:
    """The validated rows of one file.

    Raises:
        LabkitError: the header is not `id,claim,value,unit,date,source,mark`, or a row is not valid.
    """
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    if not lines or lines[0] != COLUMNS:
        raise _damaged(path, "header", f"the columns are {', '.join(COLUMNS)}")
    rows: list[Fact] = []
    for cells in lines[1:]:
        if len(cells) != len(COLUMNS):
            raise _damaged(path, cells[0] if cells else "", f"a row has {len(COLUMNS)} cells")
        row = Fact(**dict(zip(COLUMNS, cells, strict=True)), table=path.stem)
        if problem := _problem(row):
            raise _damaged(path, row.id, problem)
        if any(other.id == row.id for other in rows):
            raise _damaged(path, row.id, "another row has this id, too")
        rows.append(row)
    return rows


def _problem(row: Fact) -> str | None:
    """What is wrong with a row; None for a valid row."""
    if not _ID.fullmatch(row.id):
        return "an id is lower-case words joined by hyphens"
    if not row.claim.strip() or not row.unit.strip() or not row.source.strip():
        return "claim, unit and source may not be empty"
    if row.unit == "text":
        if not row.value.strip():
            return "the value may not be empty"
    elif not _is_number(row.value):
        return f"the value {row.value!r:.40} is not a finite number"
    if not _DATE.fullmatch(row.date):
        return f"the date {row.date!r:.40} is not a year, a month or a day of ISO 8601"
    if row.mark not in MARKS:
        return f"the mark is one of {', '.join(MARKS)}"
    if (row.mark == "derived") != row.source.startswith("= "):
        return "the source of a derived row, and of no other row, is a formula that begins with '= '"
    return None


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _damaged(path: Path, id: str, problem: str) -> FileDamaged:
    return FileDamaged(
        f"{path.name} cannot be read at {id!r:.60}.",
        why=f"{problem}.",
        next="correct that row of data/facts",
    )
