"""The lesson on lenses as a student meets it: JupyterLab, no network, Shift-Enter from the top."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_every_cell_runs_and_the_pictures_are_live(lab: Any) -> None:
    page = lab.open("notebooks/07-when-did-it-know.ipynb")
    lab.command(page, "notebook:clear-all-cell-outputs")
    lab.run_all(page)
    page.wait_for_selector("canvas.heat", timeout=120_000)
    lab.wait_idle(page, timeout=240_000)
    errors = page.locator('.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"]')
    said = [errors.nth(i).inner_text() for i in range(errors.count())]
    assert len(said) == 1 and "no tuned lens of r1-mini-cold" in said[0], (
        "one cell fails on purpose, and no other"
    )
    maps = page.locator("canvas.heat")
    assert maps.count() == 4
    maps.first.scroll_into_view_if_needed()
    maps.first.focus()
    page.keyboard.press("a")
    page.wait_for_selector("text=After <answer>")
    lab.assert_quiet()
