"""What a student calls in a lesson: `check`, `hint` and `solution`.

>>> def half(number):
...     return number * 2
>>> check(half, Case((3,), 1.5, {6: "Close: that is twice the number."}))
Close: that is twice the number.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

from labkit.course import progress
from labkit.course.checks import UNTOUCHED, Case, judge_function, judge_value
from labkit.course.registry import Exercise, exercise
from labkit.errors import BadArgument

TRIES_BEFORE_A_HINT = 2  # wrong answers, after which `check` names `hint` and `solution`
_tries: dict[str, int] = {}  # of this kernel, so that a fresh run prints the same text


def check(exercise: str | Callable[..., Any], *answer: Any, done: str = "Right.", **context: Any) -> None:
    """Prints one sentence about a student's answer: the mistake, or that the answer is right.

    Args:
        exercise: the id of an exercise, as "sampling-1"; or the student's function itself, for cases given here.
        answer: the student's function or value; where `exercise` is a function, the `Case`s that it must pass.
        done: what is printed for a right answer, where `exercise` is a function.
        context: objects of the lesson that the exercise needs, as `trace=trace`; the lesson's cell shows which.

    Raises:
        LabkitError: no exercise has this id, or no answer is given.
    """
    if isinstance(exercise, str):
        _check_exercise(exercise, answer, context)
    else:
        print(judge_function(exercise, answer) or done)


def check_value(value: Any, right: Any, slips: Any = (), *, expected: str, done: str = "Right.") -> None:
    """Prints one sentence about a value that the student wrote in place of None; arguments as in `Case`."""
    print(judge_value(value, Case((), right, slips, expected), asks=expected) or done)


def require_right(id: str, answer: Any, **context: Any) -> None:
    """For the tests of an autograder: does nothing for a right answer.

    Raises:
        AssertionError: the answer is not right; the message is the sentence that `check` prints.
        LabkitError: no exercise has this id.
    """
    known = exercise(id)
    _require_context(known, context)
    if complaint := judge(known, answer, context):
        raise AssertionError(complaint)


def hint(id: str) -> None:
    """Prints the hint of an exercise."""
    print(exercise(id).hint or "This exercise has no hint.")


def solution(id: str) -> None:
    """Prints the solution of an exercise, and what may be said about it."""
    known = exercise(id)
    print("\n".join(part for part in (known.solution.rstrip(), known.talk) if part))


def _check_exercise(id: str, answer: tuple[Any, ...], context: dict[str, Any]) -> None:
    known = exercise(id)
    if len(answer) != 1:
        raise BadArgument(
            f"check({id!r}) needs one answer, and {len(answer)} were given.",
            why="an answer of several values is one tuple.",
            next=f'labkit.course.check("{id}", {_typed(known)})',
        )
    _require_context(known, context)
    complaint = judge(known, answer[0], context)
    print(complaint or known.done)
    if any(sentence in complaint for sentence in UNTOUCHED):
        return
    _tries[id] = _tries.get(id, 0) + 1
    progress.record_check(id, right=not complaint)
    if complaint and _tries[id] > TRIES_BEFORE_A_HINT:
        print(f'Stuck? labkit.course.hint("{id}"), then labkit.course.solution("{id}").')


def _require_context(known: Exercise, context: dict[str, Any]) -> None:
    """Raises an error where the keyword arguments are not those that the cases of the exercise take."""
    if not callable(known.cases):
        return
    try:
        signature(known.cases).bind(**context)
    except TypeError as error:
        raise BadArgument(
            f"check({known.id!r}) needs the objects of the lesson that the exercise uses.",
            why=f"{error}.",
            next=f'labkit.course.check("{known.id}", {_typed(known)}, {known.context})',
        ) from None


def judge(known: Exercise, answer: Any, context: dict[str, Any]) -> str:
    """One sentence about the mistake in an answer; empty if the answer is right."""
    cases = known.cases(**context) if callable(known.cases) else known.cases
    if known.value:
        return judge_value(answer, cases[0], asks=known.asks)
    return judge_function(answer, cases)


def _typed(known: Exercise) -> str:
    return f"({known.writes})" if "," in known.writes else known.writes
