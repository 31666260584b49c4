"""Parses arithmetic expressions written by a model, without `eval`, and computes them exactly.

An expression has whole numbers, + - * /, brackets and blanks. `ast.parse` only parses it, and only the four
operations are computed, as fractions. The length limit also limits depth and time.
"""

from __future__ import annotations

import ast
import re
from fractions import Fraction

MAX_SUM = 200  # characters; four numbers need about 30
_PLAIN = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"})
_LATEX = {r"\times": "*", r"\cdot": "*", r"\div": "/", r"\left": "", r"\right": ""}
_COMMAND = re.compile(r"\\(?:times|cdot|div|left|right)(?![A-Za-z])|\\[,;:! ]")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}\\]*)\}\s*\{([^{}\\]*)\}")
_ALLOWED = re.compile(r"[0-9+\-*/() ]+")
_OPERATIONS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def normalise_operators(text: str) -> str:
    r"""Replaces typographic (× · ÷ −) and LaTeX operators by their ASCII forms.

    >>> normalise_operators("3 × 5 − 1"), normalise_operators(r"3 \times 5 + \frac{18}{2}")
    ('3 * 5 - 1', '3 * 5 + ((18)/(2))')
    """
    text = text.translate(_PLAIN)
    if "\\" not in text or len(text) > 10 * MAX_SUM:
        return text
    text = _COMMAND.sub(lambda match: _LATEX.get(match[0], " "), text)
    for _ in range(10):  # innermost fractions first
        text, count = _FRACTION.subn(r"((\1)/(\2))", text)
        if not count:
            break
    return text


def parse(expression: str) -> tuple[Fraction | None, list[int]]:
    """The value of an arithmetic expression and its numbers; `(None, [])` for any other text.

    >>> parse("8 / (3 - 8 / 3)")
    (Fraction(24, 1), [8, 3, 8, 3])
    """
    if len(expression) > MAX_SUM or not _ALLOWED.fullmatch(expression):
        return None, []
    used: list[int] = []

    def value(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(value=int(number)):
                used.append(number)
                return Fraction(number)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
                return apply_operator(_OPERATIONS[type(op)], value(left), value(right))
        raise ValueError(expression)

    try:
        return value(ast.parse(expression, mode="eval").body), used
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return None, []


def canonical(answer: str) -> str:
    """One spelling for expressions that differ only in order and brackets; other texts with blanks collapsed.

    >>> canonical("9 + (5 * 3)"), canonical("3 * 5 + 9"), canonical("I give up")
    ('3*5 + 9', '3*5 + 9', 'I give up')
    """
    text = " ".join(answer.split())
    expression = normalise_operators(text).partition("=")[0].strip().rstrip(".")
    if len(expression) > MAX_SUM or not _ALLOWED.fullmatch(expression):
        return text
    try:
        return _sum(ast.parse(expression, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text


def _sum(node: ast.expr) -> str:
    """Terms sorted by spelling, subtracted terms last."""
    plus: list[str] = []
    minus: list[str] = []

    def collect(node: ast.expr, same: list[str], other: list[str]) -> None:
        match node:
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                collect(left, same, other)
                flipped = isinstance(op, ast.Sub)
                collect(right, other if flipped else same, same if flipped else other)
            case _:
                same.append(_product(node))

    collect(node, plus, minus)
    return " + ".join(sorted(plus)) + "".join(f" - {term}" for term in sorted(minus))


def _product(node: ast.expr) -> str:
    """Factors sorted by spelling, then divisors; a quotient as a divisor keeps its brackets."""
    over: list[str] = []
    under: list[str] = []

    def collect(node: ast.expr, upper: bool) -> None:
        match node:
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                collect(left, upper)
                collect(right, upper)
            case ast.BinOp(left=left, op=ast.Div(), right=right) if upper:
                collect(left, True)
                collect(right, False)
            case ast.Constant(value=int(number)):
                (over if upper else under).append(str(number))
            case ast.BinOp(op=op) if type(op) in _OPERATIONS:
                (over if upper else under).append(
                    f"({_product(node) if isinstance(op, ast.Div) else _sum(node)})"
                )
            case _:
                raise ValueError(node)

    collect(node, True)
    return "*".join(sorted(over)) + "".join(f"/{factor}" for factor in sorted(under))


def apply_operator(op: str, a: Fraction, b: Fraction) -> Fraction:
    """`a op b`, exactly; op is one of `+ - * /`."""
    if op == "+":
        return a + b
    if op == "-":
        return a - b
    return a * b if op == "*" else a / b
