"""The bar of a longer piece of work, in a real kernel: seen while it lasts, and nothing afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.slow

# The patience of the bar comes from outside, so that one notebook runs as on a slow and as on a fast machine.
SAMPLE = """
import os, labkit
import labkit._host.progress as progress
progress.SHOW_AFTER, progress.INTERVAL = float(os.environ["PATIENCE"]), 0.0
group = labkit.load().sample("Using 3, 5 and 9, make 24.", n=3, max_new_tokens=40)
print(len(group), "rollouts")
"""


def outputs(code: str, patience: str) -> list[dict[str, Any]]:
    """What the kernel sends for the outputs of one cell, in order."""
    manager, client = start_new_kernel(env=os.environ | {"PATIENCE": patience})
    sent: list[dict[str, Any]] = []
    try:
        client.execute_interactive(code, output_hook=sent.append, timeout=120)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return sent


def test_sample_says_how_many_rollouts_have_ended_and_how_many_tokens_there_are() -> None:
    sent = outputs(SAMPLE, "0")
    pages = [m["content"]["data"] for m in sent if "data" in m["content"]]
    assert [m["msg_type"] for m in sent].count("display_data") == 1, "one bar, which moves"
    assert "Sampling 3 rollouts" in pages[0]["text/html"] and "of 3, " in pages[0]["text/html"]
    assert any("tokens" in page.get("text/html", "") for page in pages)
    assert pages[-1] == {}, "nothing is left of the bar"


@pytest.mark.parametrize("bar", [True, False], ids=["the bar was saved", "no bar was saved"])
def test_a_notebook_passes_nbval_whether_the_bar_was_shown_or_not(tmp_path: Path, bar: bool) -> None:
    new = nbformat.v4
    left = [new.new_output("display_data", {})] if bar else []
    said = new.new_output("stream", name="stdout", text="3 rollouts\n")
    cell = new.new_code_cell(SAMPLE, outputs=[*left, said], execution_count=1)
    path = tmp_path / "lesson.ipynb"
    nbformat.write(new.new_notebook(cells=[cell]), path)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    for patience in ("0", "1000"):
        run = subprocess.run(
            [*command, str(path)], cwd=tmp_path, capture_output=True, text=True,
            env=os.environ | {"PATIENCE": patience},
        )  # fmt: skip
        assert run.returncode == 0, run.stdout + run.stderr
