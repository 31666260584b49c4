r"""Compares two formulas with `math-verify`.

Only its LaTeX parser is used: its parser of plain expressions passes the text to SymPy's parser, which
evaluates it as Python.
"""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from typing import Any

EXAMPLES = (
    (r"\frac{1}{2}", "0.5"),
    ("x^2+2x+1", "(x+1)^2"),
    (r"\sqrt{8}", r"2\sqrt{2}"),
    ("1,2", r"\{2,1\}"),
)


def load() -> None:
    """Imports math-verify and compares a few formulas."""
    logging.disable(logging.CRITICAL)
    if not _sound():
        raise RuntimeError("math-verify does not find that 1/2 is 0.5")


def answer(question: dict[str, Any]) -> bool:
    """Whether `answer` equals `gold`; without an `answer`, whether `gold` can be parsed."""
    gold = _parse(question["gold"])
    if "answer" not in question:
        return bool(gold)
    from math_verify import verify

    return bool(gold) and bool(verify(list(gold), list(_parse(question["answer"])), timeout_seconds=None))


def restore() -> None:
    """Turns SymPy's evaluation on again after an abort; ends the process if comparisons are still wrong."""
    from sympy.core.parameters import global_parameters

    global_parameters.evaluate = global_parameters.distribute = True
    if not _sound():
        os._exit(1)


def _sound() -> bool:
    def equal(a: str, b: str) -> bool:
        return answer({"gold": rf"\boxed{{{a}}}", "answer": rf"\boxed{{{b}}}"})

    return all(equal(a, b) for a, b in EXAMPLES) and not equal("2", "3")


@lru_cache(maxsize=64)  # the answers of a group share one gold
def _parse(text: str) -> tuple[Any, ...]:
    """The parse of a formula, or of a text with formulas between dollar signs, by math-verify."""
    from math_verify import LatexExtractionConfig, parse

    config = [LatexExtractionConfig(boxed_match_priority=0)]
    return tuple(parse(text, config, fallback_mode="no_fallback", parsing_timeout=None))
