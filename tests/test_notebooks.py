"""What a notebook may carry when it is committed. nbval runs them; this reads them."""

from __future__ import annotations

import ast
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import labkit
from labkit._host.notebook import VIEW_MIME
from labkit.cli import main
from labkit.course.clean import clean, joined, problems, stripped
from labkit.errors import BadArgument

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)

MEGABYTES = 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_notebook_carries_nothing_of_the_machine_that_made_it(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert problems(notebook) == []
    assert path.stat().st_size < MEGABYTES * 1e6


def names_of_labkit(source: str) -> set[str]:
    """Dotted names in a cell that begin with `labkit`, such as `labkit.inside.find`."""
    code = "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))
    chains = (ast.unparse(node) for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute))
    return {chain for chain in chains if re.fullmatch(r"labkit(\.\w+)+", chain)}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_every_name_of_labkit_in_a_lesson_exists(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        for name in names_of_labkit(cell.source) if cell.cell_type == "code" else ():
            value: Any = labkit
            for part in name.split(".")[1:]:
                value = getattr(value, part)


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
    assert problems(good()) == []


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
    "16 lines of code": {"source": "x\n" * 16},
    "installs something": {"source": "%pip install a-package"},
    "metadata.execution is of one session": {"cell_metadata": {"execution": {"iopub.status.busy": "now"}}},
    "no output is saved": {"no_outputs": True},
}


def bad(complaint: str) -> Any:
    """A good notebook with one problem."""
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
    return notebook


@pytest.mark.parametrize("complaint", BAD)
def test_each_thing_that_must_not_be_committed_is_complained_of(complaint: str) -> None:
    assert [c for c in problems(bad(complaint)) if complaint in c], problems(bad(complaint))


def test_an_error_that_is_meant_is_no_complaint() -> None:
    notebook = good()
    notebook.cells[1].metadata["tags"] = ["raises-exception"]
    notebook.cells[1].outputs = [new_output("error", ename="E", evalue="e", traceback=["E: e"])]
    assert problems(notebook) == []


# -- labkit course clean -----------------------------------------------------------------------------------

STRIPPED = ("metadata.", "the kernel is not", "an output with nothing in it")


@pytest.mark.parametrize("complaint", BAD)
def test_cleaning_removes_what_a_program_can_and_names_the_rest(complaint: str, tmp_path: Path) -> None:
    notebook, path = bad(complaint), tmp_path / "lesson.ipynb"
    path.write_text(json.dumps(notebook), "utf-8")
    cleaned = clean(path)
    named = [problem for problem in cleaned.remaining if complaint in problem]
    assert bool(named) == (not complaint.startswith(STRIPPED)), cleaned
    assert json.loads(path.read_text("utf-8")) == stripped(notebook)


def test_cleaning_keeps_source_outputs_and_tags_of_a_good_notebook(tmp_path: Path) -> None:
    notebook, path = good(), tmp_path / "lesson.ipynb"
    notebook.cells[1].metadata["tags"] = ["exercise"]
    path.write_text(json.dumps(notebook), "utf-8")
    before = path.read_bytes()
    cleaned = clean(path)
    assert cleaned.removed == cleaned.remaining == [] and path.read_bytes() == before


def test_cleaning_joins_the_pieces_of_a_stream_and_removes_a_cleared_output() -> None:
    notebook = good()
    stream = [new_output("stream", name=name, text=text) for name, text in OUT]
    notebook.cells[1].outputs = [*stream[:2], new_output("display_data", {}), *stream[2:]]
    outputs = stripped(notebook)["cells"][1]["outputs"]
    assert [(output["name"], joined(output["text"])) for output in outputs] == [
        ("stdout", "a\nbcd"), ("stderr", "e"), ("stdout", "f"),
    ]  # fmt: skip


OUT = (("stdout", "a\nb"), ("stdout", "c"), ("stdout", "d"), ("stderr", "e"), ("stdout", "f"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_cleaning_a_shipped_lesson_changes_nothing(path: Path) -> None:
    notebook = json.loads(path.read_text("utf-8"))
    assert stripped(notebook) == notebook


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_what_is_not_a_notebook_is_refused_and_kept(text: str, tmp_path: Path) -> None:
    path = tmp_path / "lesson.ipynb"
    path.write_text(text, "utf-8")
    with pytest.raises(BadArgument, match=r"cannot be read|is not a notebook"):
        clean(path)
    assert path.read_text("utf-8") == text


def test_the_command_says_what_it_removed_and_what_remains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps(bad("metadata.widgets")), "utf-8")
    assert main(["course", "clean", str(path)]) == 0
    assert "removed: metadata.widgets" in capsys.readouterr().out
    path.write_text(json.dumps(bad("installs something")), "utf-8")
    assert main(["course", "clean", str(path)]) == 1
    assert "remains: cell 1: installs something" in capsys.readouterr().out
