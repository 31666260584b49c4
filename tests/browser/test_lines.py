"""One kernel with two tabs, and a kernel at the end of a slow line (500 kB/s, 200 ms)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import nbformat
import pytest

from .conftest import Lab
from .slow_line import slow_line

pytestmark = pytest.mark.browser

VIEW = "import make, labkit\nlabkit.TokenView(make.trace())"
THINK = "import labkit\nmodel = labkit.load()\ntrace = model.think('Using 19, 18 and 17, make 99.', temperature=1.0)"
SLOW = {"bytes_per_second": 500_000, "delay": 0.2}
PATIENCE = 120_000  # ms: JupyterLab's own page is some 10 MB


def write(lab: Any, name: str, code: str) -> str:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, lab.root / name)
    return name


def selected(page: Any) -> str:
    """The number of the selected token, as the panel says it."""
    text: str = page.locator(".panel .big").inner_text(timeout=30_000)
    return text.split("token ")[-1].split(" ")[0]


def test_two_tabs_on_one_kernel_show_one_view(lab: Any) -> None:
    first = lab.open(write(lab, "tabs.ipynb", VIEW))
    lab.run_all(first)
    first.locator(".flow [data-i='29']").wait_for(timeout=60_000)
    lab.wait_idle(first)
    lab.save(first)
    second = lab.open("tabs.ipynb")
    assert len(lab._api("sessions")) == 1
    second.locator(".flow [data-i='29']").click(timeout=60_000)
    second.wait_for_selector(".panel .alt.came", timeout=30_000)  # only the kernel knows the alternatives
    assert selected(second) == "30"
    first.get_by_text("token 30 of 93").wait_for(timeout=30_000)  # the selection is one, of the view
    first.locator(".flow [data-i='4']").click()
    second.get_by_text("token 5 of 93").wait_for(timeout=30_000)
    second.context.close()
    first.locator(".flow [data-i='7']").click()
    first.get_by_text("token 8 of 93").wait_for(
        timeout=30_000
    )  # the first tab goes on when the second is closed
    lab._contexts.remove(second.context)
    assert lab.console_errors == []


@pytest.fixture
def slow_lab(lab: Any, browser: Any) -> Iterator[Any]:
    """The same server over a slow line."""
    port = urlsplit(lab.url).port
    assert port is not None
    with slow_line(port, **SLOW) as slow_port:
        slow = Lab(f"http://127.0.0.1:{slow_port}", lab.root, browser)
        yield slow
        for context in slow._contexts:
            context.close()


def test_over_a_slow_line_every_token_arrives_and_the_view_answers(slow_lab: Any) -> None:
    page = slow_lab._page()
    page.set_default_timeout(PATIENCE)
    name = write(slow_lab, "slow.ipynb", THINK)
    page.goto(slow_lab._address(name), wait_until="domcontentloaded", timeout=PATIENCE)
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    slow_lab._wait_for_kernel(page, name)
    slow_lab.run_all(page)
    page.locator(".flow [data-i='20']").wait_for()
    slow_lab.wait_idle(page, PATIENCE)
    status = page.locator(".head .status")
    status.get_by_text("came to its end").or_(status.get_by_text("cut off")).wait_for()
    drawn = page.locator(".flow [data-i]").count()
    assert status.inner_text().startswith(f"{drawn:,} tokens")
    page.locator(".flow [data-i='3']").click()
    page.wait_for_selector(".panel .alt.came")  # only the kernel knows the alternatives
