"""A click in a view moves nothing but the view: the notebook stays where the reader has it."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# A token that is selected in one view is selected in all views of the same trace, wherever they stand.
THINK = 'import labkit\ntrace = labkit.load().think("Using 10, 12 and 14, make 5.", capture="qk", show=False)'
VIEWS = {  # where to click in each view
    "TokenView": ".flow [data-i='40']",
    "ForkView": ".rows .row:nth-child(4) .text",
    "AttentionView": ".passage canvas",
    "LensView": "canvas.heat",
}
SHOW_ALL_CELLS = """() => {
  const { content } = window.jupyterapp.shell.currentWidget;
  content.notebookConfig = { ...content.notebookConfig, windowingMode: "none" };
}"""
SCROLLED = "() => document.querySelector('.jp-WindowedPanel-outer').scrollTop"
SETTLE = 1_000  # ms; a view may scroll in a later frame


def write(lab: Any, name: str) -> str:
    """Four views of one thought, each a screen away from the next."""
    new = nbformat.v4
    far = "\n\n".join(["Far down."] * 40)
    cells = [new.new_code_cell(THINK), new.new_markdown_cell(far)]
    for view in VIEWS:
        cells += [new.new_code_cell(f"labkit.{view}(trace)"), new.new_markdown_cell(far)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new.new_notebook(cells=cells, metadata={"kernelspec": kernel}), lab.root / name)
    return name


def test_a_click_on_a_token_leaves_the_notebook_where_it_is(lab: Any) -> None:
    page = lab.open(write(lab, "scroll.ipynb"))
    page.evaluate(SHOW_ALL_CELLS)
    lab.run_all(page)
    for target in VIEWS.values():
        page.locator(target).first.wait_for(state="attached", timeout=60_000)
    lab.wait_idle(page, timeout=60_000)
    moved = {}
    for view, target in VIEWS.items():
        where = page.locator(target).first
        where.scroll_into_view_if_needed()
        page.wait_for_timeout(SETTLE)
        box = where.bounding_box()
        before = page.evaluate(SCROLLED)
        page.mouse.click(box["x"] + min(150, box["width"] / 2), box["y"] + min(60, box["height"] / 2))
        page.wait_for_timeout(SETTLE)
        moved[view] = page.evaluate(SCROLLED) - before
        assert before > 0, f"{view} is at the top, where nothing can scroll"
    assert moved == dict.fromkeys(VIEWS, 0)
    lab.assert_quiet()
