"""A notebook that is opened again: its views live where their kernel does, and it has nothing to save."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from .conftest import KERNEL_IDLE

pytestmark = pytest.mark.browser

VIEW = "import make, labkit\nlabkit.TokenView(make.trace())"
MIME = "application/vnd.labkit.view+json"
PICTURE = "A picture: run this cell to click in it."
SAVED = "the view shows what was saved with it. Run this cell for more."
NO_KERNEL = f"No kernel is running: {SAVED}"
OTHER_KERNEL = f"This kernel has not run this cell: {SAVED}"
ENDED = f"The kernel has ended: {SAVED}"
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


def write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), "utf-8")


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
    """Clicks a token and waits for its alternatives."""
    page.locator(".flow [data-i='29']").click(timeout=60_000)
    page.wait_for_selector(".panel .alt.came", timeout=30_000)
    assert "token 30 of 93" in page.locator(".panel .big").inner_text()


def test_after_a_reload_of_the_page_a_view_is_live_again(lab: Any) -> None:
    page = ran_and_saved(lab, "reload.ipynb")
    for _ in range(2):
        page.reload(wait_until="domcontentloaded")
        # Until the widget is there, its place is taken by the view from saved data, and a click there is lost with it.
        page.locator(".jp-OutputArea-output > .lm-Panel .flow [data-i='29']").wait_for(timeout=60_000)
        click_token(page)
        page.wait_for_timeout(4_000)  # the note would have come by now
        assert page.get_by_text(SAVED).is_hidden()
    assert len(lab._api("sessions")) == 1, "the reader's kernel went on"
    lab.assert_quiet()


def test_without_its_kernel_a_view_answers_from_what_was_saved_and_says_so(lab: Any) -> None:
    ran_and_saved(lab, "saved.ipynb").close()
    for kernel, note in ((False, NO_KERNEL), (True, OTHER_KERNEL)):
        lab.shut_kernels()
        page = lab.open("saved.ipynb", kernel=kernel)
        if not kernel:  # JupyterLab says that it could not start one, then asks for another
            page.locator(".jp-Dialog .jp-mod-accept").get_by_text("Ok").click(timeout=60_000)
            page.locator(".jp-Dialog .jp-mod-reject").get_by_text("No Kernel").click(timeout=60_000)
        click_token(page)  # with what is in the notebook
        page.get_by_text(note).wait_for(timeout=30_000)
        assert "Loading widget" not in page.locator(".jp-OutputArea").first.inner_text()
    lab.run_all(page)
    page.get_by_text(note).wait_for(state="hidden")
    click_token(page)


def test_a_view_goes_on_after_a_restart_of_its_kernel(lab: Any) -> None:
    page = ran_and_saved(lab, "restart.ipynb")
    click_token(page)
    page.evaluate("window.jupyterapp.shell.currentWidget.context.sessionContext.restartKernel()")
    page.get_by_text(ENDED).wait_for(timeout=60_000)
    click_token(page)
    page.wait_for_function(KERNEL_IDLE, timeout=60_000)
    lab.run_all(page)
    page.get_by_text(ENDED).wait_for(state="hidden", timeout=60_000)
    click_token(page)
    lab.assert_quiet()


def test_an_untrusted_notebook_shows_its_views_from_what_was_saved(lab: Any) -> None:
    ran_and_saved(lab, "trusted.ipynb").close()
    copy = json.loads((lab.root / "trusted.ipynb").read_text())
    copy["cells"].append(nbformat.v4.new_markdown_cell("a change that nobody has signed"))
    write_json(lab.root / "untrusted.ipynb", copy)
    page = lab.open("untrusted.ipynb")
    assert not page.evaluate("window.jupyterapp.shell.currentWidget.content.model.cells.get(0).trusted")
    click_token(page)


def test_data_that_cannot_be_read_leaves_the_picture(lab: Any) -> None:
    ran_and_saved(lab, "damaged.ipynb").close()
    book = json.loads((lab.root / "damaged.ipynb").read_text())
    book["cells"][0]["outputs"][-1]["data"][MIME]["data"] = "AAAA"
    write_json(lab.root / "damaged.ipynb", book)
    page = lab.open("damaged.ipynb", kernel=False)
    page.get_by_text(PICTURE).wait_for(timeout=30_000)
    assert page.get_by_text("93 tokens, came to its end").is_visible()


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
