"""The cost view in a real JupyterLab: by mouse, by keyboard and by number."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from labkit.views.cost import data
from labkit.views.cost.contract import Focus

pytestmark = pytest.mark.browser


def opened(lab: Any, name: str) -> Any:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [
        nbformat.v4.new_code_cell("import labkit\nview = labkit.CostView()\nview"),
        nbformat.v4.new_code_cell(""),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), lab.root / name)
    page = lab.open(name)
    lab.run_all(page)
    page.wait_for_selector(".verdict p", timeout=60_000)
    return page


def typed(page: Any, field: Any, text: str) -> None:
    field.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def verdict(**values: float) -> list[str]:
    return data.verdict(data.costs(Focus.model_validate(data.defaults(data.scene_of()) | values)))


def test_sliders_and_fields_change_the_costs(lab: Any) -> None:
    page = opened(lab, "cost.ipynb")
    assert page.locator(".verdict p").all_inner_texts() == verdict()
    field = page.get_by_label("Life of the card, years")
    typed(page, field, "3")
    assert page.locator(".verdict p").all_inner_texts() == verdict(life=3)
    assert page.locator(".value", has_text="Life of the card").locator(".mark").inner_text() == "changed"
    assert page.locator(".lives li.marked").inner_text().startswith("3 years")
    assert "life of servers in the accounts of Meta" in page.locator(".source").inner_text()
    slider = page.get_by_label("Utilisation", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert "second" not in (slider.get_attribute("aria-valuetext") or "")
    assert float(page.get_by_label("Utilisation, %").input_value()) > 50
    page.get_by_role("button", name="Defaults").click()
    assert page.locator(".verdict p").all_inner_texts() == verdict()
    typed(page, field, "99")
    assert field.input_value() == "8"
    lab.assert_quiet()


def test_what_is_assumed_is_marked(lab: Any) -> None:
    page = opened(lab, "assumed.ipynb")
    marked = page.locator(".value", has=page.locator(".mark.assumed")).all_inner_texts()
    assert [text.split("\n")[0] for text in marked] == [
        "Tokens of thought", "Questions a month", "Utilisation", "Speed of the card", "Interest",
    ]  # fmt: skip
