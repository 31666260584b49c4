"""The attention view in a real JupyterLab, driven by a real Chromium."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

pytestmark = pytest.mark.browser

MADE = "import make, labkit\ntrace = make.captured()\nlabkit.AttentionView(trace, layer=1, head=2, token=40)"
WATCH = """() => {
  window.asked = [];
  const model = window.jupyterapp;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    const text = typeof data === "string" ? data : new TextDecoder().decode(data);
    for (const [, kind] of text.matchAll(/"ask":"(\\w+)"/g)) window.asked.push(kind);
    return send.call(this, data);
  };
}"""
PAINTED = """(selector) => [...document.querySelectorAll('[data-lm-suppress-shortcuts]')].every((host) => {
  const canvas = host.shadowRoot?.querySelector(selector);
  if (!canvas || !canvas.width) return !host.shadowRoot?.querySelector(".columns");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  return colours.size > 40;
})"""


def write(lab: Any, name: str, *cells: str) -> str:
    """A notebook in the server's folder."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, lab.root / name)
    return name


@pytest.fixture
def page(lab: Any) -> Any:
    """A made-up trace, shown."""
    page = lab.open(write(lab, "attention.ipynb", MADE))
    page.evaluate(WATCH)
    lab.run_all(page)
    page.wait_for_selector(".looks .at button", timeout=60_000)
    page.wait_for_function(PAINTED, arg=".matrix", timeout=45_000)
    return page


def asked(page: Any, kind: str) -> int:
    """How often the browser has asked the kernel for something."""
    return int(page.evaluate("(kind) => window.asked.filter((k) => k === kind).length", kind))


def test_all_heads_are_drawn_and_a_click_or_an_arrow_key_chooses_one(lab: Any, page: Any) -> None:
    page.wait_for_function(PAINTED, arg=".heads", timeout=45_000)
    assert page.locator(".title").inner_text() == "Layer 1, head 2"
    box = page.locator(".heads").bounding_box()
    left, top, cell = 34, 32, (box["width"] - 4 - 34) / 4
    page.locator(".heads").click(position={"x": left + 3.5 * cell, "y": top + 0.5 * cell})
    page.wait_for_function("() => true")
    page.get_by_text("Layer 0, head 3", exact=True).first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")  # there is no layer above
    page.get_by_text("Layer 0, head 2", exact=True).first.wait_for()
    assert elements(page) <= 300
    lab.assert_quiet()


def elements(page: Any) -> int:
    """Page elements of the view."""
    return int(
        page.evaluate(
            "() => [...document.querySelectorAll('[data-lm-suppress-shortcuts]')].reduce("
            "(sum, host) => sum + (host.shadowRoot?.querySelectorAll('*').length ?? 0), 0)"
        )
    )


def test_the_map_zooms_moves_and_names_what_it_shows_by_mouse_and_by_keys(lab: Any, page: Any) -> None:
    said, canvas = page.locator(".said"), page.locator(".matrix")
    canvas.hover(position={"x": 120, "y": 300})
    assert "looks at" in said.inner_text() and "(prompt)" in said.inner_text()
    canvas.hover(position={"x": 400, "y": 40})
    assert "no token looks ahead" in said.inner_text()
    first = canvas.screenshot()
    canvas.dblclick(position={"x": 200, "y": 300})
    page.wait_for_timeout(400)
    assert canvas.screenshot() != first
    tokens = said.inner_text()
    page.keyboard.press("0")
    canvas.hover(position={"x": 120, "y": 300})
    assert said.inner_text() != tokens
    page.keyboard.press("Escape")
    for key in ("ArrowUp", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    walked = said.inner_text()
    assert "looks at" in walked
    assert page.locator(".sr").inner_text() == walked, "what the keyboard points at is spoken"
    page.keyboard.press("z")
    page.keyboard.press("Enter")
    page.keyboard.press("]")
    page.get_by_text("Layer 1, head 3", exact=True).first.wait_for()
    assert page.locator(".jp-Notebook .jp-Cell").count() == 1, "a key reached JupyterLab"
    lab.assert_quiet()


LONG = """import make, labkit
view = labkit.AttentionView(make.captured(make.long(1500), layers=1, heads=2), token=40)
view"""


def test_zooming_asks_for_a_finer_tile_once_and_pooling_is_said(lab: Any) -> None:
    page = lab.open(write(lab, "long.ipynb", LONG))
    page.evaluate(WATCH)
    lab.run_all(page)
    words = page.locator(".legend .words")
    words.get_by_text("is the largest of").wait_for(timeout=60_000)
    before = asked(page, "tile")
    for _ in range(6):
        page.get_by_role("button", name="Zoom in").click()
    words.get_by_text("nothing is pooled").wait_for(timeout=45_000)
    page.wait_for_timeout(500)
    assert before + 1 <= asked(page, "tile") <= before + 3, "one for where it rests, not one a step"
    now = asked(page, "tile")
    page.get_by_role("button", name="Show all").click()
    words.get_by_text("is the largest of").wait_for(timeout=45_000)
    page.wait_for_timeout(400)
    assert asked(page, "tile") == now, "what was seen is remembered"
    page.locator(".pool select").select_option("mean")
    words.get_by_text("is the mean of").wait_for(timeout=45_000)
    assert elements(page) <= 300
    lab.assert_quiet()


def test_steps_search_and_text(lab: Any, page: Any) -> None:
    page.get_by_role("button", name="Steps").click()
    page.locator(".legend .words").get_by_text("from a token of one step").wait_for(timeout=45_000)
    page.locator(".matrix").click(position={"x": 100, "y": 200})
    assert "tep" in page.locator(".said").inner_text()
    page.locator(".find select").select_option("previous-token")
    page.wait_for_selector(".best button")
    assert page.locator(".best button").count() == 5
    assert "just before" in page.locator(".says").inner_text()
    page.locator(".find select").select_option(
        "receiver"
    )  # six steps hold enough sentences, or it says why not
    page.wait_for_function(
        "() => !document.querySelector('[data-lm-suppress-shortcuts]').shadowRoot"
        ".querySelector('.says').textContent.includes('just before')"
    )
    text = page.locator(".passage")
    text.focus()
    page.keyboard.press("Home")
    page.wait_for_selector(".looks .heading >> text=What “<user>” looks at")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".looks .heading >> text=What “Using” looks at")
    assert "“Using” (prompt) looks at" in page.locator(".sr").inner_text()
    lab.assert_quiet()


