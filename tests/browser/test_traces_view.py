"""Many thoughts in JupyterLab: sorted, filtered by dragging over a histogram, searched, and opened by click and by key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

N = 2_000
WORDS = ("So the two numbers are added.", "Wait, that is not right.", "Check: the sum is the same.")
CELL = 'import labkit\nthoughts = labkit.open("many.jsonl")\nthoughts'
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
HOSTILE = "<img src=x onerror=window.hurt=1>\u202e" + "x" * 200_000


def write(root: Path, name: str) -> str:
    """2,000 thoughts, of which number i has a reward of i; one record is damaged, one thought is hostile."""
    rows = [
        {
            "prompt": f"What is {i} plus 1?",
            "completion": f"<think>{chr(10).join([*WORDS] * (i % 9 + 1))}</think>{i + 1}",
            "reward": i,
        }
        for i in range(N)
    ]
    rows[4]["prompt"] = HOSTILE
    lines = [json.dumps(row) for row in rows]
    lines.insert(2, "{broken")
    (root / "many.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    cells = [nbformat.v4.new_code_cell(CELL), nbformat.v4.new_code_cell("")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), root / name)
    return name


def first_number(page: Any) -> str:
    return str(page.locator("[aria-rowindex='2'] [role=gridcell]").first.text_content())


def test_a_reader_sorts_filters_searches_and_opens_thoughts(lab: Any) -> None:
    page = lab.open(write(lab.root, "many.ipynb"))
    lab.run_all(page)
    status = page.locator("section.view .status").first
    status.get_by_text(f"{N:,} thoughts", exact=True).wait_for(timeout=120_000)
    grid = page.locator("[role=grid]")
    assert grid.get_attribute("aria-rowcount") == str(N + 1)
    assert page.locator(".rows [role=row]").count() < 40, "only the rows on the screen are elements"

    # A head sorts, largest first, and turns round.
    head = page.locator("[role=columnheader][data-column=reward]")
    head.get_by_role("button").click()
    page.wait_for_timeout(300)
    assert head.get_attribute("aria-sort") == "descending" and first_number(page) == f"{N:,}"
    head.get_by_role("button").click()
    page.wait_for_timeout(300)
    assert head.get_attribute("aria-sort") == "ascending" and first_number(page) == "1"

    # Dragging over a histogram filters; the chip removes the filter.
    plot = page.locator(".histogram:visible").filter(has_text="reward").locator(".plot")
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.52, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.98, box["y"] + 20, steps=6)
    page.mouse.up()
    chip = page.locator(".chip")
    chip.get_by_text("reward from 1,000 on").wait_for()
    status.get_by_text(f"1,000 of {N:,} thoughts").wait_for()
    assert first_number(page) == "1,001"

    # A search runs in Python, and its place is marked.
    page.get_by_label("Search the prompts and the completions").fill("is 199")
    status.get_by_text(f"10 of {N:,} thoughts").wait_for(timeout=60_000)
    page.locator(".rows mark").first.wait_for()
    assert page.locator(".rows mark").first.text_content() == "is 199"
    page.locator(".chip", has_text="all filters").click()
    status.get_by_text(f"{N:,} thoughts", exact=True).wait_for()

    # A click opens the thought in a token view; keys walk on.
    page.locator("[aria-rowindex='4']").click()
    thought = page.locator(".thought section.view")
    thought.wait_for(timeout=60_000)
    page.locator(".title").get_by_text("Thought 3, line 4 of many.jsonl").wait_for()
    assert page.locator("[aria-selected=true] [role=gridcell]").first.text_content() == "3"
    grid.focus()
    page.keyboard.press("j")
    page.locator(".title").get_by_text("Thought 4, line 5 of many.jsonl").wait_for()
    page.keyboard.press("ArrowUp")
    page.locator(".title").get_by_text("Thought 3, line 4 of many.jsonl").wait_for()
    assert thought.get_by_text("What is 2 plus 1?").is_visible()
    page.keyboard.press("Escape")
    thought.wait_for(state="detached")

    # The worst, what was left out, and hostile text.
    page.get_by_role("button", name="Worst 5").click()
    status.get_by_text(f"5 of {N:,} thoughts").wait_for()
    page.locator("summary", has_text="1 record was left out").click()
    page.locator(".skipped li", has_text="line 3 of many.jsonl").wait_for()
    view = page.locator("section.view").first
    assert view.evaluate("(e) => e.scrollWidth <= e.clientWidth + 1"), "a long line does not widen the view"
    assert page.evaluate("window.hurt ?? 0") == 0
    assert not lab.console_errors and not lab.foreign_requests


def test_without_a_kernel_the_first_thoughts_answer_from_what_was_saved(lab: Any) -> None:
    name = write(lab.root, "saved.ipynb")
    page = lab.open(name)
    lab.run_all(page)
    page.locator(".rows [role=row]").first.wait_for(timeout=120_000)
    lab.wait_idle(page)
    lab.save(page)
    page.close()
    lab.shut_kernels()
    page = lab.open(name, kernel=False)
    page.locator(".jp-Dialog .jp-mod-accept").get_by_text("Ok").click(timeout=60_000)
    page.locator(".jp-Dialog .jp-mod-reject").get_by_text("No Kernel").click(timeout=60_000)
    page.locator("section.view .status").first.get_by_text("100 thoughts were saved").wait_for(timeout=60_000)
    page.locator("[data-column=characters] button").click()
    page.wait_for_timeout(300)
    assert page.locator("[data-column=characters]").get_attribute("aria-sort") == "descending"
    assert page.locator(".rows .text").first.text_content() != "…"
