"""The tables of published figures: each row is valid, and each derived value follows from its formula."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import labkit
from labkit.errors import LabkitError
from labkit.facts import MARKS, Fact, fact, facts, read_table, tables

OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
HEADER = "id,claim,value,unit,date,source,mark\n"
ROW = "a-price,price of a thing,2,USD,2026,a page,read\n"


def computed(formula: str) -> float:
    """The value of a formula with ids in square brackets."""
    return _value(
        ast.parse(re.sub(r"\[([^\]]+)\]", lambda m: repr(fact(m[1]).number), formula), mode="eval").body
    )


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    assert isinstance(node, ast.BinOp), ast.dump(node)
    return OPERATORS[type(node.op)](_value(node.left), _value(node.right))


def test_the_tables_are_read() -> None:
    assert {"benchmarks", "capital", "hardware", "licences", "people", "prices", "training"} <= set(tables())
    assert {row.mark for row in facts()} == set(MARKS)
    assert labkit.facts.fact("price-o1-output").number == 60


@pytest.mark.parametrize("row", [row for row in facts() if row.mark == "derived"], ids=lambda row: row.id)
def test_a_derived_value_follows_from_its_formula(row: Fact) -> None:
    """To the digits that the row has, and within 1 %."""
    digits = len(row.value.partition(".")[2])
    value = computed(row.formula or "")
    assert row.number == pytest.approx(value, rel=0.01)
    assert abs(row.number - value) <= max(0.5 * 10**-digits, 1e-3 * abs(value)), value


def test_what_is_assumed_says_so_in_its_source() -> None:
    for row in facts():
        assert (row.mark == "assumed") == ("our choice" in row.source or "our assumption" in row.source), (
            row.id
        )


def test_no_id_names_a_missing_row() -> None:
    with pytest.raises(LabkitError, match=r"no fact 'price-r1-ouput'[\s\S]*price-r1-output"):
        fact("price-r1-ouput")
    with pytest.raises(LabkitError, match=r"no table 'price'[\s\S]*facts\('prices'\)"):
        facts("price")


def test_a_text_has_no_number() -> None:
    with pytest.raises(LabkitError, match="is a text"):
        fact("lecun-open").number  # noqa: B018


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id,claim\n", "columns"),
        (HEADER + ROW + ROW, "has this id"),
        (HEADER + ROW.replace(",2,", ",two,"), "finite number"),
        (HEADER + ROW.replace(",2,", ",nan,"), "finite number"),
        (HEADER + ROW.replace("2026", "May 2026"), "ISO"),
        (HEADER + ROW.replace("2026", "2026-13"), "ISO"),
        (HEADER + ROW.replace("a page", ""), "may not be empty"),
        (HEADER + ROW.replace("read", "heard"), "mark is one of"),
        (HEADER + ROW.replace("read", "derived"), "formula"),
        (HEADER + ROW.replace("a page", "= 2 * 1"), "formula"),
        (HEADER + ROW.replace("a-price", "A price"), "lower-case"),
        (HEADER + "a-price,claim,2\n", "7 cells"),
    ],
)
def test_a_damaged_table_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(LabkitError, match=problem):
        read_table(path)


def test_a_valid_row_is_read(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(HEADER + ROW, "utf-8")
    assert read_table(path) == [
        Fact("a-price", "price of a thing", "2", "USD", "2026", "a page", "read", "table")
    ]
