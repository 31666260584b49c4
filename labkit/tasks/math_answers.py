r"""Compares a mathematical answer with the gold: `\frac{1}{2}` equals 0.5, `2` and `-3` equal `-3, 2`.

`math-verify` compares formulas in the bounded process (`labkit._host.bounded_worker`). This module does the
preparation: it extracts the formulas of an answer, and converts notations that math-verify does not read.

A verdict is 1.0 or 0.0; it is None only if the gold is missing or unreadable. An answer that is too long, takes
too long or needs too much memory gets 0.0.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec

from labkit._host.bounded_worker import JobError, worker
from labkit._host.extras import install_command
from labkit.errors import LabkitError
from labkit.tasks.answers import Answer, read_answer
from labkit.tasks.task import Task, register
from labkit.tasks.verdict import Verdict

MAX_FORMULA = 500  # characters
SECONDS = 1.0  # of CPU time for one comparison; most take a hundredth of that

_MATHS = re.compile(r"(?<![\\\d])\$[^$]+\$|\\\(|\\\[")
_TIME = re.compile(r"(\d{1,2}):([0-5]\d)")
_BLANK = r"(?:\s|~|\\[,;:! ])"
_THOUSANDS = re.compile(rf"(?<=\d)(?:{_BLANK}|\{{,\}})+(?=\d{{3}}(?!\d))")
_BESIDE = re.compile(rf"(\\[a-zA-Z]+\s*\d+\s+\d+)|(?<=\d){_BLANK}+(?=\d)")
_UPRIGHT = re.compile(r"\\(?:mathrm|text|operatorname)\s*\{\s*([ei])\s*\}")
_REPEATING = re.compile(r"(\d*)\.(\d*)\\(?:overline|bar|dot)\s*(?:\{(\d+)\}|(\d))")


def judge(given: Answer, /, *, solution: str) -> Verdict:
    """1.0 if the answer equals the solution as a formula, otherwise 0.0; see the module docstring."""
    return compare(given, str(solution)).at(given.span)


def compare(given: Answer, gold: str) -> Verdict:
    r"""Compares an answer with the gold.

    Args:
        given: an answer; different boxes form one answer with several values, as in math-verify.
        gold: a formula, or a text that gives the formula as an answer would; for a GSM8K solution, the text
            after its last `####`.

    Raises:
        LabkitError: math-verify is not installed.
    """
    _require()
    expected = _formula(read_answer(gold.rpartition("####")[2]))
    if not expected:
        return Verdict(None, "The problem has no gold.")
    formula = _formula(given)
    if not formula:
        return Verdict(0.0, given.why_missing)
    if _spelling(formula) == _spelling(expected):
        return Verdict(1.0, "It is the gold, letter by letter.")
    times = _TIME.fullmatch(formula), _TIME.fullmatch(expected)
    if times[0] and times[1]:  # read as fractions, 6:30 and 2:10 would be equal
        same = [int(part) for part in times[0].groups()] == [int(part) for part in times[1].groups()]
        return Verdict(float(same), "It is the gold." if same else "It is another time than the gold.")
    if len(expected) > MAX_FORMULA or not _readable(_as_asked(expected)):
        return Verdict(None, "The gold cannot be read as a formula.")
    if len(formula) > MAX_FORMULA:
        return Verdict(0.0, f"The answer is longer than {MAX_FORMULA} characters.")
    return _compared(_as_asked(formula), _as_asked(expected))


def _formula(given: Answer) -> str:
    """The formula of an answer: its boxes, its last line, or all lines of a matrix."""
    if given.boxes:
        return _tidy(", ".join(given.boxes))
    return _tidy(given.block if given.text and r"\begin" in given.block else given.text)


def _tidy(formula: str) -> str:
    r"""Converts notations that math-verify misreads or rejects: 1\,234, 1 2, \mathrm{e}, 0.\overline{3}."""
    formula = _UPRIGHT.sub(r"\1", _THOUSANDS.sub("", formula))
    formula = _BESIDE.sub(lambda m: m[1] or ",", formula)  # math-verify would read 40 2 as 42
    return _REPEATING.sub(lambda m: _fraction(m[1], m[2], m[3] or m[4]), formula).strip()


def _fraction(integer: str, fixed: str, repeated: str) -> str:
    """A repeating decimal as a fraction: 0.1666... is 15/90."""
    before, all_digits = int(integer + fixed or "0"), int(integer + fixed + repeated)
    return rf"\frac{{{all_digits - before}}}{{{'9' * len(repeated)}{'0' * len(fixed)}}}"


def _spelling(formula: str) -> str:
    """A formula without insignificant differences of spelling."""
    bare = re.sub(rf"{_BLANK}|\\left(?![a-z])|\\right(?![a-z])|\$", "", formula)
    return re.sub(r"\\[dt]frac", r"\\frac", bare)


def _as_asked(formula: str) -> str:
    return formula if _MATHS.search(formula) else rf"\boxed{{{formula}}}"


@lru_cache(maxsize=1024)
def _readable(gold: str) -> bool:
    try:
        return bool(worker.ask("maths", {"gold": gold}, seconds=SECONDS))
    except JobError:
        return False


@lru_cache(maxsize=1024)  # a repeated hostile formula costs the timeout once
def _compared(answer: str, gold: str) -> Verdict:
    try:
        equal = worker.ask("maths", {"gold": gold, "answer": answer}, seconds=SECONDS)
    except JobError as error:
        if not _can_be_worked_out(gold):
            return Verdict(None, f"The gold itself cannot be worked out. {error.why}")
        return Verdict(0.0, f"It could not be compared with the gold. {error.why}")
    return Verdict(float(equal), "It equals the gold." if equal else "It does not equal the gold.")


@lru_cache(maxsize=1024)
def _can_be_worked_out(gold: str) -> bool:
    try:
        worker.ask("maths", {"gold": gold, "answer": r"\boxed{0}"}, seconds=SECONDS)
    except JobError:
        return False
    return True


def _require() -> None:
    if find_spec("math_verify") is None:
        raise LabkitError(
            "math_accuracy() needs math-verify, which is not installed.",
            why="formulas are compared by that package; Countdown needs nothing of it.",
            next=install_command("math"),
        )


TASK = register(Task("math", ("solution",), judge, spell=_spelling, gold="solution"))
