from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.traces import segment
from labkit.traces.steps import gist_of, kind_of

R1_MINI = """First 3 and 5, leaving 9.
3 + 5 = 8: 8 + 9 = 17 vs 24, no. 9 - 8 = 1 vs 24, no.
Go back. Now 3 and 9, leaving 5.
Check: 3 * 5 = 15, 15 + 9 = 24 vs 24, right.
Give up.
"""
R1 = """Okay, so I need to make 24.

First, 3 times 5.
That is 15.

Wait, what about 9?



15 + 9 = 24. Let me check.

**Final Answer**
24
"""


def test_a_step_of_r1_mini_is_a_line_called_by_its_first_word() -> None:
    steps = segment(R1_MINI, family="r1-mini")
    assert [s.kind for s in steps] == ["plan", "try", "back", "check", "end"]
    assert [s.number for s in steps] == [1, 2, 3, 4, 5]
    assert steps[0].gist == "First 3 and 5, leaving 9."
    assert steps[2].gist == "Go back. Now 3 and 9, leaving 5."


def test_a_step_of_another_family_is_a_paragraph() -> None:
    steps = segment(R1)
    assert [s.kind for s in steps] == ["other", "try", "back", "check", "end"]
    assert R1[steps[1].start : steps[1].end] == "First, 3 times 5.\nThat is 15.\n\n"


def test_the_offset_moves_every_step() -> None:
    here, there = segment(R1), segment(R1, offset=100)
    assert [(s.start + 100, s.end + 100) for s in here] == [(s.start, s.end) for s in there]


def test_a_rule_of_ones_own_takes_the_place_of_the_familys() -> None:
    steps = segment("abcd", family="r1-mini", rule=lambda text: [(0, 1), (2, len(text))])
    assert [(s.start, s.end) for s in steps] == [(0, 1), (2, 4)]


@pytest.mark.parametrize("family", ["r1-mini", ""])
@pytest.mark.parametrize("text", ["", " ", "\n\n \n", "\t"])
def test_a_thought_without_a_word_has_no_steps(text: str, family: str) -> None:
    assert segment(text, family=family) == []


thoughts = st.lists(
    st.sampled_from(["a", "Wait", "1 + 2", "\n", "\n\n", " ", "\t", "\r\n", "\u2028", "é"])
).map("".join)


@given(thoughts | st.text(), st.sampled_from(["r1-mini", "r1"]))
def test_the_steps_tile_the_thought_and_each_holds_a_word(text: str, family: str) -> None:
    steps = segment(text, family=family)
    if not text.strip():
        assert steps == []
        return
    assert "".join(text[s.start : s.end] for s in steps) == text
    assert steps[0].start == 0
    assert all(text[s.start : s.end].strip() for s in steps)
    assert all(s.gist and len(s.gist) <= 60 and "\n" not in s.gist for s in steps)


@given(thoughts)
def test_a_new_step_begins_only_after_a_line_break_and_with_a_line_that_holds_a_word(text: str) -> None:
    for family in ("r1-mini", "r1"):
        for step in segment(text, family=family)[1:]:
            assert text[step.start - 1] == "\n"
            assert text[step.start : step.end].split("\n")[0].strip()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Wait, no", "back"), ("But wait", "back"), ("Hmmm", "back"), ("No, that is 23.", "back"), ("Hold on.", "back"),
        ("Another idea: count them.", "back"), ("Maybe I should count them.", "back"), ("But that can't be.", "back"),
        ("- **Wait**", "back"), ("Nowhere", "other"), ("Checkers", "other"), ("Know", "other"), ("", "other"),
        ("Checking 3", "check"), ("Let me check", "check"), ("Let me double-check", "check"), ("Need check.", "check"),
        ("Wait, let me verify", "check"), ("Hmm, is 91 prime? 7 * 13 = 91. No.", "check"),
        ("Now I need to find x.", "plan"), ("First, I'll count them.", "plan"), ("Next, we look at B.", "plan"),
        ("First term: 243.", "other"), ("First term: 3^5 = 243.", "try"), ("So 3 * 5 = 15.", "try"), ("Thus n is even.", "try"),
        ("Finally, the answer is 4.", "end"), ("## Final answer", "end"), ("So I think the answer is 24.", "end"),
        ("Okay, so I need to find the slope.", "plan"), ("Okay, let's see. The problem is about bands.", "other"),
        ("Let me recap: A is open.", "other"), ("I know that sin(2x) = 2 sin(x) cos(x).", "other"),
    ],
)  # fmt: skip
def test_the_kind_of_a_step_is_its_meaning_and_not_its_first_word(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("First 3 and 5, leaving 9.", "plan"), ("Now 3 and 9, leaving 5.", "plan"), ("Go back. Now 3 and 9.", "back"),
        ("Check: 3 * 5 = 15, 15 + 9 = 24 vs 24, right.", "check"), ("Give up.", "end"), ("3 + 5 = 8: 8 + 9 = 17 vs 24.", "try"),
        ("Firstly", "try"), ("", "try"),
    ],
)  # fmt: skip
def test_the_kind_of_a_line_of_r1_mini_is_told_by_its_first_word(text: str, kind: str) -> None:
    assert kind_of(text, "r1-mini") == kind


@pytest.mark.parametrize(
    "words", ["wait ", "no wait no ", "the ", "a of ", "first, ", "hmm", "is ", "thus a ", "to find "]
)
def test_the_kind_of_a_step_of_repeated_words_is_found_at_once(words: str) -> None:
    began = process_time()
    kind_of(words * 100_000)
    assert process_time() - began < 1


def test_a_gist_is_the_first_sentence_that_says_something() -> None:
    assert gist_of("Wait. That is 23. And more.") == "Wait. That is 23."
    assert gist_of("3 + 5 = 8: 8 + 9 = 17 vs 24, no.") == "3 + 5 = 8:"
    assert gist_of("x" * 100) == "x" * 59 + "…"
    assert gist_of("\n" * 1000 + "Late.") == "Late."


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", [" " * 10**6, "\n" * 10**6, "\n " * 500_000, " x" * 500_000, "a\n\n" * 100_000]
)
def test_a_million_characters_are_cut_into_steps_in_linear_time(text: str) -> None:
    for family in ("r1-mini", "r1"):
        segment(text, family=family)  # the regular expressions that stood here took hours on blanks
