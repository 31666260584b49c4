"""The outline of a thought."""

from __future__ import annotations

import json
from itertools import chain, pairwise
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.traces import Trace
from labkit.traces.outline import MAX_SECTIONS, TURNS, section_starts
from labkit.traces.steps import Kind

THOUGHTS = Path(__file__).resolve().parents[3] / "shared/thoughts"
LINES = (
    "First a.",
    "3 + 5 = 8.",
    "Wait, no.",
    "Check: 8.",
    "Therefore 8.",
    "Let me see.",
    "It is 5.",
    "é思🦉",
    "",
)

thoughts = st.lists(st.sampled_from(LINES), max_size=150).map("\n\n".join)


@given(thoughts, st.sampled_from(["r1-mini", ""]))
def test_sections_cover_all_steps_in_order_and_fit_a_page(text: str, family: str) -> None:
    trace = Trace.from_text("p", f"<think>{text}</think>8", family=family)
    outline = trace.outline
    assert list(chain.from_iterable(section.steps for section in outline)) == trace.steps
    assert len(outline) <= MAX_SECTIONS
    assert [section.number for section in outline] == list(range(1, len(outline) + 1))
    assert all(before.end <= after.start for before, after in pairwise(outline))
    assert sum(section.share for section in outline) == pytest.approx(1 if outline else 0)
    assert all(section.steps[0].kind in TURNS for section in outline[1:])


@given(st.lists(st.sampled_from([*get_args(Kind), "own"]), max_size=80), st.integers(1, 8))
def test_the_limit_joins_no_more_sections_than_it_must(kinds: list[str], limit: int) -> None:
    starts, free = section_starts(kinds, limit), section_starts(kinds, len(kinds) + 1)
    assert set(starts) <= {i for i, kind in enumerate(kinds) if kind in TURNS} | {0}
    assert len(starts) <= limit
    if len(free) <= limit:
        assert starts == free


def test_a_section_has_the_title_of_its_plan_and_counts_its_kinds() -> None:
    text = "First, let's add 3 + 5.\n\n3 + 5 = 8.\n\nWait, no.\n\nLet me use 9.\n\n9 * 3 = 27.\n\nCheck: 27.\n\nSo the answer is 27."
    first, second = Trace.from_text("p", f"<think>{text}</think>27").outline
    assert (first.title, second.title) == ("First, let's add 3 + 5.", "Let me use 9.")
    assert (first.kinds, second.kinds) == (
        {"plan": 1, "try": 1},
        {"back": 1, "plan": 1, "try": 1, "check": 1, "end": 1},
    )
    assert (first.tokens, second.tokens) == (11, 18)  # words
    assert (first.is_checked, second.is_checked) == (False, True)


def test_an_outline_prints_a_line_a_section() -> None:
    outline = Trace.from_text(
        "p", "<think>First, I'll take 3.\n\n3 = 3.\n\nWait.\n\nCheck: 3.</think>3"
    ).outline
    heading, *lines = str(outline).splitlines()
    assert heading.split() == ["Section", "Tokens", "Share", "Steps"]
    assert [line.split()[0] for line in lines] == ["1", "2"]
    assert "50%" not in lines[0] and "1 plan, 1 try" in lines[0] and "ends with a check" in lines[1]
    assert "no steps" in str(Trace.from_text("p", "8").outline)


def test_a_copy_with_another_text_has_another_outline() -> None:
    trace = Trace.from_text("p", "<think>First, I'll take 3.\n\n3 = 3.\n\nWait.</think>3")
    assert len(trace.outline) == 2
    assert len(trace.model_copy(update={"text": "<think>First 3.</think>"}).outline) == 1


@pytest.mark.skipif(not THOUGHTS.is_dir(), reason="the real thoughts are not in this copy")
def test_the_outlines_of_real_thoughts_are_shorter_than_their_steps_and_fit_a_page() -> None:
    rows = [row for file in sorted(THOUGHTS.glob("*.json")) for row in json.loads(file.read_text("utf-8"))]
    assert len(rows) == 10
    sections = []
    for row in rows:
        text = f"<think>{row['message_thinking']}</think>{row['message_content']}"
        trace = Trace.from_text(row["problem"], text)
        assert 1 <= len(trace.outline) <= min(MAX_SECTIONS, len(trace.steps) - 1)
        assert len(str(trace.outline).splitlines()) == 1 + len(trace.outline)
        sections.append(len(trace.outline))
    assert sum(n > 1 for n in sections) >= 8


def test_a_printed_outline_cannot_control_a_terminal() -> None:
    text = "<think>First \x1b[31mred\x1b[0m.\n\n3 + 5 = 8.\n\nWait, a longer title.</think>4"
    printed = str(Trace.from_text("2 + 2?", text).outline)
    assert "\x1b" not in printed and "First red." in printed
    heading, *lines = printed.splitlines()
    assert {line[: heading.index("Tokens") + 6].rstrip()[-1:].isdigit() for line in lines} == {True}
