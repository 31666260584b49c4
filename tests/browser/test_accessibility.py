"""Every view for a reader with a screen reader, a keyboard alone, a contrast theme, large letters, or no wish for motion.

axe-core judges plain pages, because it cannot measure contrasts inside JupyterLab's own boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from labkit.views import TokenView, View
from labkit.views.core.view import STATIC
from tests.views import make
from tests.views.every_view import EXAMPLES

from .conftest import REPO
from .plain_page import PlainPage

pytestmark = pytest.mark.browser

AXE = REPO / "labkit/frontend/node_modules/axe-core/axe.min.js"
VIOLATIONS = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map((n) => `${id}: ${n.target.flat().join(" ")} | ${n.failureSummary}`));
}"""
ACTIVE = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}"""
FOCUSED = (
    f"""(selector) => {{ const e = ({ACTIVE})(); return [e.matches(selector), e === document.body]; }}"""
)
OUTLINE = f"""() => {{
  const element = ({ACTIVE})();
  const {{ outlineStyle, outlineWidth }} = getComputedStyle(element);
  return [outlineStyle, parseFloat(outlineWidth), element.outerHTML.slice(0, 80)];
}}"""
# What reaches over the right edge of its view and cannot be scrolled to.
OUTSIDE = """(host) => {
  const root = host.firstElementChild.shadowRoot, view = root.querySelector(".view");
  const edge = view.getBoundingClientRect().right + 1;
  const scrolls = (e) => e && e !== view && (["auto", "scroll"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  return [...view.querySelectorAll("*")]
    .filter((e) => !e.classList.contains("sr") && e.getBoundingClientRect().right > edge && !scrolls(e.parentElement))
    .map((e) => e.outerHTML.slice(0, 80));
}"""
MOVING = "(host) => host.firstElementChild.shadowRoot.getAnimations().length"
MOST_STOPS = 60  # of the Tab key in one view


class Action(NamedTuple):
    """What a reader does first in a view: where the keys go, the key, and what changes."""

    place: str
    key: str
    result: str


ACTIONS = {
    "token": Action(".flow", "ArrowRight", ".panel"),
    "text": Action(".flow", "ArrowRight", ".panel"),
    "attention": Action(".passage", "ArrowRight", ".looks"),
    "lens": Action("canvas.heat", "ArrowRight", ".panel"),
    "fork": Action(".rows", "ArrowRight", ".panel"),
    "reward": Action("button.open", "Enter", "table"),
    "traces": Action(".grid", "Enter", ".title"),
    "training": Action(".slide input", "ArrowLeft", ".slide"),
    "scaling": Action(".chart", "ArrowRight", ".tip"),
    "compare": Action(".flow", "ArrowRight", ".panel"),
    "catalog": Action("tbody button", "Enter", "tbody"),
    "cost": Action("input[type=range]", "ArrowRight", ".verdict"),
}
DETAILS = (".dot", "summary", "text=Show me the code", "text=Steps")  # what opens more of some view

NewPage = Callable[..., PlainPage]


@pytest.fixture
def new_page(browser: Any) -> Iterator[NewPage]:
    """Makes plain pages, and closes them after the test."""
    pages: list[Any] = []

    def make_page(*, dark: bool = False, width: int = 1000, height: int = 900) -> PlainPage:
        pages.append(browser.new_page(viewport={"width": width, "height": height}))
        return PlainPage(pages[-1], dark=dark)

    yield make_page
    for page in pages:
        page.close()


def live(plain: PlainPage) -> None:
    """Every view live, and then used as a reader uses it first."""
    for name, example in EXAMPLES.items():
        view = plain.add_live(name, example())
        plain.settle()
        place, key, _ = ACTIONS[name]
        view.locator(place).first.press(key)
        for details in DETAILS:
            if view.locator(details).count() and view.locator(details).first.is_visible():
                view.locator(details).first.click()


def outlined(plain: PlainPage) -> None:
    """The outline of a thought, with a section that is closed and one that is open."""
    view = plain.add_live("token", EXAMPLES["token"]())
    view.get_by_role("button", name="Outline").click()
    view.locator(".section").first.click()


def saved_html(plain: PlainPage) -> None:
    """Every view as GitHub or a notebook without the plugin shows it."""
    for name, example in EXAMPLES.items():
        plain.add_saved(name, example().as_html())


def from_data(plain: PlainPage) -> None:
    """Every view as a page without a kernel draws it."""
    drawn = [name for name, example in EXAMPLES.items() if _is_drawn(example())]
    for name in drawn:
        plain.add_from_data(name, EXAMPLES[name]())
    plain.settle()
    for name in drawn:
        plain.page.locator(f"#data-{name}").scroll_into_view_if_needed()
        plain.page.locator(f"#data-{name}.labkit-live").wait_for(state="attached")


def _is_drawn(view: View) -> bool:
    return (STATIC / "saved" / f"{view.kind}.js").exists() and "data" in view.saved_payload()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("face", [live, outlined, saved_html, from_data])
def test_axe_finds_no_violation(new_page: NewPage, face: Callable[[PlainPage], None], dark: bool) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in labkit/frontend")
    plain = new_page(dark=dark)
    face(plain)
    plain.settle()
    plain.page.add_script_tag(path=AXE)
    assert plain.page.evaluate(VIOLATIONS) == []
    assert plain.errors == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_keyboard_alone_is_enough_and_the_focus_is_visible(new_page: NewPage, name: str) -> None:
    plain = new_page()
    view = plain.add_live(name, EXAMPLES[name]())
    plain.settle()
    place, key, result = ACTIONS[name]
    before = view.locator(result).first.inner_text()
    acted = False
    for _ in range(MOST_STOPS):
        plain.page.keyboard.press("Tab")
        here, left = plain.page.evaluate(FOCUSED, place)
        if left:
            break
        style, width, element = plain.page.evaluate(OUTLINE)
        assert style != "none" and width >= 2, f"no focus is visible on {element}"
        if here and not acted:
            plain.page.keyboard.press(key)
            plain.settle()  # what the key changes may be drawn anew, with the element that would have the focus next
            acted = True
    assert acted, f"the Tab key does not reach {place}"
    assert view.locator(result).first.inner_text() != before


@pytest.mark.parametrize("name", EXAMPLES)
def test_at_twice_the_size_everything_is_within_the_page(new_page: NewPage, name: str) -> None:
    plain = new_page(width=640, height=450)  # a window of 1,280 by 900 at 200 %
    view = plain.add_live(name, EXAMPLES[name]())
    plain.settle()
    assert view.evaluate(OUTSIDE) == []
    assert plain.page.evaluate("document.documentElement.scrollWidth") <= 640


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_leave_text_and_selection_visible(new_page: NewPage, scheme: str) -> None:
    plain = new_page()
    plain.page.emulate_media(forced_colors="active", color_scheme=scheme)
    token = plain.add_live("token", EXAMPLES["token"]())
    lens = plain.add_live("lens", EXAMPLES["lens"]())
    plain.settle()
    token.locator("[data-i='12']").click()
    chosen = token.locator("[data-i='12']").evaluate(
        "(e) => [getComputedStyle(e).outlineStyle, getComputedStyle(e).color, getComputedStyle(document.body).color]"
    )
    assert chosen[0] == "solid" and chosen[1] == chosen[2], "the system's text colour, and an outline"
    on = token.locator("[role=radio][aria-checked=true]").evaluate("(e) => getComputedStyle(e).outlineStyle")
    assert on == "solid"
    background = 0 if scheme == "dark" else 255
    assert abs(lens.locator("canvas.heat").evaluate(MEAN_OF_CELLS) - background) > 20, "cells have colours"
    assert lens.locator("canvas.heat").evaluate(COLORS_OF_CELLS) > 50, "and text in another colour"


CELLS = (
    "const data = e.getContext('2d').getImageData(e.width / 3, e.height / 4, e.width / 2, e.height / 2).data"
)
MEAN_OF_CELLS = f"(e) => {{ {CELLS}; return data.reduce((a, b, i) => a + (i % 4 === 0 ? b : 0), 0) / (data.length / 4); }}"
COLORS_OF_CELLS = f"(e) => {{ {CELLS}; return new Set(new Uint32Array(data.buffer)).size; }}"


def test_nothing_moves_for_a_reader_who_wants_no_motion(new_page: NewPage) -> None:
    moving = {}
    for wish in ("no-preference", "reduce"):
        plain = new_page()
        plain.page.emulate_media(reduced_motion=wish)
        view = TokenView(make.trace())
        view.scene = {**view.scene, "running": True}
        place = plain.add_live("token", view)
        plain.settle()
        moving[wish] = place.evaluate(MOVING)
    assert moving["no-preference"] > 0 and moving["reduce"] == 0
