"""Lesson 11 has one switch for the model: every cell runs for a server's model as it does for one in this process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

for needed in ("openai", "starlette", "uvicorn"):
    pytest.importorskip(needed, reason="needs the extras serve and server")
pytestmark = pytest.mark.slow
LESSON = Path(__file__).parents[1] / "notebooks/11-a-real-distill.ipynb"
SWITCH = 'WHICH = "r1-mini"'


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a `labkit serve` on loopback, whose key the kernel will find in its environment."""
    monkeypatch.setenv("LABKIT_TOKEN", "a-key-for-the-class")
    monkeypatch.setenv("LABKIT_API_KEY", "a-key-for-the-class")
    command = [sys.executable, "-m", "labkit", "serve", "r1-mini", "--host", "127.0.0.1", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert process.stdout is not None
        told = next(line for line in process.stdout if "labkit.load(" in line)
        yield str(re.search(r'http://[^"]+', told)[0])  # type: ignore[index]
    finally:
        process.terminate()
        process.wait(30)


def test_every_cell_runs_for_a_model_behind_a_server(address: str, tmp_path: Path) -> None:
    book = nbformat.read(LESSON, 4)
    switches = [cell for cell in book.cells if cell.cell_type == "code" and SWITCH in cell.source]
    assert len(switches) == 1
    switches[0].source = switches[0].source.replace(SWITCH, f'WHICH = "{address}"')
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = "\n".join(
        str(output.get("text") or output.get("data", {}).get("text/plain", ""))
        for cell in book.cells if cell.cell_type == "code" for output in cell.outputs
    )  # fmt: skip
    assert printed.count("95 % interval") == 2 and printed.count("runs on a server") == 2, printed
