"""How an answer of a student is judged: every answer gets one sentence, and no answer raises an exception.

The student's function is called with arguments whose result is known. The likeliest mistakes are recognised by the
values that they produce, and each mistake is explained.
"""

from __future__ import annotations

import io
import reprlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Right = Callable[[Any], bool]  # a condition in place of one right value
Slips = Mapping[Any, str] | Sequence[tuple[Any, str]]

UNTOUCHED = ("Replace the dots", "Not answered yet")  # in the sentence about an exercise that was not begun

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60


@dataclass(frozen=True)
class Case:
    """One call of the student's function.

    Args:
        arguments: what the function is called with.
        right: the value that it should return, or a condition on that value.
        slips: a wrong value, or a condition on it, and its explanation; the first match is printed.
        expected: the right value in words; by default the right value itself is printed.
    """

    arguments: tuple[Any, ...]
    right: Any
    slips: Slips = field(default_factory=dict)
    expected: str = ""


def judge_function(function: object, cases: Sequence[Case]) -> str:
    """One sentence about the mistake in the first case that fails; empty if every case is right.

    An exception in the function is caught and described with its line number. A separate sentence covers a
    function that prints instead of returning, or that returns nothing yet.
    """
    if not callable(function):
        return f"That is {_text(function)}: give check the function itself, without parentheses."
    for number, case in enumerate(cases):
        complaint = _complaint_about(function, case, first=number == 0)
        if complaint:
            return complaint
    return ""


def judge_value(value: Any, case: Case, *, asks: str) -> str:
    """One sentence about a value that the student wrote in place of None; empty if it is right.

    Args:
        value: the student's value, or a tuple of values.
        case: a case without arguments, which holds the right value and the explained mistakes.
        asks: what the exercise asks for, in words, as "two probabilities".
    """
    if _nothing_yet(value):
        return f"{UNTOUCHED[1]}: put {asks} in place of None."
    return _verdict("That", value, case)


def _complaint_about(function: Callable[..., Any], case: Case, *, first: bool) -> str:
    call = f"{getattr(function, '__name__', 'that')}({', '.join(map(_text, case.arguments))})"
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            value = function(*map(_fresh, case.arguments))
    except (Exception, SystemExit) as error:  # `exit()` in a function must not end the lesson
        reason = f"{type(error).__name__}: {error}".rstrip(".: ")
        return f"{call} stopped{_line_of(error, function)}: {reason}."
    print(printed.getvalue(), end="")
    if value is None and not _fits(None, case.right):
        if printed.getvalue():
            return f"{call} printed something and returned nothing: write return in place of print."
        if first:
            return f"{call} returned nothing. {UNTOUCHED[0]}, and end with return."
        return f"{call} returned nothing: on this path a return is missing."
    return _verdict(call, value, case)


def _verdict(what: str, value: Any, case: Case) -> str:
    """The explanation of a wrong value; empty if the value is right."""
    if _fits(value, case.right):
        return ""
    slips = case.slips.items() if isinstance(case.slips, Mapping) else case.slips
    for wrong, sentence in slips:
        if _fits(value, wrong):
            return sentence
    return f"{what} is {_text(value)}: it should be {case.expected or _text(case.right)}."


def _fresh(argument: Any) -> Any:
    """A copy of a list, dictionary, set or array, so that a function which changes it spoils no later check."""
    return deepcopy(argument) if isinstance(argument, list | dict | set | np.ndarray) else argument


def _fits(value: Any, expected: Any) -> bool:
    """Whether a value equals `expected`, or meets it as a condition; False if they cannot be compared."""
    try:
        return bool(expected(value)) if callable(expected) else _same(value, expected)
    except Exception:  # the condition runs on any value that a student may return
        return False


def _same(value: Any, expected: Any) -> bool:
    """Whether two values are equal: numbers within 0.2 %, sequences of any type and dictionaries entry by entry."""
    if isinstance(expected, set | frozenset):
        return bool(value == expected)
    if isinstance(expected, dict):
        return {*value} == {*expected} and all(_same(value[key], expected[key]) for key in expected)
    if isinstance(expected, str) or isinstance(value, str) or expected is None or value is None:
        return type(expected) is type(value) and bool(expected == value)
    if np.shape(value) != np.shape(expected):
        return False
    if np.ndim(expected) == 0:
        return bool(np.isclose(float(value), float(expected), rtol=2e-3, atol=1e-9))
    return all(_same(a, b) for a, b in zip(value, expected, strict=True))


def _nothing_yet(value: Any) -> bool:
    """Whether None is still in place: the value itself, or one of several values."""
    return value is None or (isinstance(value, tuple) and any(part is None for part in value))


def _text(value: Any) -> str:
    """A value as short text; an array as a list."""
    return _SHORT.repr(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)


def _line_of(error: BaseException, function: Callable[..., Any]) -> str:
    """The line of the function's source that raised the exception, as ` in line 2`; empty if unknown."""
    code = getattr(function, "__code__", None)
    trace = error.__traceback__
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code is code:
            line = trace.tb_lineno - trace.tb_frame.f_code.co_firstlineno + 1
        trace = trace.tb_next
    return f" in line {line}" if line else ""
