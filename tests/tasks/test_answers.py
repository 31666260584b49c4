r"""Where the answer stands: one reading of boxes, tags and plain lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.tasks.answers import read_answer
from labkit.tasks.arithmetic import normalise_operators

from .answer_cases import FORMS

CHANNELS = {
    "open_tag": "<|channel|>analysis<|message|>",
    "close_tag": "<|channel|>final<|message|>",
}


@pytest.mark.parametrize(
    ("completion", "text", "form"),
    FORMS,
)
def test_the_result_is_read_wherever_it_stands(completion: str, text: str, form: str) -> None:
    answer = read_answer(completion)
    assert (answer.text, answer.form) == (text, form)
    if text:
        assert completion[slice(*answer.span)].strip() == text or form == "box"


def test_a_thought_that_the_template_opened_and_that_has_not_ended_has_no_answer() -> None:
    text = r"I get \boxed{42}. Wait, let me"
    assert read_answer(text, opened=True).text == ""
    assert read_answer(text, opened=True).why_missing == "There is no answer after the thought."
    assert read_answer(text).text == "42"  # with no tag at all, a text is an answer


def test_the_tags_of_the_family_decide_what_is_thought() -> None:
    text = f"{CHANNELS['open_tag']}It may be \\boxed{{25}}.<|end|><|start|>assistant{CHANNELS['close_tag']}I could not."
    assert read_answer(text, **CHANNELS).text == "I could not"


def test_boxes_that_differ_are_named() -> None:
    answer = read_answer(r"</think>\boxed{2} or \boxed{7}")
    assert answer.boxes == ("2", "7")
    assert answer.why_missing == "The answer gives different results: 2 and 7."


def test_an_answer_of_several_lines_is_kept_as_a_block() -> None:
    assert read_answer("</think>_ Q\nQ _\n").block == "_ Q\nQ _"


@given(st.text() | st.lists(st.sampled_from(
    ["\\boxed{", "\\boxed ", "}", "{", "\\", "<answer>", "</answer>", "</think>", "The answer is ", "**", "$", ".", "7", "\n", " "]
)).map("".join))  # fmt: skip
def test_no_text_makes_it_raise_and_every_span_lies_in_the_text(text: str) -> None:
    answer = read_answer(text)
    assert 0 <= answer.span[0] <= answer.span[1] <= len(text)
    assert bool(answer.text) != bool(answer.why_missing)
    assert answer.text in text


@pytest.mark.parametrize(
    "text",
    [
        "\\boxed{" * 200_000,
        "\\boxed{7}" * 200_000,
        "\\boxed" * 200_000,
        "\\boxed " * 100_000,
        "{" * 10**6,
        "\n" * 10**6,
    ],
)
def test_a_million_hostile_characters_are_read(text: str) -> None:
    assert isinstance(read_answer(text).text, str)


@pytest.mark.parametrize(
    ("latex", "keyboard"),
    [
        (r"3 \times 5 + 9", "3 * 5 + 9"), (r"3\cdot5+9", "3*5+9"), (r"18 \div 2", "18 / 2"),
        (r"\left(3 + 5\right)", "(3 + 5)"), (r"\dfrac{8}{2}", "((8)/(2))"), (r"\timesx", r"\timesx"),
    ],
)  # fmt: skip
def test_signs_of_latex_become_those_of_a_keyboard(latex: str, keyboard: str) -> None:
    assert normalise_operators(latex) == keyboard
