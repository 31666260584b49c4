"""A view that is saved as a page of its own: what the file holds, and what a browser without a network makes of it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import labkit.views
from labkit import LabkitError, __version__
from labkit._host.notebook import VIEW_MIME
from labkit.views.core import page as pages
from labkit.views.core.saved import read_payload
from labkit.views.core.view import View

from . import make
from .every_view import EXAMPLES, HOSTILE_EXAMPLES

HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\x1b[31m"
)
CODE = 75_000  # characters of a page without its data and its picture: the script, the styles and the frame


class Page(HTMLParser):
    """The scripts, the policy and the text of a page, as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.data: list[dict[str, Any]] = []
        self.policy = self.title = ""
        self.loaded: list[str] = []
        self.handlers: list[str] = []
        self._open: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.loaded += [values[name] for name in ("src", "href") if name in values]
        self.handlers += [name for name in values if name.startswith("on")]
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        self._open = values.get("type", "code") if tag == "script" else tag if tag == "title" else None

    def handle_data(self, text: str) -> None:
        if self._open == "code":
            self.scripts.append(text)
        elif self._open == VIEW_MIME:
            self.data.append(json.loads(text))
        elif self._open == "title":
            self.title += text
        self._open = None


@pytest.mark.slow
@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_file_holds_one_script_its_data_and_its_picture_and_asks_for_nothing(
    tmp_path: Path, kind: str
) -> None:
    view = EXAMPLES[kind]()
    path = view.save(tmp_path / "view.html")
    text = path.read_text("utf-8")
    page = Page(text)
    (script,) = page.scripts
    assert f"'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}'" in page.policy
    assert page.policy.startswith("default-src 'none'") and "script-src 'unsafe" not in page.policy
    (data,) = page.data
    assert json.dumps(read_payload(data)) == json.dumps(read_payload(view.saved_payload()))
    assert [url for url in page.loaded if not url.startswith("data:")] == []
    assert view.as_html() in text and f"labkit {__version__}" in text
    assert page.title == view.as_text()
    assert len(text) - len(data["data"]) - len(view.as_html()) <= CODE
    if kind != "catalog":  # it holds how much memory is free now
        assert EXAMPLES[kind]().save(tmp_path / "twice.html").read_bytes() == path.read_bytes()


def test_no_script_could_end_its_element() -> None:
    assert set(EXAMPLES) - {"text"} == set(pages.drawable_kinds())
    for script in pages.scripts_of(pages.drawable_kinds()):
        assert "</script" not in script.lower() and "<!--" not in script and "\r" not in script


def test_hostile_text_is_no_part_of_the_page(tmp_path: Path) -> None:
    view = labkit.views.TokenView(make.trace(HOSTILE, prompt=HOSTILE + "\ud800", model=HOSTILE))
    page = Page(view.save(tmp_path / "hostile.html").read_text("utf-8"))
    assert page.handlers == [] and len(page.scripts) == 1 and len(page.data) == 1
    assert [url for url in page.loaded if not url.startswith("data:")] == []


def test_a_name_without_an_ending_gets_one_and_a_file_is_replaced(tmp_path: Path) -> None:
    view = EXAMPLES["cost"]()
    (tmp_path / "cost.html").write_text("old")
    assert view.save(str(tmp_path / "cost")) == tmp_path / "cost.html"
    assert (tmp_path / "cost.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert view.save(tmp_path / "cost.HTM").name == "cost.HTM"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cost.HTM", "cost.html"]


@pytest.mark.parametrize(
    ("path", "reads"),
    [
        ("view.png", "cannot be saved as .png"),
        ("v.1", "as .1"),
        ("", "needs a file name"),
        (3, "is not a path"),
    ],
)
def test_another_name_gets_a_sentence(path: Any, reads: str) -> None:
    with pytest.raises(LabkitError, match=reads) as error:
        EXAMPLES["cost"]().save(path)
    assert 'view.save("' in str(error.value)


def test_a_missing_folder_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LabkitError, match="could not be written") as error:
        EXAMPLES["cost"]().save(tmp_path / "no" / "view.html")
    assert "the view is still in memory" in str(error.value)


def test_a_thought_that_grows_is_saved_as_a_picture(tmp_path: Path) -> None:
    view = labkit.views.TokenView.stream(make.builder(make.trace()), threading.Event())
    page = Page(view.save(tmp_path / "growing.html").read_text("utf-8"))
    assert page.scripts == [] and page.data == [] and "script-src 'none'" in page.policy


