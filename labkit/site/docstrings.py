"""Docstrings, which are written like Markdown, as reStructuredText for Sphinx: code, tables and formulas.

Napoleon reads the sections (`Args:` and the like) afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

CODE = re.compile(r"(?<![`:\\])`([^`]+)`(?!`)(\w?)")
SECTION = re.compile(r"(Args|Attributes|Example|Examples|Note|Raises|Returns|Yields):\s*$")
RETURNS = re.compile(r"(Returns|Yields):\s*$")
RETURNED = re.compile(r"^(\s+)(?=\S)")
RULE = re.compile(r"\|[-|: ]+\|\s*$")


def connect(app: Any) -> None:
    """Lets Sphinx call `convert` on each docstring, before Napoleon."""
    app.connect("autodoc-process-docstring", _process, priority=100)


def _process(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = convert(lines)


def convert(lines: Sequence[str]) -> list[str]:
    r"""The lines of a docstring as reStructuredText.

    >>> convert(["The `Case`s:", "", "    a = b"])
    ['The ``Case``\\ s:', '', '::', '', '    a = b']
    """
    converted: list[str] = []
    for kind, block in _blocks(lines):
        if kind == "table":
            converted += _table(block)
        elif kind == "formula":
            converted += ["::", "", *block]
        else:
            converted += [line if line.lstrip().startswith((">>>", "...")) else _code(line) for line in block]
    return _without_types(converted)


def _without_types(lines: Sequence[str]) -> list[str]:
    """The lines with an empty type before what is returned: Napoleon takes the words before a colon for a type."""
    pairs = zip(["", *lines], lines, strict=False)
    return [RETURNED.sub(r"\1: ", line) if RETURNS.match(before) else line for before, line in pairs]


def _code(line: str) -> str:
    """The line with double backticks around code; a letter that follows code at once needs a separator."""
    return CODE.sub(lambda match: f"``{match[1]}``" + (f"\\ {match[2]}" if match[2] else ""), line)


def _blocks(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The docstring in parts: a table, a formula (indented after an empty line, in no section), or text."""
    in_section, at = False, 0
    while at < len(lines):
        line, end = lines[at], at + 1
        if line and not line[0].isspace():
            in_section = bool(SECTION.match(line))
        if line.lstrip().startswith("|") and at + 1 < len(lines) and RULE.match(lines[at + 1].strip()):
            kind = "table"
            while end < len(lines) and lines[end].lstrip().startswith("|"):
                end += 1
        elif line.startswith("    ") and not in_section and at and not lines[at - 1].strip():
            kind = "formula"
            while end < len(lines) and (not lines[end].strip() or lines[end].startswith("    ")):
                end += 1
        else:
            kind = "text"
        yield kind, list(lines[at:end])
        at = end


def _table(rows: Sequence[str]) -> list[str]:
    """A table of Markdown as a list-table."""
    indent = rows[0][: len(rows[0]) - len(rows[0].lstrip())]
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (rows[0], *rows[2:]):
        cells = [_code(cell.strip()) for cell in row.strip().strip("|").split("|")]
        lines += [f"   {'* - ' if first else '  - '}{cell}" for first, cell in _marked(cells)]
    return [indent + line if line else line for line in ["", *lines, ""]]


def _marked(cells: Sequence[str]) -> Iterator[tuple[bool, str]]:
    return ((number == 0, cell) for number, cell in enumerate(cells))
