"""Docstrings like Markdown become reStructuredText."""

from __future__ import annotations

import pytest

from labkit.site.docstrings import convert


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A `Trace` of `model`.", "A ``Trace`` of ``model``."),
        ("where `f` is given, the `Case`s", "where ``f`` is given, the ``Case``\\ s"),
        ("already ``code``", "already ``code``"),
        ("a role :class:`Trace`", "a role :class:`Trace`"),
        (">>> print(`x`)", ">>> print(`x`)"),
    ],
)
def test_code_gets_double_backticks_and_doctests_stay(line: str, expected: str) -> None:
    assert convert([line]) == [expected]


def test_a_table_becomes_a_list_table() -> None:
    lines = convert(["| fields | kind |", "|---|---|", "| `a` | b |", "", "Text."])
    assert lines[1] == ".. list-table::"
    assert lines[4:8] == ["   * - fields", "     - kind", "   * - ``a``", "     - b"]
    assert lines[-1] == "Text."


def test_an_indented_formula_becomes_a_literal_block_but_an_argument_does_not() -> None:
    assert convert(["Loss:", "", "    J = |o|", "    K", "", "Text."])[2:6] == [
        "::",
        "",
        "    J = |o|",
        "    K",
    ]
    assert "::" not in convert(["Args:", "    x: a number.", "", "    y: another."])


def test_what_is_returned_is_not_taken_for_a_type() -> None:
    assert convert(["Returns:", "    The run: a `Run`."]) == ["Returns:", "    : The run: a ``Run``."]
    assert convert(["Raises:", "    LabkitError: no run."]) == ["Raises:", "    LabkitError: no run."]
