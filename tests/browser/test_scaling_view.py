"""The scaling view in a real JupyterLab: the axis, the points by keyboard and by pointer, the legend, the table."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

import labkit
from labkit import ScalingView

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"
CODE = f"""import labkit
points = [labkit.ScalingPoint("forced", None, t, v, v - 0.05, v + 0.05, 200) for t, v in ((138, 0.61), (386, 0.56))]
card = labkit.data_path("models", "r1-mini", "metrics.json")
view = labkit.ScalingView({{"mini": card, {HOSTILE!r}: points}})
view"""


def opened(lab: Any, name: str, *, dark: bool = False) -> Any:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(CODE), nbformat.v4.new_code_cell("print('focus', view.focus)")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), lab.root / name)
    page = lab.open(name, dark=dark)
    lab.run_all(page)
    page.wait_for_selector(".chart canvas", timeout=60_000)
    page.wait_for_function(f"() => {PIXELS} > 100", timeout=60_000)
    return page


# The number of coloured pixels of the chart: red, green and blue differ by more than 40.
PIXELS = """(() => {
  const host = [...document.querySelectorAll('[data-lm-suppress-shortcuts]')].find((e) => e.shadowRoot);
  const canvas = host?.shadowRoot.querySelector('.chart canvas');
  if (!canvas?.width) return 0;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let n = 0;
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] > 200 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 40) n++;
  return n;
})()"""


def source() -> ScalingView:
    return ScalingView({"mini": labkit.data_path("models", "r1-mini", "metrics.json")})


def test_points_are_read_by_keyboard_and_python_follows(lab: Any) -> None:
    page = opened(lab, "scaling.ipynb")
    assert page.get_by_role("radio", name="tokens").get_attribute("aria-checked") == "true"
    page.get_by_role("radio", name="samples k").click()
    assert "forced" not in page.locator(".tip").inner_text() and HOSTILE in page.locator(".foot").inner_text()
    page.locator(".chart").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    point = source().points[3]
    said = page.locator("[aria-live=polite]").last.inner_text()
    assert said.startswith("pass@k, T = 0.6, mini, k = 8") and f"{100 * point.value:.1f} %" in said
    assert page.locator(".tip").is_visible() and "500 problems" in page.locator(".tip").inner_text()
    page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1")
    focus = {"axis": "k", "curve": 0, "point": 3, "hidden": []}
    printed = page.locator(".jp-OutputArea-output", has_text=f"focus {focus}")
    for _ in range(5):  # a message to the kernel may arrive after a cell that was started later
        lab.command(page, "notebook:run-cell")
        lab.wait_idle(page)
        if printed.count():
            break
    assert printed.count() == 1
    page.locator(".chart").focus()
    page.keyboard.press("Escape")
    assert page.locator(".tip").is_hidden()
    lab.assert_quiet()


def test_the_legend_hides_a_curve_and_the_pointer_shows_a_point(lab: Any) -> None:
    page = opened(lab, "legend.ipynb")
    before = page.evaluate(PIXELS)
    first = page.locator(".legend button").first
    first.click()
    assert first.get_attribute("aria-pressed") == "false"
    page.wait_for_function(f"(n) => {PIXELS} < n", arg=before)
    first.click()
    page.wait_for_function(f"(n) => {PIXELS} === n", arg=before)
    page.get_by_role("radio", name="samples k").click()
    box = page.locator(".chart canvas").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 60)
    for y in range(0, int(box["height"]), 8):  # the axis begins at k = 1, where the first point is
        page.mouse.move(box["x"] + 52, box["y"] + y)
        if page.locator(".tip").is_visible():
            break
    assert "k = 1" in page.locator(".tip").inner_text()
    lab.assert_quiet()


def test_the_table_holds_every_point_and_labels_are_text(lab: Any) -> None:
    page = opened(lab, "table.ipynb", dark=True)
    page.get_by_text("All points as a table").click()
    rows = page.locator("details tbody tr")
    assert rows.count() == len(source().points) + 2
    assert page.locator("details th[scope=row]").last.inner_text() == HOSTILE
    assert (
        page.locator(".legend button").last.inner_text() == HOSTILE and page.locator(".view img").count() == 0
    )
    rows.nth(2).click()
    assert "on" in (rows.nth(2).get_attribute("class") or "") and "k = 4" in page.locator(".tip").inner_text()
    assert page.locator(".view.dark").count() == 1
    lab.assert_quiet()
