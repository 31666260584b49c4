"""What a notebook may carry when it is committed. nbval runs them; this reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from labkit._host.notebook import VIEW_MIME

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)

COLUMNS, LINES, MEGABYTES = 76, 20, 5
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
MACHINE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|tmp|work|opt|usr|var|mnt|srv|private|Users|Volumes)/[\w.-]+|[A-Z]:\\(?:Users|Windows)\\"
)
OFF_LOOPBACK = re.compile(
    r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import""", re.I
)
CELL_METADATA = {"tags", "slideshow", "jupyter", "editable", "deletable"}
NOTEBOOK_METADATA = {"kernelspec", "language_info", "title", "labkit"}


def texts(cell: Any) -> Iterator[tuple[str, str]]:
    """(what it is, text) of everything readable in a code cell's outputs."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.name, output.text
        elif output.output_type == "error":
            yield "traceback", "\n".join(output.traceback)
        else:
            for mime, data in output.data.items():
                if not mime.startswith("image/") or mime == "image/svg+xml":
                    yield mime, data if isinstance(data, str) else json.dumps(data)


def complaints(notebook: Any) -> list[str]:
    """Everything that keeps a notebook from being committed, in words."""
    said = []
    if "widgets" in notebook.metadata:
        said.append("metadata.widgets: GitHub then refuses to show the notebook")
    said += [
        f"metadata.{key} is of one machine"
        for key in sorted({*notebook.metadata} - NOTEBOOK_METADATA - {"widgets"})
    ]
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        said.append("the kernel is not the plain python3")
    counts = []
    for i, cell in enumerate(notebook.cells):
        where = f"cell {i}"
        said += [
            f"{where}: metadata.{key} is of one session" for key in sorted({*cell.metadata} - CELL_METADATA)
        ]
        if cell.cell_type != "code":
            continue
        lines = cell.source.splitlines()
        said += [f"{where}: a line of {len(line)} columns" for line in lines if len(line) > COLUMNS]
        if len(lines) > LINES:
            said.append(f"{where}: {len(lines)} lines of code")
        if re.search(r"^\s*[!%]\s*(?:pip|conda|apt|npm)\b", cell.source, re.M):
            said.append(f"{where}: installs something")
        if cell.source.strip():
            counts.append(cell.execution_count)
        expected = "raises-exception" in cell.metadata.get("tags", [])
        for what, text in texts(cell):
            if found := ADDRESS.search(text):
                said.append(f"{where}: an address in memory, {found[0]}, in {what}")
            if found := MACHINE_PATH.search(text):
                said.append(f"{where}: a path of one machine, {found[0]}, in {what}")
            if what == "text/html" and (found := OFF_LOOPBACK.search(text)):
                said.append(f"{where}: asks for something from a network, {found[0]}, in {what}")
            if what == "traceback" and not expected:
                said.append(f"{where}: an error that is not marked as meant")
            if what == "image/svg+xml":
                said.append(f"{where}: SVG, which an untrusted notebook does not show")
        for output in cell.outputs:
            data = output.get("data", {})
            if any("widget-view" in m for m in data) and not {"image/png", "text/html"} & {*data}:
                said.append(f"{where}: a widget without a picture for those who only read")
            if {*data} <= {"text/html", VIEW_MIME} and data and not data.get("text/html"):
                said.append(f"{where}: an output with nothing in it, which a progress bar left")
    if counts != [*range(1, len(counts) + 1)]:
        said.append("the cells were not run once each from top to bottom")
    if not any(cell.cell_type == "code" and cell.outputs for cell in notebook.cells):
        said.append("no output is saved")
    return said


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_notebook_carries_nothing_of_the_machine_that_made_it(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert complaints(notebook) == []
    assert path.stat().st_size < MEGABYTES * 1e6


# -- the checker itself: it must not be satisfied with anything ------------------------------------------


KERNEL = {"name": "python3", "display_name": "Python 3"}


def good() -> Any:
    view = {
        "text/plain": "TokenView: 3 tokens",
        "text/html": "<p><img src='data:image/png;base64,iVBORw0KGgo='></p>",
        "image/png": "iVBORw0KGgo=",
        "application/vnd.jupyter.widget-view+json": {"model_id": "0" * 32},
    }
    cells = [
        new_markdown_cell("# A lesson, at /home/you if you like"),
        new_code_cell("1 + 1", execution_count=1, outputs=[new_output("execute_result", {"text/plain": "2"}, execution_count=1)]),
        new_code_cell("view", execution_count=2, outputs=[new_output("execute_result", view, execution_count=2)]),
    ]  # fmt: skip
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def test_a_good_notebook_has_no_complaint() -> None:
    assert complaints(good()) == []


OF_ROOT = "/".join(("", "root", "x"))  # spelled apart, so that no search for such paths stops here
BAD: dict[str, dict[str, Any]] = {
    "metadata.widgets": {"metadata": {"widgets": {}, "kernelspec": KERNEL}},
    "metadata.vscode": {"metadata": {"vscode": {}, "kernelspec": KERNEL}},
    "the kernel is not": {"metadata": {"kernelspec": KERNEL | {"name": "my-env"}}},
    "an address in memory, 0x7f3a2c1b": {"outputs": [new_output("stream", text="<A at 0x7f3a2c1b>")]},
    "an address in memory, 0x10abcdef": {
        "outputs": [new_output("display_data", {"application/json": {"at": "0x10abcdef"}})]
    },
    f"a path of one machine, {OF_ROOT}": {"outputs": [new_output("stream", text=f"saved in {OF_ROOT}")]},
    "a path of one machine, /tmp/ipykernel_12": {
        "outputs": [new_output("stream", name="stderr", text="/tmp/ipykernel_12/3.py:1: UserWarning")]
    },
    "a path of one machine, C:\\Users": {"outputs": [new_output("stream", text="C:\\Users\\me")]},
    "asks for something from a network": {
        "outputs": [new_output("display_data", {"text/html": "<script src=https://example.org/a.js>"})]
    },
    "an error that is not marked": {
        "outputs": [new_output("error", ename="E", evalue="e", traceback=["E: e"])],
    },
    "SVG": {"outputs": [new_output("display_data", {"image/svg+xml": "<svg/>"})]},
    "a widget without a picture": {
        "outputs": [new_output("display_data", {"application/vnd.jupyter.widget-view+json": {}})]
    },
    "an output with nothing in it": {
        "outputs": [new_output("display_data", {"text/html": "", VIEW_MIME: {}})]
    },
    "not run once each": {"execution_count": 7},
    "a line of 77 columns": {"source": "x" * 77},
    "21 lines of code": {"source": "x\n" * 21},
    "installs something": {"source": "%pip install a-package"},
    "metadata.execution is of one session": {"cell_metadata": {"execution": {"iopub.status.busy": "now"}}},
    "no output is saved": {"no_outputs": True},
}


@pytest.mark.parametrize("complaint", BAD)
def test_each_thing_that_must_not_be_committed_is_complained_of(complaint: str) -> None:
    notebook, change = good(), deepcopy(BAD[complaint])
    cell = notebook.cells[1]
    if "metadata" in change:
        notebook.metadata = nbformat.from_dict(change["metadata"])
    if change.get("no_outputs"):
        notebook.cells = notebook.cells[:2]
        cell.outputs = []
    for key in ("outputs", "execution_count", "source"):
        if key in change:
            cell[key] = change[key]
    cell.metadata.update(change.get("cell_metadata", {}))
    assert [c for c in complaints(notebook) if complaint in c], complaints(notebook)


def test_an_error_that_is_meant_is_no_complaint() -> None:
    notebook = good()
    notebook.cells[1].metadata["tags"] = ["raises-exception"]
    notebook.cells[1].outputs = [new_output("error", ename="E", evalue="e", traceback=["E: e"])]
    assert complaints(notebook) == []
