"""The fork view in a real JupyterLab, with the real model."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

pytestmark = pytest.mark.browser

MAKE = """
import labkit
trace = labkit.load().think("Using 10, 12 and 14, make 5.", show=False)
view = labkit.ForkView(trace)
view
"""
# Each token takes at least so long, as with a large model: what is to be stopped must not end by itself.
UNHURRIED = "import time\n_ = trace.language_model.network.register_forward_hook(lambda *_: time.sleep(0.2))"
ROOT = "[...document.querySelectorAll('[data-lm-suppress-shortcuts]')].map(e => e.shadowRoot).filter(Boolean)"


def has(selector: str, more_than: int = 0) -> str:
    """A page condition: more than so many elements, in shadow roots."""
    return f"() => {ROOT}.some(r => r.querySelectorAll('{selector}').length > {more_than})"


def write(lab: Any, name: str, *cells: str) -> str:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text.strip()) for text in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, lab.root / name)
    return name


def opened(lab: Any, name: str, *cells: str) -> Any:
    page = lab.open(write(lab, name, *cells))
    lab.run_all(page)
    page.wait_for_function(has(".row", 5), timeout=60_000)
    return page


def run_cell(lab: Any, page: Any, code: str) -> str:
    """Adds a cell below, runs it, and returns what it printed."""
    page.evaluate(
        """(code) => {
          const notebook = window.jupyterapp.shell.currentWidget.content;
          const cells = notebook.model.sharedModel;
          cells.insertCell(cells.cells.length, {cell_type: "code", source: code, metadata: {trusted: true}});
          notebook.activeCellIndex = cells.cells.length - 1;
        }""",
        code,
    )
    lab.command(page, "notebook:run-cell")
    page.wait_for_timeout(300)
    lab.wait_idle(page)
    return str(page.locator(".jp-Cell").last.locator(".jp-OutputArea-output").last.inner_text())


def test_pick_sample_read_and_run_the_code(lab: Any) -> None:
    page = opened(lab, "fork.ipynb", MAKE)
    lab.click_token(page, 0, "10")
    page.wait_for_function(has(".choice", 5))
    assert "at 1, step 1" in page.locator(".big").inner_text()
    assert page.locator(".rows mark").inner_text() == "10"
    page.locator(".choice", has_text="12").click()
    page.locator(".how button", has_text="4").click()
    page.locator(".primary").click()
    page.wait_for_function(has(".line"), timeout=60_000)
    page.wait_for_function(has(".branch"))
    assert "at 1: '10' replaced by '12'" in page.locator(".line").inner_text()
    assert "of 4 correct" in page.locator(".line .said").inner_text()
    assert page.locator(".dot").count() == 4
    page.locator(".dot").first.click()
    page.wait_for_function(has(".rollout mark"))
    assert page.locator(".rollout mark").inner_text() == "12"
    assert page.locator(".rollout .kept").inner_text().strip() == "First"

    page.get_by_role("button", name="Show me the code").click()
    page.locator(".opened").get_by_role("button", name="Copy", exact=True).click()
    page.wait_for_selector("text=Copied")
    code = page.evaluate("navigator.clipboard.readText()")
    assert code == page.locator(".opened .code").inner_text()
    said = run_cell(
        lab,
        page,
        f"{code}\nprint(view.forks[0].tree() == fork.tree(), [a.text == b.text for a, b in zip(view.forks[0].rollouts, fork.rollouts)])",
    )
    assert said.strip().endswith("True [True, True, True, True]")
    lab.assert_quiet()


def test_a_whole_step_is_edited_and_forks_stand_side_by_side(lab: Any) -> None:
    page = opened(lab, "step.ipynb", MAKE)
    page.locator("button.name").nth(4).click()
    page.wait_for_function(has(".row.on"))
    assert page.locator("textarea").input_value() == "Go back. Now 12 and 14, leaving 10."
    assert "Resample the step" in page.locator(".primary").inner_text()
    page.locator("textarea").fill("Go back. Now 10 and 14, leaving 12.")
    page.locator(".primary").click()
    page.wait_for_function(has(".line"), timeout=60_000)
    page.locator("textarea").fill("Go back. Now Hallo.")
    page.locator(".primary").click()
    page.wait_for_selector("text=r1-mini has no tokens for")
    page.get_by_role("radio", name="This token").click()
    page.locator(".rows").focus()
    page.keyboard.press("Enter")  # to where something can be typed
    page.keyboard.type("Check")
    page.keyboard.press("Enter")
    page.wait_for_function(has(".line", 1), timeout=60_000)
    assert page.locator(".notice").is_hidden()
    assert "replaced by 'Check'" in page.locator(".line").nth(1).inner_text()
    assert page.locator(".line").nth(1).get_attribute("aria-selected") == "true"
    page.locator(".line").nth(0).click()
    page.wait_for_selector(".put >> text=Go back. Now 10 and 14")
    lab.assert_quiet()


def test_stop_ends_sampling_while_a_cell_is_running(lab: Any) -> None:
    page = opened(lab, "stop.ipynb", MAKE, UNHURRIED, "while True: time.sleep(0.05)")
    assert "*" in (page.locator(".jp-InputPrompt").nth(2).text_content() or "")
    page.locator(".rows").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(has(".choice", 5), timeout=45_000)
    page.locator('.how input[aria-label="Temperature"]').fill("3")
    page.locator(".primary").click()
    page.wait_for_selector("text=tokens deep", timeout=45_000)
    page.locator(".stop").click()
    page.wait_for_function(has(".line"), timeout=45_000)
    assert "cut short" in page.locator(".line").inner_text()
    assert "*" in (page.locator(".jp-InputPrompt").nth(2).text_content() or ""), (
        "the cell ran on all the while"
    )
    lab.command(page, "notebook:interrupt-kernel")
    lab.wait_idle(page)


def test_importances_stand_beside_their_steps(lab: Any) -> None:
    page = opened(lab, "weigh.ipynb", MAKE)
    button = page.get_by_role("button", name="Resample each step")
    assert "about" in button.inner_text()
    button.click()
    page.wait_for_function(has(".weight.some", 4), timeout=120_000)
    page.get_by_role("radio", name="forced-answer").click()
    page.wait_for_function(
        f"() => {ROOT}.some(r => [...r.querySelectorAll('.weight')].some(e => e.title.includes('forced-answer')))"
    )
    page.locator(".tools").get_by_role("button", name="Code").click()
    assert page.locator(".left .code").inner_text() == "labkit.inside.step_importance(trace, n=8)"
    lab.assert_quiet()


LONG = """
import make, labkit
long = make.long(8000)
view = labkit.ForkView(long)
view
"""
MANY = """
import dataclasses, labkit
from labkit.traces import TraceGroup
fork = labkit.inside.fork(trace, 1, n=16, temperature=2.0, max_new_tokens=400)
view = labkit.ForkView(trace, forks=[fork] * 12)
view
"""


@pytest.mark.parametrize(
    "cells", [(LONG,), (MAKE.replace("\nview\n", ""), MANY)], ids=["8,000 tokens", "12 forks"]
)
def test_the_page_stays_small(lab: Any, cells: tuple[str, ...]) -> None:
    page = lab.open(write(lab, "small.ipynb", *cells))
    lab.run_all(page)
    page.wait_for_function(has(".row", 5), timeout=60_000)
    lab.click_token(page, 0, page.locator(".rows .text").first.inner_text().split()[0])
    page.wait_for_function(has(".choice", 3))
    page.wait_for_timeout(400)
    assert page.evaluate(f"() => Math.max(...{ROOT}.map(r => r.querySelectorAll('*').length))") <= 300


def test_keys_walk_pages_turn_and_a_selection_is_shared(lab: Any) -> None:
    page = lab.open(write(lab, "keys.ipynb", LONG, "labkit.TokenView(long)"))
    lab.run_all(page)
    page.wait_for_function(has(".row", 5), timeout=60_000)
    page.wait_for_function(has('[data-i="7000"]'), timeout=60_000)
    first = page.locator(".rows .text").first.inner_text()
    page.locator(".rows").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(has(".rows mark"))
    page.locator(".pager button").nth(1).click()
    page.wait_for_function(
        f"() => {ROOT}.some(r => r.querySelector('.rows .text') && r.querySelector('.rows .text').textContent !== {json.dumps(first)})"
    )
    page.locator('.flow [data-i="6000"]').click()
    page.wait_for_function(
        f"() => {ROOT}.some(r => r.querySelector('.form') && r.querySelector('.big').textContent.includes('at 6000'))"
    )
    assert page.locator(".rows mark").count() == 1
    assert page.locator(".jp-Notebook .jp-Cell").count() == 2, "a key reached JupyterLab"
    lab.assert_quiet()


def test_model_text_stays_text(lab: Any) -> None:
    evil = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
    code = f"import make, labkit\nlabkit.ForkView(make.trace({evil!r}, prompt={evil!r}))"
    page = lab.open(write(lab, "evil.ipynb", code))
    lab.run_all(page)
    page.wait_for_function(has(".row"), timeout=60_000)
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert evil in page.locator(".rows .text").first.inner_text()
    assert evil in page.locator(".prompt").inner_text()
    lab.assert_quiet()


def test_a_kernel_that_was_restarted_is_told_in_words_and_the_view_stays(lab: Any) -> None:
    page = opened(lab, "gone.ipynb", MAKE)
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.get_by_text("The kernel has ended: the view shows what was saved").wait_for(timeout=45_000)
    assert "First 10 and 12, leaving 14." in page.locator(".rows").inner_text()


@pytest.mark.parametrize("kernel", [False, True], ids=["no kernel", "a new kernel that has no such model"])
def test_a_reopened_notebook_shows_the_forks(lab: Any, kernel: bool) -> None:
    code = MAKE.replace("\nview\n", "\nview.fork(1, n=4)\nview\n")
    page = opened(lab, "again.ipynb", code)
    page.wait_for_timeout(300)
    lab.save(page)
    page.close()
    lab.shut_kernels()
    again = lab.open("again.ipynb", kernel=kernel)
    again.locator(".rows").get_by_text("Check: 14 - 12 = 2, 10 / 2 = 5 vs 5, right.").wait_for(timeout=45_000)
    again.get_by_text("of 4 correct").locator("visible=true").first.wait_for()
    text = again.locator(".jp-OutputArea").first.inner_text()
    assert "Loading widget" not in text and "model not found" not in text
