"""A check answers everything that a student may write with one sentence, and never with an exception."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from labkit.course import Case, Exercise, check, check_value, register
from labkit.errors import BadArgument

CASES = (Case(([1, 0],), [1, 0], [([0, 1], "Close: swapped.")]), Case(([],), [], expected="an empty list"))


def said(capsys: pytest.CaptureFixture[str], function: Any, *cases: Case) -> str:
    check(function, *(cases or CASES))
    return capsys.readouterr().out


def test_a_right_answer_is_right_whatever_holds_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, lambda x: x) == "Right.\n"
    assert said(capsys, tuple) == "Right.\n"
    assert said(capsys, np.array) == "Right.\n"
    assert said(capsys, torch.tensor) == "Right.\n"


def test_a_known_slip_gets_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, lambda x: x[::-1]) == "Close: swapped.\n"


def test_a_function_with_dots_is_told_to_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(x: list[int]) -> None: ...

    assert said(capsys, answer) == "answer([1, 0]) returned nothing. Replace the dots, and end with return.\n"


def test_print_in_place_of_return_is_named_and_what_was_printed_is_seen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def answer(x: list[int]) -> None:
        print(x)

    assert said(capsys, answer) == (
        "[1, 0]\nanswer([1, 0]) printed something and returned nothing: write return in place of print.\n"
    )


def test_a_path_without_return_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(x: list[int]) -> list[int] | None:
        return x if x else None

    assert said(capsys, answer) == "answer([]) returned nothing: on this path a return is missing.\n"


def test_an_exception_is_told_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(x: list[int]) -> int:
        first = x[0]
        return first // x[1]

    assert said(capsys, answer).startswith("answer([1, 0]) stopped in line 3: ZeroDivisionError: ")


@pytest.mark.parametrize("value", [1, 1.5, "1, 0", {}, {1: 0}, [1], [1, 0, 0], [[1], [0]], [None, None], object(), [1, "0"],
                                   np.nan, np.zeros((2, 2)), True, len, (x for x in [1, 0]), 1j])  # fmt: skip
def test_any_other_value_is_shown_beside_what_it_should_be(
    capsys: pytest.CaptureFixture[str], value: object
) -> None:
    out = said(capsys, lambda x: value)
    assert out.count("\n") == 1
    assert out.endswith("it should be [1, 0].\n")


def test_a_condition_may_stand_for_the_right_value_and_for_a_slip(capsys: pytest.CaptureFixture[str]) -> None:
    case = Case((), lambda v: 0.9 < v < 1.1, [(lambda v: v > 1, "Close: too much.")], "near 1")
    assert said(capsys, lambda: 1.0, case) == "Right.\n"
    assert said(capsys, lambda: 2.0, case) == "Close: too much.\n"
    assert said(capsys, lambda: "1.0", case).endswith("is '1.0': it should be near 1.\n")


def test_none_is_right_where_the_case_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, lambda: None, Case((), lambda v: v in ("", None))) == "Right.\n"


def test_what_is_no_function_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert "give check the function itself" in said(capsys, 3)


def test_a_value_is_asked_for_until_all_of_it_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    def told(value: object) -> str:
        check_value(value, (0.06, 0.064), [((0.064, 0.06), "Swapped.")], expected="two probabilities")
        return capsys.readouterr().out

    assert (
        told(None)
        == told((None, None))
        == told((0.06, None))
        == ("Not answered yet: put two probabilities in place of None.\n")
    )
    assert told((0.06, 0.064)) == told([0.06, 0.064]) == "Right.\n"
    assert told((0.064, 0.06)) == "Swapped.\n"
    assert told(3) == "That is 3: it should be two probabilities.\n"


def test_a_function_that_changes_its_argument_spoils_no_later_check(
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = Case(([3, 1],), [3, 1])

    def answer(x: list[int]) -> list[int]:
        x.sort()
        return x

    assert said(capsys, answer, case) == said(capsys, answer, case) != "Right.\n"
    assert said(capsys, lambda x: x, case) == "Right.\n"


def test_dictionaries_and_sets_are_compared_entry_by_entry(capsys: pytest.CaptureFixture[str]) -> None:
    case = Case((), {"a": 1.0, "b": [2]})
    assert said(capsys, lambda: {"b": (2,), "a": 1}, case) == "Right.\n"
    assert said(capsys, lambda: {"a": 1}, case) != "Right.\n"
    assert said(capsys, lambda: 7, case) == "<lambda>() is 7: it should be {'a': 1.0, 'b': [2]}.\n"
    assert said(capsys, lambda: {1, 2}, Case((), {2, 1})) == "Right.\n"


def test_exit_in_a_function_does_not_end_the_lesson(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(x: list[int]) -> None:
        raise SystemExit

    assert "stopped in line 2: SystemExit" in said(capsys, answer)


def test_an_exercise_without_the_objects_of_its_lesson_says_which_it_needs() -> None:
    register(
        Exercise(
            "objects-1", writes="f", cases=lambda trace: [Case((), trace)], solution="", context="trace=trace"
        )
    )
    with pytest.raises(BadArgument, match="objects of the lesson") as caught:
        check("objects-1", lambda: 1)
    assert "trace" in caught.value.why and caught.value.next.endswith("f, trace=trace)")
