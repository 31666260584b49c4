"""The task `exact`: the whole answer counts, however long it is."""

from __future__ import annotations

from labkit.rewards import breakdown


def correct(answer: str, expected: str) -> bool:
    return breakdown(f"<think>So.</think>{answer}", {"answer": expected}).parts[0].value == 1.0


def test_blanks_case_and_a_final_full_stop_make_no_difference() -> None:
    assert correct("  The   Sun. ", "the sun") and not correct("The moon", "the sun")


def test_long_answers_that_differ_at_their_end_are_different() -> None:
    long = "word " * 4_000
    assert correct(f"{long}yes", f"{long}yes") and not correct(f"{long}no", f"{long}yes")
