"""The lesson on attention as a student meets it: JupyterLab, no network, from the top to its appendix."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
pytest.importorskip("bertviz", reason="needs the extra bertviz")

NOTEBOOK = "notebooks/06-attention-in-a-thought.ipynb"
# From the notebook's model: a long notebook keeps only the cells in sight in the page.
ERRORS = """() => window.jupyterapp.shell.currentWidget.content.widgets.filter(cell => cell.model.type === "code")
  .flatMap(cell => cell.model.outputs.toJSON())
  .filter(output => output.output_type === "error").map(output => output.evalue)"""


def test_the_lesson_runs_and_draws_with_no_network(lab: Any) -> None:
    page = lab.open(NOTEBOOK)
    lab.command(page, "notebook:clear-all-cell-outputs")
    lab.run_all(page)
    page.wait_for_function("() => document.querySelectorAll('iframe').length === 1", timeout=120_000)
    lab.wait_idle(page, timeout=120_000)
    page.wait_for_function(f"() => ({ERRORS})().length >= 2", timeout=60_000)  # the kernel can be idle before
    head, page_size = page.evaluate(ERRORS)
    assert "There is no head 5" in head, "this cell fails on purpose"
    assert "model_view of 284 tokens would be a page of" in page_size, "and this one, and no other"
    frame = page.query_selector("iframe").content_frame()
    frame.wait_for_selector("#note:not(:empty)", state="attached")
    assert frame.evaluate("document.querySelectorAll('#vis line').length") == 3 * 39**2
    assert page.locator(".view").count() >= 2  # the thought, and its inside
    lab.assert_quiet()
