"""Views without a kernel, drawn from what a notebook saves: what reacts, and what says that it was not saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import labkit
from labkit.inside import fork
from labkit.traces import Trace
from labkit.training import Run
from labkit.views import AttentionView, ForkView, LensView, TrainingView, View
from tests.views import make

from .plain_page import PlainPage

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror=document.title='taken'>"
Draw = Callable[[View], Any]


@pytest.fixture(scope="module")
def thought() -> Trace:
    return labkit.load("r1-mini").think("Using 3, 5 and 9, make 24.", show=False, capture="qk")


@pytest.fixture
def draw(browser: Any) -> Iterator[Draw]:
    """Draws a view from its data alone; its element. After the test, nothing has gone to the console."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    plain = PlainPage(page)

    def drawn(view: View) -> Any:
        place = plain.add_from_data("view", view)
        plain.settle()
        page.locator("#data-view.labkit-live").wait_for()
        return place

    yield drawn
    assert plain.errors == [] and page.title() == "Views"
    page.close()


def test_a_saved_attention_view_shows_its_head_each_weight_and_other_heads_coarsely(
    draw: Draw, thought: Trace
) -> None:
    view = draw(AttentionView(thought, layer=1, head=0))
    assert "nothing is pooled" in view.locator(".legend").inner_text()
    before = view.locator(".looks").inner_text()
    view.locator(".passage").press("ArrowLeft")
    view.page.wait_for_function(
        "([e, was]) => e.innerText !== was", arg=[view.locator(".looks").element_handle(), before]
    )
    view.locator(".heads").press("ArrowDown")
    view.get_by_text("run the cell to see each weight").wait_for()
    assert "Layer 2, head 0" in view.locator(".title").inner_text()
    assert "was not saved" in view.locator(".looks").inner_text()
    assert view.locator(".pool select").is_disabled()
    view.get_by_label("Find heads that").select_option("induction")
    assert view.locator(".best button").count() == 5


def test_a_saved_lens_view_has_both_lenses_and_follows_no_other_token(draw: Draw, thought: Trace) -> None:
    view = draw(LensView(thought, position=150))
    assert view.locator(".alt").count() == 5 and view.locator(".alt").first.is_disabled()
    view.locator("canvas.heat").press("t")
    assert view.get_by_role("radio", name="tuned lens").get_attribute("aria-checked") == "true"
    view.locator("canvas.heat").press("a")
    view.get_by_text("run the cell to see the others").wait_for()
    view.get_by_label("Search the text").fill("check")
    view.get_by_text("1/1").wait_for()
    assert not view.get_by_role("alert").is_visible()


def test_a_saved_fork_view_opens_rollouts_and_lists_alternatives_that_cannot_be_taken(
    draw: Draw, thought: Trace
) -> None:
    view = draw(ForkView(thought, forks=[fork(thought, at=33, replace="0", n=4, max_new_tokens=60)]))
    view.locator(".rows").press("ArrowRight")
    view.locator(".choice").first.wait_for()
    assert all(choice.is_disabled() for choice in view.locator(".choice").all())
    assert "run the cell" in view.locator(".unable").inner_text()
    view.locator(".dot").nth(2).click()
    view.get_by_text("Rollout 2:").wait_for()
    assert not view.get_by_role("button", name="Resample each step").is_visible()


def test_a_saved_training_view_opens_every_thought(draw: Draw) -> None:
    view = draw(TrainingView(Run.load(labkit.data_path("runs", "first-run"))))
    view.get_by_role("radio", name="Kept rollouts").click()
    slider = view.locator(".slide input")
    for _ in range(3):
        before = view.locator(".flow").inner_text()
        slider.press("ArrowLeft")
        view.page.wait_for_function(
            "([e, was]) => e.innerText !== was", arg=[view.locator(".flow").element_handle(), before]
        )
        assert view.locator(".flow .failed").count() == 0
    assert not view.get_by_role("button", name="Stop").is_visible()


@pytest.mark.parametrize("make_view", [AttentionView, ForkView])
def test_hostile_text_in_saved_data_stays_text(draw: Draw, make_view: Callable[[Trace], View]) -> None:
    view = draw(
        make_view(make.captured(make.trace(f"First {EVIL}.\n3 + 5\n</think>\n\n<answer>{EVIL}</answer>")))
    )
    assert view.locator("img[onerror]").count() == 0
