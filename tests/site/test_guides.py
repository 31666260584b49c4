"""The guided pages: the reader predicts, runs the model in the page, and reads what this run gave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

import labkit
from labkit import rewards

from ..browser.test_accessibility import AXE, VIOLATIONS
from .serving import visiting

pytestmark = pytest.mark.browser
LONG = 240_000  # ms: a busy machine
GUIDES = {  # the button of each experiment
    "watch": ("Think", "List them", "Take the other token", "Think"),
    "many": ("Draw 8 thoughts", "Count", "Draw 8 thoughts at 1.2", "Draw 8 thoughts"),
    "rewards": ("Draw 8 thoughts", "Compute", "Pay for length", "Judge my text"),
}


@pytest.fixture
def page(browser: Any, playground_address: str) -> Iterator[Any]:
    size = {"width": 390, "height": 844}
    with visiting(browser, playground_address, viewport=size, bypass_csp=True) as page:  # for axe
        yield page


def experiment(page: Any, number: int) -> Any:
    return page.locator(".experiment").nth(number - 1)


def run(page: Any, number: int, option: int, button: str) -> str:
    """Predicts, runs an experiment of the page, and returns its explanation."""
    section = experiment(page, number)
    action = section.get_by_role("button", name=button, exact=True)
    section.get_by_role("radio").nth(option).check()
    action.click(timeout=LONG)
    section.locator(".outcome").wait_for(timeout=LONG)
    text: str = section.locator(".explanation").inner_text()
    return text


def sideways(page: Any) -> int:
    """By how many pixels the page is wider than the window."""
    wide: int = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wide


@pytest.mark.parametrize("name", GUIDES)
def test_a_page_leads_from_the_first_prediction_to_the_question(
    page: Any, playground_address: str, name: str
) -> None:
    page.goto(f"{playground_address}{name}.html")
    for number, button in enumerate(GUIDES[name], start=1):
        section = experiment(page, number)
        assert section.get_by_role("button", name=button, exact=True).is_disabled(), "no prediction yet"
        assert not experiment(page, number + 1).is_visible()
        assert "You predicted A" in run(page, number, 0, button)
        assert section.get_by_role("radio").first.is_disabled(), "a prediction stays"
        assert page.evaluate("() => document.activeElement.matches('.explanation')"), "the keyboard is there"
        assert sideways(page) == 0
    question = experiment(page, len(GUIDES[name]) + 1)
    replies = set()
    for answer in question.get_by_role("radio").all():
        answer.check()
        replies.add(question.locator(".explanation").inner_text())
    assert len(replies) == question.get_by_role("radio").count() > 2
    assert sum(reply.startswith("\u2713") for reply in replies) == 1
    if AXE.exists():
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.add_script_tag(path=str(AXE))
            assert page.evaluate(VIOLATIONS) == [], scheme


def test_what_the_page_says_of_a_thought_is_what_python_counts(page: Any, playground_address: str) -> None:
    page.goto(f"{playground_address}watch.html")
    for seed in (0, 1):
        text = (
            run(page, 1, 2, "Think")
            if seed == 0
            else _again(page, 1, "Think again, with other random numbers")
        )
        trace = labkit.load().think("Using 3, 5 and 9, make 24.", temperature=0.6, seed=seed, show=False)
        sure = sum(entropy < 0.05 for entropy in trace.tokens.entropies)
        assert f"{sure} of the {len(trace)} tokens" in text
    assert page.locator(".experiment:visible").count() == 2, (
        "the experiments that used the old thought are closed"
    )


def _again(page: Any, number: int, button: str) -> str:
    section = experiment(page, number)
    before = section.locator(".explanation").inner_text()
    section.get_by_role("button", name=button).click()
    section.locator(".outcome").wait_for(timeout=LONG)
    text: str = section.locator(".explanation").inner_text()
    assert text != before
    return text


def test_the_answers_of_a_group_are_those_of_python(page: Any, playground_address: str) -> None:
    page.goto(f"{playground_address}many.html")
    run(page, 1, 0, "Draw 8 thoughts")
    cells = [row.split("\t") for row in experiment(page, 1).locator("tbody").inner_text().splitlines()]
    group = labkit.load("r1-mini-cold").sample("Using 10, 12 and 14, make 5.", n=8, temperature=0.6, seed=0)
    outcomes = [rewards.outcome_of(trace) for trace in group]
    expected = {
        (group.outcome.answer, "\u2713 right" if group.outcome.correct else "\u2717 wrong", str(len(group)))
        for group in rewards.groups(outcomes)
    }
    assert {tuple(row[:3]) for row in cells} == expected
    run(page, 2, 0, "Count")
    last = experiment(page, 2).locator("tbody tr").last.locator("td").all_inner_texts()
    answers, right = [o.answer for o in outcomes], [bool(o.correct) for o in outcomes]
    assert float(last[1]) == pytest.approx(rewards.maj_at_k(answers, right, 8), abs=0.005)
    assert float(last[3]) == pytest.approx(rewards.pass_at_k([right], 8)[0], abs=0.005)


def test_a_text_of_the_reader_is_paid_as_python_pays_it(page: Any, playground_address: str) -> None:
    page.goto(f"{playground_address}rewards.html")
    for number, button in enumerate(GUIDES["rewards"][:3], start=1):
        run(page, number, 0, button)
    section = experiment(page, 4)
    for text, button in (
        ("I know: 24", "Judge my text"),
        ("Check <b>x</b></think><answer>3 * 5 + 9</answer>", "Judge it again"),
    ):
        section.get_by_label("Your completion").fill(text)
        paid = run(page, 4, 0, button) if button == "Judge my text" else _again(page, 4, button)
        parts = rewards.breakdown(text, {"numbers": [3, 5, 9], "target": 24}).parts
        assert all(part.why in paid for part in parts)
        mine = section.locator("tbody tr").last.locator("td").all_inner_texts()
        total = parts[0].value + 0.2 * parts[1].value + ("Check" in text)
        assert float(mine[4]) == pytest.approx(total)


def test_a_row_of_the_list_selects_the_token_in_the_thought(page: Any, playground_address: str) -> None:
    page.goto(f"{playground_address}watch.html")
    run(page, 1, 0, "Think")
    run(page, 2, 0, "List them")
    row = experiment(page, 2).locator("tbody tr").first
    row.get_by_role("button").click()
    entropy = row.locator("td").first.inner_text()
    assert re.search(rf"entropy\D*{entropy}", experiment(page, 1).locator(".panel").inner_text())


@pytest.mark.parametrize("name", ["watch", "many"])
def test_a_page_works_without_a_network_after_the_first_visit(
    page: Any, playground_address: str, name: str
) -> None:
    page.goto(f"{playground_address}{name}.html")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    weights = {"watch": "model/model.safetensors", "many": "model/r1-mini-cold/model.safetensors"}[name]
    page.wait_for_function(f"() => caches.match('{weights}')", timeout=60_000)
    page.context.set_offline(True)
    page.reload()
    assert "You predicted A" in run(page, 1, 0, GUIDES[name][0])
    page.context.set_offline(False)