# -- in Chromium, from the disk ------------------------------------------------------------------


class Opened:
    """A page opened from the disk, and what it complained of."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page = browser.new_page(**options)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Any:
    """Opens the page of a view."""
    pages: list[Any] = []

    def open_view(view: View, *, change: Callable[[str], str] = str, **options: Any) -> Opened:
        path = view.save(tmp_path / "view.html")
        path.write_text(change(path.read_text("utf-8")), encoding="utf-8", newline="\n")
        pages.append(Opened(browser, path, **options))
        return pages[-1]

    yield open_view
    for each in pages:
        each.page.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_click_on_a_token_shows_its_alternatives(opened: Any, width: int, dark: bool) -> None:
    shown = opened(
        EXAMPLES["token"](),
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
    )
    shown.page.locator(".labkit-live [data-i='29']").click()
    shown.page.wait_for_selector("text=token 30 of 93")
    assert shown.page.locator(".alt").count() == 5
    assert shown.page.locator(".view.dark").count() == int(dark)
    assert not shown.page.locator(".labkit-saved").is_visible()
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    cut = "e => [...e.querySelectorAll('button')].filter(b => b.getBoundingClientRect().right > e.getBoundingClientRect().right)"
    assert shown.page.locator(".view").evaluate(f"e => ({cut})(e).length") == 0
    assert shown.complaints == [] and len(shown.requests) == 1


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("kind", EXAMPLES)
def test_each_view_is_drawn_on_a_phone(opened: Any, kind: str) -> None:
    shown = opened(EXAMPLES[kind](), viewport={"width": 390, "height": 800})
    shown.page.locator(".labkit-live .view").wait_for()
    shown.page.wait_for_timeout(300)
    assert not shown.page.locator(".labkit-saved").is_visible()
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert shown.complaints == [] and len(shown.requests) == 1


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE_EXAMPLES)
def test_each_view_shows_hostile_text_as_text(opened: Any, kind: str) -> None:
    shown = opened(HOSTILE_EXAMPLES[kind]())
    shown.page.locator(".labkit-live .view").wait_for()
    shown.page.wait_for_timeout(300)
    assert shown.page.evaluate("window.hurt") is None
    assert shown.complaints == [] and len(shown.requests) == 1


@pytest.mark.browser
def test_a_view_is_saved_in_the_language_that_was_set(opened: Any) -> None:
    labkit.set_language("de")
    try:
        shown = opened(EXAMPLES["token"]())
    finally:
        labkit.set_language(None)
    shown.page.wait_for_selector(".labkit-live [aria-label='Token-Ansicht']")
    assert shown.complaints == []


@pytest.mark.browser
def test_hostile_text_does_not_run(opened: Any) -> None:
    shown = opened(labkit.views.TokenView(make.trace(HOSTILE, prompt=HOSTILE + "\ud800", model=HOSTILE)))
    shown.page.wait_for_selector(".labkit-live .flow")
    assert shown.page.title() != "owned" and len(shown.requests) == 1
    assert shown.complaints == []


@pytest.mark.browser
def test_without_javascript_the_picture_stays(opened: Any) -> None:
    shown = opened(EXAMPLES["token"](), java_script_enabled=False)
    assert shown.page.locator(".labkit-saved").is_visible()
    assert shown.page.locator("text=93 tokens, came to its end").is_visible()


@pytest.mark.browser
def test_damaged_data_leaves_the_picture(opened: Any) -> None:
    shown = opened(EXAMPLES["token"](), change=lambda text: text.replace('"data":"', '"data":"AAAA'))
    shown.page.wait_for_timeout(500)
    assert shown.page.locator(".labkit-saved").is_visible() and len(shown.complaints) == 1


@pytest.mark.browser
def test_a_script_that_is_slipped_in_does_not_run(opened: Any) -> None:
    """The policy holds: it is not only that nothing tries."""
    slipped = "<script>document.title = 'owned'</script><img src='http://127.0.0.1:9/x.png'></main>"
    shown = opened(EXAMPLES["cost"](), change=lambda text: text.replace("</main>", slipped))
    shown.page.wait_for_selector(".labkit-live")
    assert shown.page.title() == "CostView()"
    assert len(shown.complaints) == 2 and all("Content Security" in text for text in shown.complaints)
