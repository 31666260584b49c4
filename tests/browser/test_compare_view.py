"""The compare view in a real JupyterLab: two checkpoints of R1-mini read one thought."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

import labkit
from labkit.inside import Comparison, compare

pytestmark = pytest.mark.browser

PROMPT = "Using 3, 5 and 9, make 24."
MAKE = f"""
import labkit
before, after = labkit.load("r1-mini-cold"), labkit.load("r1-mini")
thought = after.think({PROMPT!r}, seed=2, show=False)
view = labkit.TokenView(thought)
comparison = labkit.compare(before.read_text({PROMPT!r}, thought.text, show=False),
                            after.read_text({PROMPT!r}, thought.text, show=False))
"""


@pytest.fixture(scope="module")
def expected() -> Comparison:
    """The same comparison in this process: sampling is the same for the same seed."""
    before, after = labkit.load("r1-mini-cold").local(), labkit.load("r1-mini").local()
    text = after.think(PROMPT, seed=2, show=False).text
    return compare(before.read_text(PROMPT, text, show=False), after.read_text(PROMPT, text, show=False))


def opened(lab: Any, name: str, *cells: str) -> Any:
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text.strip()) for text in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(book, lab.root / name)
    page = lab.open(name)
    lab.run_all(page)
    page.locator(".summary [data-piece]").first.wait_for(timeout=120_000)
    return page


def test_a_comparison_is_a_view_that_is_walked_by_mouse_and_keyboard(lab: Any, expected: Comparison) -> None:
    page = opened(lab, "compare.ipynb", MAKE, "comparison", "view")
    page.locator(".names").wait_for()
    assert page.locator(".names").inner_text().split() == ["a", "r1-mini-cold", "b", "r1-mini"]
    panel, rows = page.locator(".panel").first, page.locator("[data-piece]")
    assert "Point at a piece" in panel.inner_text()

    # The list has the largest differences, and a click goes there and shows both models side by side.
    first = expected.largest(1)[0]
    shown = rows.first.inner_text().replace("−", "-")
    assert f"{first.difference:+.2f} nats" in shown and first.text.strip() in shown
    rows.first.click()
    index = expected.segments.index(first)
    panel.locator(".side ol").nth(1).wait_for()
    assert f"piece {index + 1} of {len(expected.segments)}" in panel.inner_text()
    for side, trace in enumerate((expected.a, expected.b)):
        texts = panel.locator(".side").nth(side).locator("code").all_inner_texts()
        assert [text.replace("␣", " ") for text in texts] == [
            other.text for other in trace.alternatives(index)[:5]
        ]

    # The other view of the same thought follows.
    followed = page.locator(".jp-OutputArea-output", has=page.get_by_text("What could have come"))
    followed.locator(".panel").last.get_by_text(f"token {index + 1} of").wait_for()

    # Keys walk; the pointer shows a piece without selecting it.
    flow = page.locator(".flow").first
    flow.press("Home")
    panel.get_by_text(f"piece 1 of {len(expected.segments)}").wait_for()
    flow.press("n")
    assert f"piece 1 of {len(expected.segments)}," not in panel.inner_text()
    selected = page.locator(".flow .on").first.get_attribute("data-i")
    flow.locator("[data-i='20']").hover()
    panel.get_by_text(f"piece 21 of {len(expected.segments)}").wait_for()
    assert page.locator(".flow .on").first.get_attribute("data-i") == selected

    # The other colouring.
    page.get_by_role("radio", name="KL", exact=True).click()
    assert "lower bound" in page.locator(".legend").first.inner_text()
    colors = {
        span.evaluate("e => e.style.backgroundColor")
        for span in (flow.locator(f"[data-i='{index}']"), flow.locator("[data-i='20']"))
    }
    assert len(colors) == 2
    lab.assert_quiet()


def test_a_view_of_several_texts_changes_the_text_and_keeps_the_means(lab: Any) -> None:
    cell = """
same = comparison.b.model_copy(update={"model": "r1-mini-cold"})
labkit.CompareView([comparison, labkit.compare(same, comparison.b)])
"""
    page = opened(lab, "several.ipynb", MAKE, cell)
    means = page.locator(".kinds table").inner_text()
    page.get_by_role("button", name="Next text").click()
    page.get_by_text("No piece differs by 0.01 nats or more.").wait_for()
    assert "= 0.00 nats" in page.locator(".status").inner_text()
    assert page.locator(".kinds table").inner_text() == means
    assert page.get_by_role("button", name="Next text").is_disabled()
    page.locator(".texts select").select_option("0")
    page.locator("[data-piece]").first.wait_for()
    lab.assert_quiet()
