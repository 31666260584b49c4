"""The training page: GRPO in Chromium, with the page's own rules and no foreign request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from labkit.site.train_puzzles import FILE, puzzles_json
from labkit.tasks.countdown import is_test

from ..browser.test_accessibility import AXE, VIOLATIONS
from .serving import visiting


def test_the_committed_puzzles_are_those_of_python_and_no_held_out_numbers_are_trained_on() -> None:
    text = FILE.read_text("utf-8")
    assert text == puzzles_json()
    for split, puzzles in json.loads(text).items():
        for puzzle in puzzles.split(" "):
            *numbers, target = map(int, puzzle.split(","))
            assert is_test(numbers) == (split == "test")
            assert target == sum(numbers)


@pytest.fixture
def page(browser: Any, playground_address: str) -> Iterator[Any]:
    with visiting(browser, playground_address, viewport={"width": 1000, "height": 900}) as page:
        page.goto(f"{playground_address}train.html")
        yield page


@pytest.mark.browser
def test_a_step_of_grpo_runs_in_the_page_and_the_model_thinks_before_and_after_it(page: Any) -> None:
    page.get_by_text("Settings").click()
    page.get_by_label("Steps", exact=True).fill("1")
    page.get_by_label("Puzzles a step").fill("2")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("Paused. Nothing is lost").wait_for()
    page.get_by_role("button", name="Resume").click()
    page.get_by_text("1 step, done").wait_for(timeout=180_000)
    assert page.get_by_text("100 problems)").count() == 1  # the held-out puzzles were judged twice
    chips = page.locator(".chips button")
    assert chips.count() == 8  # the group of one puzzle, with its rewards
    assert {text[0] for text in chips.all_inner_texts()} <= {"\u2713", "\u2717"}
    page.get_by_role("button", name="Think before and after").click()
    page.get_by_role("heading", name="After 1 step").wait_for(timeout=60_000)
    assert page.locator(".before-after .thought").count() == 2
    if AXE.exists():  # it comes with the packages of the front end
        page.evaluate(AXE.read_text("utf-8"))
        assert page.evaluate(VIOLATIONS) == []


@pytest.mark.browser
def test_a_wrong_setting_gets_a_sentence_and_starts_nothing(page: Any) -> None:
    page.get_by_text("Settings").click()
    page.get_by_label("Learning rate").fill("much")
    page.get_by_role("button", name="Start").click()
    page.get_by_text("The learning rate is a number above 0").wait_for()
    assert page.get_by_role("button", name="Pause").is_disabled()
