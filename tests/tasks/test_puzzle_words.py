"""Natural wordings of the puzzle, the one of the training, and what no wording can repair."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.tasks import countdown, puzzle_words
from labkit.tasks.countdown import Problem, read_prompt

TRAINED = "Using 3, 5 and 9, make 24."

NATURAL = [
    TRAINED,
    "Using 3, 5, and 9, make 24.",
    "Using 3, 5 and 9 make 24.",
    "Using 3 5 9 make 24.",
    "Using 3 5 9, make 24",
    "Using 3,5,9 make 24",
    "Using 3, 5 & 9, make 24.",
    "Using 3&5&9, make 24.",
    "Using 3 and 5 and 9, make 24.",
    "Using 3; 5; 9, make 24.",
    "using 3, 5 and 9, make 24.",
    "USING 3, 5 AND 9, MAKE 24.",
    "Using 3, 5 and 9, make 24. ",
    " Using 3, 5 and 9, make 24.\n",
    "Using 3, 5 and 9,\nmake 24.",
    "Using  3,  5  and  9,  make  24.",
    "Using 3, 5 and 9, make 24",
    "Using 3, 5 and 9, make 24?",
    "Using 3, 5 and 9, make 24!",
    "Using 3, 5 and 9, make 24 .",
    "Using 3, 5 and 9 to make 24.",
    "Use 3, 5 and 9 to make 24.",
    "Using 03, 5 and 9, make 24.",
    "Make 24 using 3, 5, and 9.",
    "make 24 from 3 5 9",
]


@pytest.mark.parametrize("text", NATURAL)
def test_a_natural_form_is_read_as_the_form_of_the_training(text: str) -> None:
    puzzle = puzzle_words.parse_puzzle(text)
    assert puzzle is not None and puzzle.wording == TRAINED and puzzle.outside_training() == []
    assert read_prompt(text) == Problem((3, 5, 9), 24)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Using 3",
        "Using 3, make 3.",
        "make 24",
        "Please use 3, 5 and 9 to make 24.",
        "Using 3, 5 and x, make 24.",
        "Using 3-5-9, make 24.",
        "Using 3, 5 or 9, make 24.",
        "Using 3, 5 and 9, make 24 or 25.",
        "Using 3, 5 and 9, make 24. Using 1, 2 and 3, make 6.",
        "Using 3, 5 and 9, make 24" + "." * 2_000,
        "Using " + "3, " * 400 + "5, make 24.",
    ],
)
def test_what_is_no_puzzle_alone_is_not_read_as_one(text: str) -> None:
    assert puzzle_words.parse_puzzle(text) is None


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("Using 3 and 5, make 15.", ["2 numbers"]),
        ("Using 2, 4, 6 and 8, make 24.", ["4 numbers"]),
        ("Using 1, 2, 3, 4 and 5, make 24.", ["5 numbers"]),
        ("Using 25, 50 and 75, make 100.", ["the numbers 25, 50 and 75"]),
        ("Using 0, 5 and 9, make 45.", ["the number 0"]),
        ("Using 20, 1 and 21, make 100.", ["the number 21"]),
        ("Using 3.5, 5 and 9, make 24.", ["the number 3.5"]),
        ("Using 1/2, 5 and 9, make 24.", ["the number 1/2"]),
        ("Using -3, 5 and 9, make 24.", ["the number -3"]),
        ("Using 3, 5 and 9, make 101.", ["the target 101"]),
        ("Using 3, 5 and 9, make 0.", ["the target 0"]),
        ("Using 3, 5 and 9, make 2.5.", ["the target 2.5"]),
        ("Using 3, 5 and 9, make -1.", ["the target -1"]),
        ("Using 25, 5, 9 and 3.5, make 250.", ["4 numbers", "the numbers 25 and 3.5", "the target 250"]),
        ("Using 1, 20 and 20, make 100.", []),
    ],
)
def test_what_lies_outside_the_training_is_named(text: str, outside: list[str]) -> None:
    puzzle = puzzle_words.parse_puzzle(text)
    assert puzzle is not None and puzzle.outside_training() == outside


@pytest.mark.parametrize(
    "text", ["Using 3.5, 5 and 9, make 24.", "Using -3, 5 and 9, make 24.", "Using 3, 5 and 9, make 24.5."]
)
def test_a_fraction_or_a_sign_makes_no_problem_that_can_be_judged(text: str) -> None:
    assert read_prompt(text) is None


def test_in_a_longer_text_the_form_of_the_training_is_read_and_no_other() -> None:
    assert read_prompt(f"{TRAINED} Put the answer in a box.") == Problem((3, 5, 9), 24)
    assert read_prompt("It says 'use 3 5 9 to make 24', does it?") is None
    assert read_prompt("Using 3, 5 and 9, make 24.5 at last") is None


def test_the_training_range_is_that_of_the_problems_which_every_recipe_draws() -> None:
    drawn = {name: p.default for name, p in inspect.signature(countdown.stream).parameters.items()}
    trained = {"numbers": puzzle_words.COUNT, "low": puzzle_words.LOW, "high": puzzle_words.HIGH, "max_target": puzzle_words.MAX_TARGET}  # fmt: skip
    assert trained.items() <= drawn.items()


@given(
    numbers=st.lists(st.integers(0, 999), min_size=2, max_size=6),
    target=st.integers(0, 999),
    separator=st.sampled_from([", ", ",", " ", " and ", " & ", "; ", ", and "]),
    middle=st.sampled_from([", make ", " make ", " to make ", ", to make "]),
    end=st.sampled_from(["", ".", "?", " ", ".\n"]),
)
def test_every_mixture_of_natural_signs_is_the_same_problem(
    numbers: list[int], target: int, separator: str, middle: str, end: str
) -> None:
    text = f"Using {separator.join(map(str, numbers))}{middle}{target}{end}"
    assert read_prompt(text) == Problem(tuple(numbers), target)
    puzzle = puzzle_words.parse_puzzle(text)
    assert puzzle is not None and puzzle.wording == Problem(tuple(numbers), target).prompt


@given(st.text(alphabet="Using make,and&0123456789. \n-/", max_size=300))
def test_any_text_is_read_or_not_and_its_wording_is_read_again_as_the_same(text: str) -> None:
    puzzle = puzzle_words.parse_puzzle(text)
    assert puzzle is None or puzzle_words.parse_puzzle(puzzle.wording) == puzzle