LINKED = [
    "import make, labkit\ntrace = make.captured()\nlabkit.TokenView(trace)",
    "labkit.AttentionView(trace, layer=0, token=40)",
    "labkit.AttentionView(trace, layer=1, token=40)",
]


def test_a_token_chosen_in_one_view_is_chosen_in_all_of_its_trace(lab: Any) -> None:
    from playwright.sync_api import expect

    page = lab.open(write(lab, "linked.ipynb", *LINKED))
    lab.run_all(page)
    page.wait_for_function(
        "() => document.querySelectorAll('[data-lm-suppress-shortcuts]').length === 3", timeout=60_000
    )
    chosen = page.locator(".looks .at .heading")
    expect(chosen).to_have_count(2, timeout=30_000)
    expect(page.locator(".looks .at button").nth(1)).to_be_visible(timeout=30_000)
    clicked = page.locator('.flow [data-i="29"]')
    heading = f"What “{clicked.inner_text().strip()}” looks at"
    expect(chosen).not_to_have_text([heading, heading])  # else the click below would show nothing
    clicked.click()
    expect(chosen).to_have_text([heading, heading], timeout=45_000)
    page.locator(".passage").nth(1).focus()
    page.keyboard.press("Home")  # a token of the prompt, which the token view does not show
    page.wait_for_function(
        """() => [...document.querySelectorAll('[data-lm-suppress-shortcuts]')].slice(1).every((h) =>
          h.shadowRoot.querySelector('.looks .at .heading').textContent.includes('<user>'))""",
        timeout=45_000,
    )
    assert page.locator('.flow [data-i="29"]').evaluate("e => e.classList.contains('on')")
    page.keyboard.press("End")
    page.wait_for_function(
        """() => document.querySelectorAll('[data-lm-suppress-shortcuts]')[0].shadowRoot
          .querySelector('.flow .on')?.dataset.i === '92'""",
        timeout=45_000,
    )
    lab.assert_quiet()


def test_after_a_restart_of_the_kernel_the_view_answers_from_what_was_saved(lab: Any, page: Any) -> None:
    page.evaluate("window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()")
    page.get_by_text("The kernel has ended: the view shows what was saved").wait_for(timeout=45_000)
    page.locator(".heads").focus()
    page.keyboard.press("ArrowUp")
    page.get_by_text("This head was saved in this size").wait_for(timeout=45_000)
    page.wait_for_function(PAINTED, arg=".matrix", timeout=45_000)


def test_it_follows_the_theme_and_model_text_stays_text(lab: Any) -> None:
    evil = "<img src=x onerror=window.hacked=1>"
    code = f"import make, labkit\nlabkit.AttentionView(make.captured(make.trace(tokens=[{evil!r}] * 9, text={evil!r} * 9)), token=18)"
    page = lab.open(write(lab, "evil.ipynb", code))
    lab.run_all(page)
    page.wait_for_selector(".looks .at button", timeout=60_000)
    page.wait_for_timeout(500)
    light = page.locator(".heads").screenshot()
    lab.command(page, "apputils:change-theme", theme="JupyterLab Dark")
    page.wait_for_selector(".view.dark", timeout=45_000)
    page.wait_for_timeout(300)
    assert page.locator(".heads").screenshot() != light
    assert page.evaluate("window.hacked") is None
    assert evil in page.locator(".sr").inner_text()
    lab.assert_quiet()
