"""A model behind a real server, in JupyterLab: the same view of tokens, a fork by asking again, and a plain no."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KEY = "a-key-for-the-class"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a `labkit serve` on loopback."""
    command = [sys.executable, "-m", "labkit", "serve", "r1-mini", "--host", "127.0.0.1", "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "LABKIT_TOKEN": KEY}
    )
    try:
        assert process.stdout is not None
        told = next(line for line in process.stdout if "labkit.load(" in line)
        yield str(re.search(r'http://[^"]+', told)[0])  # type: ignore[index]
    finally:
        process.terminate()
        process.wait(30)


def opened(lab: Any, name: str, address: str, *cells: str) -> Any:
    """A notebook with a thought of the server's model, run to its end."""
    first = f"""import os, labkit
os.environ["LABKIT_API_KEY"] = "{KEY}"
model = labkit.load("{address}", model="r1-mini")
trace = model.think("Using 10, 12 and 14, make 5.", temperature=0, show=False)"""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    sources = [nbformat.v4.new_code_cell(cell) for cell in (first, *cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=sources, metadata=kernel), lab.root / name)
    page = lab.open(name)
    lab.run_all(page)
    lab.wait_idle(page)
    return page


def test_a_thought_of_a_server_shows_what_else_could_have_come(lab: Any, address: str) -> None:
    page = opened(lab, "server.ipynb", address, "labkit.TokenView(trace)")
    view = page.locator("section.view")
    view.locator(".status").get_by_text("124 tokens").wait_for()
    view.locator(".flow").press("ArrowRight")
    view.locator(".panel .bars .track").nth(3).wait_for()  # the alternatives came over the wire
    assert not lab.console_errors and not lab.foreign_requests


def test_it_is_changed_by_asking_again_and_its_attention_stays_where_it_is(lab: Any, address: str) -> None:
    page = opened(lab, "fork.ipynb", address, "labkit.ForkView(trace)", "labkit.AttentionView(trace)")
    assert "no queries or keys" in str(page.locator(".jp-Cell").nth(2).text_content())
    view = page.locator("section.view")
    lab.click_token(page, 0, "10")
    view.locator(".choice", has_text="12").click()
    view.locator(".how button", has_text="4").click()
    view.locator(".primary").click()
    view.locator(".line").wait_for(timeout=60_000)
    view.locator(".dot").nth(3).wait_for()
    assert "'10' replaced by '12'" in str(view.locator(".line").text_content())
    assert not lab.console_errors and not lab.foreign_requests
