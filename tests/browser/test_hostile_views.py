"""Markup in a prompt, a thought, the name of a model or a vocabulary is text in every face of every view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from labkit.views.core.saved import read_payload
from tests.views.every_view import HOSTILE_EXAMPLES

from .plain_page import PlainPage
from .test_accessibility import ACTIONS

pytestmark = pytest.mark.browser

# Whether any markup ran, and the elements that it became, shadow roots included.
HURT = """() => {
  const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
  const made = all(document.querySelector("main")).filter((e) => e.matches("img[src=x], script:not([type*=json])"));
  return [window.hurt ?? 0, made.map((e) => e.outerHTML)];
}"""
TEXT = """(host) => {
  const texts = (root) => [...root.childNodes].map((n) => n.nodeType === 3 ? n.data : texts(n) + (n.shadowRoot ? texts(n.shadowRoot) : "")).join("");
  return texts(host);
}"""


@pytest.fixture
def plain(browser: Any) -> Iterator[PlainPage]:
    page = browser.new_page()
    yield PlainPage(page)
    page.close()


@pytest.mark.parametrize("name", HOSTILE_EXAMPLES)
def test_a_live_view_shows_markup_as_text(plain: PlainPage, name: str) -> None:
    view = plain.add_live(name, HOSTILE_EXAMPLES[name]())
    plain.settle()
    place, key, _ = ACTIONS[name]
    view.locator(place).first.press(key)
    plain.settle()
    assert plain.page.evaluate(HURT) == [0, []]
    assert "<img src=x" in view.evaluate(TEXT)
    assert plain.errors == []


@pytest.mark.parametrize("name", HOSTILE_EXAMPLES)
def test_saved_html_shows_markup_as_text(plain: PlainPage, name: str) -> None:
    saved = plain.add_saved(name, HOSTILE_EXAMPLES[name]().as_html())
    plain.settle()
    assert plain.page.evaluate(HURT) == [0, []]
    assert "<img" in saved.inner_text()


@pytest.mark.parametrize("name", HOSTILE_EXAMPLES)
def test_saved_data_is_drawn_as_text(plain: PlainPage, name: str) -> None:
    view = HOSTILE_EXAMPLES[name]()
    assert read_payload(view.saved_payload()) is not None
    drawn = plain.add_from_data(name, view)
    plain.settle()
    plain.page.locator(f"#data-{name}.labkit-live").wait_for(state="attached")
    place, key, _ = ACTIONS[name]
    drawn.locator(place).first.press(key)
    plain.settle()
    assert plain.page.evaluate(HURT) == [0, []]
    assert plain.errors == []


@pytest.mark.parametrize("name", HOSTILE_EXAMPLES)
def test_the_line_of_text_and_the_picture_hold_no_markup(name: str) -> None:
    view = HOSTILE_EXAMPLES[name]()
    line = view.as_text()
    assert line.isprintable() and "\n" not in line
    png = view.as_png()
    assert png.startswith(b"\x89PNG") and b"<img" not in png
