"""The real model in a real cell: Stop ends it, keeps what there is, and the next cell goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Each token takes at least so long, as with a large model: what is to be stopped must not end by itself.
LONG = """import time, labkit
model = labkit.load()
_ = model.network.register_forward_hook(lambda *_: time.sleep(0.1))
trace = model.think("Using 3, 5 and 9, make 24.", temperature=1.5, top_p=1.0, seed=2)"""
STREAMING = """() => [...document.querySelectorAll('*')].some(
  e => e.shadowRoot && e.shadowRoot.querySelectorAll('[data-i]').length > 10)"""


@pytest.mark.parametrize("way", ["button", "interrupt"])
def test_stop_ends_a_real_thought_and_keeps_it(lab: Any, tmp_path: Path, way: str) -> None:
    path = tmp_path / f"stop-{way}.ipynb"
    cells = [new_code_cell(LONG), new_code_cell("trace.finish, 10 < len(trace) < 1000")]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), path)
    page = lab.open(path)
    lab.run_all(page)
    page.wait_for_function(STREAMING, timeout=60_000, polling=20)
    if way == "button":
        page.locator(".view .stop").click()
    else:
        lab.command(page, "notebook:interrupt-kernel")
    lab.wait_idle(page, timeout=30_000)
    assert page.locator(".jp-OutputArea-executeResult pre").inner_text() == "('interrupted', True)"
    lab.assert_quiet()
