"""A saved view shows the dollars of a model's text as they are: JupyterLab typesets none of them."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

import labkit
from labkit.traces import Trace

pytestmark = pytest.mark.browser

TEXT = "The price $x$ is $5 and $7, and \\(y\\) is $$z$$."


def output(html: str) -> Any:
    return nbformat.v4.new_output("display_data", data={"text/html": html, "text/plain": "a view"})


def test_the_dollars_of_a_model_are_text_in_a_saved_view(lab) -> None:
    view = labkit.TokenView(Trace.from_text("Q", TEXT))
    saved, _ = view._repr_mimebundle_()
    cells = [
        nbformat.v4.new_code_cell("1", outputs=[output(saved["text/html"])]),
        nbformat.v4.new_code_cell(
            "2", outputs=[output(f"<p>a formula {TEXT}</p>")]
        ),  # what JupyterLab does typeset
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), lab.root / "dollars.ipynb")
    page = lab.open("dollars.ipynb", kernel=False)
    page.locator("p mjx-container").first.wait_for()
    outputs = page.locator(".jp-OutputArea-output")
    assert outputs.nth(0).locator("mjx-container").count() == 0
    assert "$x$ is $5 and $7" in outputs.nth(0).inner_text()
    assert outputs.nth(1).locator("mjx-container").count() > 0
