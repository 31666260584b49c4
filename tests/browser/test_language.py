"""The views in another language: nothing stays English, nothing is cut, and an open view changes with the page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import labkit
from labkit.views import View
from labkit.views.core.language import set_language
from tests.views import make
from tests.views.every_view import EXAMPLES, thought

from .conftest import REPO
from .plain_page import PlainPage
from .test_accessibility import ACTIONS, OUTSIDE

pytestmark = pytest.mark.browser

GERMAN = json.loads((REPO / "labkit/frontend/locales/de.json").read_text("utf-8"))
SEEN = ("title", "aria-label", "placeholder", "aria-valuetext", "aria-roledescription")
TEXTS = f"""(host) => {{
  const view = host.firstElementChild.shadowRoot.querySelector(".view"), texts = new Set();
  const walk = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) texts.add(node.textContent);
  for (const element of [view, ...view.querySelectorAll("*")])
    for (const name of {list(SEEN)}) texts.add(element.getAttribute(name) ?? "");
  return [...texts];
}}"""
CUT = """(host) => [...host.firstElementChild.shadowRoot.querySelectorAll("button, th, figcaption span, label, legend")]
  .filter((e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"""
# Names, code and rows of data that are the same in every language, by view.
DATA = {
    "token": "log",
    "text": "So Wait",
    "reward": "countdown accuracy think format GRPO Dr RLOO KL",
    "compare": "KL log",
    "scaling": "pass maj",
    "traces": "How many The answer is",
    "fork": "fork labkit inside trace seed max new tokens print tree",
}


@pytest.fixture(autouse=True)
def no_language() -> Iterator[None]:
    yield
    set_language(None)


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[[], PlainPage]]:
    """Makes plain pages in which a view is 900 points wide, and closes them after the test."""
    pages: list[Any] = []

    def make_page() -> PlainPage:
        pages.append(browser.new_page(viewport={"width": 932, "height": 900}))
        return PlainPage(pages[-1])

    yield make_page
    for page in pages:
        page.close()


def used(plain: PlainPage, name: str, view: View) -> Any:
    """A view as after the reader's first action."""
    place = plain.add_live(name, view)
    plain.settle()
    action = ACTIONS[name]
    place.locator(action.place).first.press(action.key)
    plain.page.wait_for_timeout(700)
    return place


def marked_words() -> str:
    """A script that gives the page a language in which each sentence is ⟦its digits and places⟧."""
    table = {**GERMAN["views"], **GERMAN["python"]}
    words = {
        key: "⟦" + "".join(re.findall(r"[{]\w+[}]|[^A-Za-z]", key.removeprefix("~"))) + "⟧" for key in table
    }
    return f"globalThis[Symbol.for('labkit.words')] = new Map(Object.entries({json.dumps(words)}));"


def model_texts() -> list[str]:
    """What the models of the examples read and wrote, and the special tokens of their vocabulary."""
    run = labkit.training.Run.load(labkit.data_path("runs", "first-run"))
    traces = [make.trace(), thought(), *(kept.trace for kept in (*run.watched, *run.kept))]
    texts = [text for trace in traces for text in (trace.model, trace.prompt, trace.text)]
    pieces = [piece.text for t in range(len(thought())) for piece in thought().token(t).alternatives]
    return [*texts, *pieces, "User Assistant begin of sentence end think answer"]


def words_of(*texts: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}", " ".join(texts)))


@pytest.mark.parametrize(
    "name", [name for name in EXAMPLES if name not in ("catalog", "cost")]
)  # those show tables
def test_no_word_of_labkit_stays_english(new_page: Callable[[], PlainPage], name: str) -> None:
    view = EXAMPLES[name]()
    view._esm = marked_words() + view._esm
    texts = used(new_page(), name, view).evaluate(TEXTS)
    data = words_of(*model_texts(), json.dumps(view.scene), DATA.get(name, ""))
    assert {word for text in texts for word in words_of(text)} - data == set()
    assert sum("⟦" in text for text in texts) > 10


@pytest.mark.parametrize("name", EXAMPLES)
def test_german_words_fit_at_900_points(new_page: Callable[[], PlainPage], name: str) -> None:
    set_language("de")
    plain = new_page()
    place = used(plain, name, EXAMPLES[name]())
    assert place.evaluate(OUTSIDE) == place.evaluate(CUT) == plain.errors == []


def test_an_open_view_changes_with_the_language_and_keeps_its_selection(
    new_page: Callable[[], PlainPage],
) -> None:
    plain = new_page()
    first = used(plain, "token", EXAMPLES["token"]())
    assert first.get_by_text("token 1 of").first.is_visible()
    set_language("de")
    plain.add_live("text", EXAMPLES["text"]())
    plain.settle()
    assert first.get_by_text("Token 1 von").first.is_visible()
    assert plain.page.locator("#live-token > *").count() == 1, "the English one is gone"
    set_language("en")
    plain.add_live("cost", EXAMPLES["cost"]())
    plain.settle()
    assert first.get_by_text("token 1 of").first.is_visible()
    assert plain.errors == []
