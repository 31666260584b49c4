"""The first lesson as a student meets it: JupyterLab, no network, Shift-Enter from the top."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTEBOOK = "notebooks/01-watch-it-think.ipynb"
# A view of this run, not of the file: text that streams in while its cell still has a star.
SEEN_WHILE_RUNNING = """() => {
  const busy = [...document.querySelectorAll('.jp-CodeCell')].filter(
    c => c.querySelector('.jp-InputPrompt')?.textContent.includes('*'));
  return busy.some(c => [...c.querySelectorAll('*')].some(
    e => e.shadowRoot && e.shadowRoot.querySelectorAll('[data-i]').length > 5));
}"""


def test_the_model_thinks_before_the_students_eyes(lab: Any) -> None:
    page = lab.open(NOTEBOOK)
    lab.command(page, "notebook:clear-all-cell-outputs")
    lab.run_all(page)
    page.wait_for_function(SEEN_WHILE_RUNNING, timeout=120_000, polling=20)
    lab.wait_idle(page, timeout=180_000)
    errors = page.locator('.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"]')
    warning, error = [errors.nth(i).inner_text() for i in range(errors.count())]
    assert "This prompt has 4 numbers" in warning, "one prompt lies outside the training on purpose"
    assert "cannot read 'Please'" in error, "one cell fails on purpose, and no other"
    assert page.locator(".view").count() >= 3
    first = page.locator(".view").first
    # Not `inner_text`: what is out of sight is not laid out, and has none.
    assert "<answer>(3 * 5) + 9</answer>" in first.locator(".flow").text_content()
    lab.assert_quiet()
