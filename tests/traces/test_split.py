from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.traces import split

# text, opened by the template, thought, answer, closed
CASES = [
    # the four cases of the design
    ("<think>A</think>B", False, "A", "B", True),
    ("A</think>B", True, "A", "B", True),
    ("B", False, "", "B", False),
    ("A", True, "A", "", False),
    ("<think>A", False, "A", "", False),
    # nobody told that the template opened: the closing tag does
    ("A</think>B", False, "A", "B", True),
    # a model that repeats the template's tag
    ("<think>A</think>B", True, "A", "B", True),
    ("\n <think>A", True, "A", "", False),
    # nothing inside, or nothing after
    ("", False, "", "", False),
    ("", True, "", "", False),
    ("<think></think>", False, "", "", True),
    ("</think>", True, "", "", True),
    ("</think>B", False, "", "B", True),
    ("<think>", False, "", "", False),
    # words before the thought are neither; so it stays while the thought streams in
    ("Sure! <think>A", False, "A", "", False),
    ("Sure! <think>A</think>B", False, "A", "B", True),
    # nested and mentioned inside the thought
    ("<think>A<think>B</think>C</think>D", False, "A<think>B</think>C", "D", True),
    ("<think>a <think> tag opens</think>B", False, "a <think> tag opens", "B", True),
    ("A <think>B</think>C", True, "A <think>B", "C", True),
    # repeated: everything up to the last closing tag was thought
    ("<think>A</think>B<think>C</think>D", False, "A</think>B<think>C", "D", True),
    ("A</think>B</think>C", True, "A</think>B", "C", True),
    ("A</think>B<think>C</think>D", False, "A</think>B<think>C", "D", True),
    # it thinks again, and is cut off: there is no answer yet
    ("A</think>B\n<think>C", True, "A</think>B\n<think>C", "", False),
    ("A</think>\n  <think>C", True, "A</think>\n  <think>C", "", False),
    ("A</think><think>", True, "A</think><think>", "", False),
    # ... but an answer may talk about the tag
    ("A</think>The tag <think> opens it.", True, "A", "The tag <think> opens it.", True),
    # half a tag is text; so is a tag in another case
    ("A</thin", True, "A</thin", "", False),
    ("A</THINK>B", True, "A</THINK>B", "", False),
]


@pytest.mark.parametrize(("text", "opened", "thought", "answer", "closed"), CASES)
def test_each_tag_case_has_the_reading_of_the_table(
    text: str, opened: bool, thought: str, answer: str, closed: bool
) -> None:
    parts = split(text, opened=opened)
    assert (text[slice(*parts.thinking)], text[slice(*parts.answer)]) == (thought, answer)
    assert parts.closed is closed


def test_a_family_without_tags_only_answers() -> None:
    assert split("<think>A</think>B", close_tag="").answer == (0, 17)


def test_another_familys_tags_are_read_in_the_same_way() -> None:
    text = "[THINK]A[/THINK]B"
    parts = split(text, open_tag="[THINK]", close_tag="[/THINK]")
    assert (text[slice(*parts.thinking)], text[slice(*parts.answer)]) == ("A", "B")


def test_a_family_of_which_only_the_template_opens_closes_by_itself() -> None:
    text = "A</think>B"
    parts = split(text, open_tag="", opened=True)
    assert (text[slice(*parts.thinking)], text[slice(*parts.answer)]) == ("A", "B")
    assert split("B", open_tag="").answer == (0, 1)


fragments = st.lists(
    st.sampled_from(["<think>", "</think>", "A", "B", "\n", " ", "<", "think>", "é", "😀"])
).map("".join)


@given(fragments | st.text(), st.booleans())
def test_thought_and_answer_lie_in_the_text_in_that_order_and_do_not_overlap(text: str, opened: bool) -> None:
    (a, b), (c, d) = (parts := split(text, opened=opened)).thinking, parts.answer
    assert 0 <= a <= b <= len(text)
    assert 0 <= c <= d <= len(text)
    assert b <= c
    assert d == len(text)
    assert parts.closed is (text[b:c] == "</think>")


@given(fragments, st.booleans())
def test_the_answer_is_what_the_r1_template_keeps_unless_it_thinks_again(text: str, opened: bool) -> None:
    parts = split(text, opened=opened)
    if parts.closed:
        assert text[slice(*parts.answer)] == text.split("</think>")[-1]


@given(fragments, st.booleans())
def test_while_a_thought_streams_in_no_answer_shows_before_its_closing_tag(text: str, opened: bool) -> None:
    seen = [split(text[:end], opened=opened) for end in range(len(text) + 1)]
    for end, parts in enumerate(seen):
        told = opened or text[:end].lstrip().startswith("<think>")
        if told and parts.answer[0] < parts.answer[1]:
            assert "</think>" in text[:end]


def test_a_million_characters_of_tags_are_split_at_once() -> None:
    for text in (
        "<think>" * 150_000,
        "</think>" * 125_000,
        "<think></think>" * 70_000,
        "\n" * 10**6,
        " " * 10**6,
    ):
        parts = split(text, opened=True)
        assert parts.answer[1] == len(text)
