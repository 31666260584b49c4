"""The catalog in JupyterLab: sorted by a click, opened by keyboard."""

from __future__ import annotations

import nbformat
import pytest

from labkit.models.catalog import find

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_student_sorts_by_the_cache_and_reads_a_row(lab) -> None:
    cells = [nbformat.v4.new_code_cell("import labkit\nlabkit.catalog()")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab.root / "catalog.ipynb")
    page = lab.open("catalog.ipynb")
    lab.run_all(page)
    lab.wait_idle(page)
    rows = page.locator("section.view tbody th button")
    rows.first.wait_for()
    assert rows.first.text_content() == "r1-mini"
    headings = page.locator("section.view tbody .group-row")
    assert headings.nth(1).text_content() == "DeepSeek's distills"
    page.get_by_role("button", name="KV / 1,000 tokens").click()
    assert rows.first.text_content() == "r1-nano" and not headings.count()
    assert page.locator("th[aria-sort=ascending]").text_content() == "KV / 1,000 tokens"
    page.get_by_role("button", name="KV / 1,000 tokens").click()
    assert rows.first.text_content() == "r1-distill-llama-70b"
    weights = page.locator("section.view tbody tr").first.locator("td").nth(1)
    assert weights.text_content() == "141 GB"
    page.get_by_role("button", name="int4").click()
    assert weights.text_content() == f"{find('r1-distill-llama-70b').bytes('int4') / 1e9:.1f} GB"
    rows.first.focus()
    page.keyboard.press("Enter")
    page.get_by_text('labkit.load("r1-distill-llama-70b", dtype="int4")').wait_for()
    assert rows.first.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Enter")
    assert rows.first.get_attribute("aria-expanded") == "false"
    page.get_by_role("button", name="thought", exact=True).click()
    marks = [text.strip() for text in page.locator("section.view td.thought").all_text_contents()]
    assert marks[-1] == "not known" and marks.index("<think> switch") > marks.index("[THINK]")
    page.get_by_label("Search the models").fill("GEMMA google")
    assert rows.count() == 5 and page.get_by_role("status").filter(has_text="5 of").is_visible()
    page.get_by_label("Search the models").fill("")
    assert rows.count() > 100
    assert not lab.console_errors and not lab.foreign_requests
