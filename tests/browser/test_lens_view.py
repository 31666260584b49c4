"""The lens view in a real JupyterLab, on R1-mini's own thought."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

THINK = 'import labkit\ntrace = labkit.load().think("Using 3, 5 and 9, make 24.", show=False)'
LENS = "labkit.LensView(trace)"
GUTTER, HEAD, ROW = 88, 34, 36  # points, as parts/heat.ts draws a small model


def write(lab: Any, name: str, *cells: str) -> str:
    """A notebook in the server's folder."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text.strip()) for text in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, lab.root / name)
    return name


def run(lab: Any, name: str, *cells: str) -> Any:
    """Runs the cells and waits until the heat map has its colours."""
    page = lab.open(write(lab, name, *cells))
    lab.run_all(page)
    page.wait_for_selector("canvas.heat", timeout=60_000)
    lab.wait_idle(page)
    page.wait_for_function(PAINTED, timeout=45_000)
    return page


# More than a hundred colours: cells, their text and the strip; an empty map has a handful.
PAINTED = """() => {
  for (const host of document.querySelectorAll('[data-lm-suppress-shortcuts]')) {
    const canvas = host.shadowRoot?.querySelector('canvas.heat');
    if (!canvas?.width) continue;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    if (seen.size > 100) return true;
  }
  return false;
}"""
ELEMENTS = """() => [...document.querySelectorAll('[data-lm-suppress-shortcuts]')]
  .map(e => e.shadowRoot?.querySelector('canvas.heat') ? e.shadowRoot.querySelectorAll('*').length : 0)
  .reduce((a, b) => Math.max(a, b))"""


def click(page: Any, row: int, column: int) -> None:
    """Clicks a cell: `row` from the top, `column` from the left of the window."""
    wide = page.locator("canvas.heat").evaluate("e => e.clientWidth") - GUTTER
    step = wide / round(wide / 70)
    page.locator("canvas.heat").click(
        position={"x": GUTTER + step * (column + 0.5), "y": HEAD + ROW * (row + 0.5)}
    )


def said(page: Any) -> str:
    """What a screen reader hears."""
    return str(page.locator(".panel [aria-live]").text_content())


def test_a_click_shows_a_layers_words_and_keys_walk(lab: Any) -> None:
    page = run(lab, "lens.ipynb", THINK, LENS)
    click(page, 0, 4)
    page.wait_for_selector(".panel .alt.came")
    assert "layer 5 of 5 would say" in page.locator(".panel .big").inner_text()
    assert page.locator(".panel .alt").count() == 5
    assert page.locator(".profile canvas").get_attribute("aria-label").count("rank") == 6
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("text=layer 4 of 5 would say")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    page.wait_for_selector("text=the embedding would say")
    before = said(page)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"() => {HEARD} !== {before!r}")
    page.keyboard.press("Home")
    page.wait_for_selector("text=After <｜begin▁of▁sentence｜>")
    page.keyboard.press("End")
    page.wait_for_selector("text=After </answer>")
    page.keyboard.press("PageUp")
    page.keyboard.press("a")
    page.wait_for_selector("text=After <answer>")
    page.keyboard.press("/")
    page.keyboard.type("3 * 5 = 15")
    page.wait_for_selector("text=1/")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector("text=Each cell is the token")
    assert page.locator(".jp-Notebook .jp-Cell").count() == 2, "a key reached JupyterLab"
    assert page.evaluate(ELEMENTS) <= 300
    lab.assert_quiet()


HEARD = """[...document.querySelectorAll('[data-lm-suppress-shortcuts]')]
  .map(e => e.shadowRoot?.querySelector('.panel [aria-live]')?.textContent).find(Boolean)"""


