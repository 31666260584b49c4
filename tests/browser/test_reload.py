"""A notebook that is opened again: its views live where their kernel does, and it has nothing to save."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

pytestmark = pytest.mark.browser

VIEW = "import make, labkit\nlabkit.TokenView(make.trace())"
NOTE = "A picture: run this cell to click in it."
DIRTY = "() => window.jupyterapp.shell.currentWidget.context.model.dirty"
TYPE = """(text) => {
  const { model } = window.jupyterapp.shell.currentWidget.content;
  model.cells.get(0).sharedModel.setSource(text);
}"""
KERNEL_IS_KNOWN = """() => {
  const { model } = window.jupyterapp.shell.currentWidget.context;
  return model.getMetadata("language_info")?.version !== undefined;
}"""


def write(lab: Any, name: str, *cells: str, **metadata: Any) -> str:
    kernel = {"name": "python3", "display_name": "A name of long ago", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in cells],
        metadata={"kernelspec": kernel} | metadata,
    )
    nbformat.write(book, lab.root / name)
    return name


def ran_and_saved(lab: Any, name: str) -> Any:
    """The page of a notebook whose view was shown and saved."""
    page = lab.open(write(lab, name, VIEW))
    lab.run_all(page)
    page.wait_for_selector(".flow [data-i='29']", timeout=60_000)
    lab.wait_idle(page)
    lab.save(page)
    page.wait_for_function(f"() => !({DIRTY})()", timeout=30_000)
    return page


def click_token(page: Any) -> None:
    """Clicks a token and waits for what only Python knows: the alternatives."""
    page.locator(".flow [data-i='29']").click(timeout=60_000)
    page.wait_for_selector(".panel .alt.came", timeout=30_000)
    assert "token 30 of 93" in page.locator(".panel .big").inner_text()


def test_after_a_reload_of_the_page_a_view_is_live_again(lab: Any) -> None:
    page = ran_and_saved(lab, "reload.ipynb")
    for _ in range(2):
        page.reload(wait_until="domcontentloaded")
        click_token(page)
        page.wait_for_timeout(4_000)  # the note would have come by now
        assert page.get_by_text(NOTE).is_hidden()
    assert len(lab._api("sessions")) == 1, "the reader's kernel went on"
    lab.assert_quiet()


def test_a_view_that_cannot_be_live_says_that_it_is_a_picture(lab: Any) -> None:
    ran_and_saved(lab, "picture.ipynb").close()
    lab.shut_kernels()
    for kernel in (False, True):  # no kernel, and one that has no such view
        page = lab.open("picture.ipynb", kernel=kernel)
        page.get_by_text(NOTE).wait_for(timeout=30_000)
        assert page.get_by_text("93 tokens, came to its end").is_visible()
        assert "Loading widget" not in page.locator(".jp-OutputArea").first.inner_text()
    lab.run_all(page)
    click_token(page)
    page.get_by_text(NOTE).wait_for(state="hidden")


def test_a_notebook_that_was_only_opened_has_nothing_to_save(lab: Any) -> None:
    name = write(lab, "opened.ipynb", "1 + 1", language_info={"name": "python", "version": "3.0.0"})
    before = (lab.root / name).read_text()
    page = lab.open(name)
    page.wait_for_function(KERNEL_IS_KNOWN, timeout=60_000)
    page.wait_for_timeout(2_000)
    assert not page.evaluate(DIRTY)
    assert page.locator(".jp-mod-dirty").count() == 0
    assert (lab.root / name).read_text() == before
    page.evaluate(TYPE, "2 + 2")
    assert page.evaluate(DIRTY), "the reader's change is not saved yet"
    lab.save(page)
    page.wait_for_function(f"() => !({DIRTY})()", timeout=30_000)
    saved = json.loads((lab.root / name).read_text())
    assert "".join(saved["cells"][0]["source"]) == "2 + 2"
    assert saved["metadata"]["kernelspec"]["display_name"] == "Python 3 (ipykernel)"
