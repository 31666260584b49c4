"""What a notebook holds after its cells have run in a real kernel."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest

from labkit.views.core.saved import read_payload

nbclient = pytest.importorskip("nbclient")
pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
CODE = """
import threading, make, labkit.views
whole = make.trace()
builder = make.builder(whole)
view = labkit.views.show_stream(builder, threading.Event())
for n in range(0, len(whole), 7):
    builder.extend(make.chunk(whole, n, n + 7))
    view.update()
view.done(whole)
"""


def test_the_saved_output_of_a_stream_is_the_whole_thought(monkeypatch):
    paths = [str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
    nbclient.NotebookClient(book, kernel_name="python3", store_widget_state=False).execute()
    (output,) = book.cells[0].outputs
    assert "93 tokens, came to its end" in output.data["text/html"]
    assert output.data["text/plain"] == "TokenView(r1-mini: 'Using 3, 5 and 9, make 24.')"
    saved = read_payload(output.data["application/vnd.labkit.view+json"])
    assert saved is not None and len(saved["trace"]["tokens"]["ids"]) == 93
    assert output.metadata["image/png"]["width"] == 760
    assert "widgets" not in book.metadata