def test_the_other_lens_another_colour_and_another_token(lab: Any) -> None:
    page = run(lab, "kinds.ipynb", THINK, LENS)
    heat = page.locator("canvas.heat")
    seen = {heat.evaluate("e => e.toDataURL()")}
    for name in ("what came", "its own token"):
        page.get_by_role("radio", name=name).click()
        page.wait_for_timeout(200)
        seen.add(heat.evaluate("e => e.toDataURL()"))
    assert len(seen) == 2
    click(page, 5, 3)
    page.wait_for_selector(".panel .alt")
    page.locator(".panel .alt").nth(2).click()
    page.wait_for_selector('.radios [aria-checked="true"]:has-text("“")')
    heat.focus()
    page.keyboard.press("t")
    page.wait_for_selector('.radios [aria-checked="true"]:has-text("tuned lens")')
    assert "trained to say what the last layer says" in page.locator(".note").inner_text()
    page.wait_for_timeout(400)
    seen.add(heat.evaluate("e => e.toDataURL()"))
    lab.command(page, "apputils:change-theme", theme="JupyterLab Dark")
    page.wait_for_selector(".view.dark", timeout=45_000)
    page.wait_for_timeout(300)
    assert len(seen | {heat.evaluate("e => e.toDataURL()")}) == 4
    lab.assert_quiet()


def test_the_reader_can_go_anywhere_and_little_is_fetched(lab: Any) -> None:
    page = run(lab, "pan.ipynb", THINK, LENS)
    frame = page.locator(".strip .frame")
    at_first = frame.bounding_box()["x"]
    strip = page.locator(".strip").bounding_box()
    page.mouse.click(strip["x"] + 0.25 * strip["width"], strip["y"] + 20)
    page.wait_for_timeout(200)
    quarter = frame.bounding_box()["x"]
    assert quarter < at_first
    box = page.locator("canvas.heat").bounding_box()
    page.mouse.move(box["x"] + 500, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 100, steps=8)
    page.mouse.up()
    dragged = frame.bounding_box()["x"]
    assert dragged > quarter and page.locator(".panel .alt").count() == 0, "a drag is no click"
    page.mouse.wheel(400, 0)
    page.wait_for_timeout(200)
    assert frame.bounding_box()["x"] > dragged
    lab.assert_quiet()


def test_a_click_in_one_view_selects_in_the_other(lab: Any) -> None:
    page = run(lab, "linked.ipynb", THINK, "labkit.TokenView(trace)", LENS)
    page.locator('.flow [data-i="29"]').click()
    page.wait_for_selector("text=layer 5 of 5 would say")
    token = page.locator('.flow [data-i="29"]').inner_text().strip()
    assert token in page.locator(".panel .big").last.inner_text()
    click(page, 2, 6)
    page.wait_for_selector(".flow .on:not([data-i='29'])")
    came = page.locator(".flow .on").text_content().strip()
    assert came and came in said_by_lens(page)
    lab.assert_quiet()


def said_by_lens(page: Any) -> str:
    page.wait_for_timeout(300)
    return str(page.locator(".view:has(canvas.heat) .panel [aria-live]").text_content())


def test_a_kernel_that_has_ended_leaves_the_view_as_it_was_saved_and_says_so(lab: Any) -> None:
    page = run(lab, "gone.ipynb", THINK, LENS)
    lab.shut_kernels()
    page.get_by_text("The kernel has ended: the view shows what was saved").wait_for(timeout=45_000)
    click(page, 2, 3)
    page.locator(".panel table, .panel .alt, .panel li").first.wait_for(timeout=45_000)
    assert page.locator("canvas.heat").is_visible()
    assert lab.foreign_requests == []


def test_model_text_stays_text(lab: Any) -> None:
    evil = "<img src=x onerror=window.hacked=1>"
    code = f"evil = trace.model_copy(update={{'model': {evil!r}, 'prompt': {evil!r}}})\nlabkit.LensView(evil, trace.language_model)"
    page = run(lab, "evil.ipynb", THINK, code)
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert evil in page.locator(".view .head").inner_text()
    lab.assert_quiet()
