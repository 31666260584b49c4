"""The registered families as a table of text: tags, switch, sampling and source of each."""

from __future__ import annotations

from labkit.traces.families.family import Family, registered

HEADS = ("family", "thought from", "to", "thinking=", "temperature", "top-p", "source")


def table() -> str:
    """One line for each family, in alphabetical order, and their number.

    >>> next(line for line in table().splitlines() if line.startswith("gpt-oss")).split()[3:6]
    ['low,', 'medium,', 'high']
    """
    families = sorted(registered(), key=lambda family: family.name)
    rows = [HEADS, *map(_cells, families)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADS))]
    lines = ["  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip() for row in rows]
    foot = f"{len(families)} families. For any other: labkit.load(name, tags=(OPEN, CLOSE))"
    return "\n".join([*lines, "", foot])


def _cells(family: Family) -> tuple[str, ...]:
    """The texts of one family under `HEADS`; an empty opening tag is written by the template."""
    switch = ["True, False"] if family.switch else []
    settings = (family.temperature, family.top_p)
    return (
        family.name,
        family.tags.open.strip() or "(the template)",
        family.tags.close,
        ", ".join([*switch, *family.efforts]),
        *("" if value is None else f"{value:g}" for value in settings),
        family.source,
    )
