"""Real notebooks, a real kernel, the real nbval: with the helper that installing labkit registers."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

VIEW = """
from uuid import uuid4
from IPython.display import display
class View:
    def _repr_mimebundle_(self, **_):
        fresh = uuid4().hex
        return {"text/plain": TEXT, "text/html": fresh, "image/svg+xml": fresh,
                "image/png": "iVBORw0KGgo=", "application/vnd.labkit.view+json": {"id": fresh},
                "application/vnd.jupyter.widget-view+json": {"model_id": fresh}}
"""


def cell(source: str, *outputs: NotebookNode) -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs), execution_count=1)


def shown(text: str, **mimes: str) -> NotebookNode:
    return new_output("execute_result", {"text/plain": text} | mimes, execution_count=1)


def saved_view(text: str) -> NotebookNode:
    mimes = ("text/html", "image/svg+xml", "image/png", "application/vnd.labkit.view+json",
             "application/vnd.jupyter.widget-view+json")  # fmt: skip
    return shown(text, **dict.fromkeys(mimes, "as it was when it was saved"))


def nbval(tmp_path: Path, *cells: NotebookNode, options: tuple[str, ...] = ()) -> tuple[int, str]:
    path = tmp_path / "lesson.ipynb"
    nbformat.write(new_notebook(cells=list(cells)), path)
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
    run = subprocess.run([*command, *options, str(path)], cwd=tmp_path, capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


GOOD = (
    cell(VIEW.replace("TEXT", "'a view of 3 tokens'") + "View()", saved_view("a view of 3 tokens")),
    cell("object()", shown("<object at 0x7f0000000001>")),
    cell("lambda: 1", shown("<function __main__.<lambda>()>")),
    cell("(x for x in [])", shown("<generator object <genexpr> at 0x7f0000000002>")),
    cell("'model_id=' + uuid4().hex", shown(f"'model_id={'0' * 32}'")),
    cell(
        "handle = display('first', display_id=True); handle.update('last')",
        new_output("display_data", {"text/plain": "'last'"}),
    ),
    cell(
        "import sys; print(' 37%|###   | 3/8 [00:01<00:02, 2.1it/s]', file=sys.stderr)",
        new_output("stream", name="stderr", text="100%|######| 8/8 [00:03<00:00, 2.5it/s]\n"),
    ),
)


@pytest.mark.slow
def test_a_notebook_whose_ids_addresses_and_pictures_change_passes_twice(tmp_path: Path) -> None:
    for _ in range(2):
        code, output = nbval(tmp_path, *GOOD)
        assert code == 0, output
        assert f"{len(GOOD)} passed" in output


@pytest.mark.slow
def test_without_the_helper_the_same_notebook_fails(tmp_path: Path) -> None:
    code, output = nbval(tmp_path, *GOOD, options=("-p", "no:labkit_nbval"))
    assert code == 1
    assert "6 failed, 1 passed" in output, output  # each cell for its own reason; the lambda has no address


@pytest.mark.slow
def test_a_view_or_an_update_with_another_text_fails(tmp_path: Path) -> None:
    code, output = nbval(
        tmp_path,
        cell(VIEW.replace("TEXT", "'a view of 4 tokens'") + "View()", saved_view("a view of 3 tokens")),
        cell("1 + 1", shown("3")),
        cell(
            "handle = display('first', display_id=True); handle.update('last')",
            new_output("display_data", {"text/plain": "'first'"}),
        ),
    )
    assert code == 1
    assert "3 failed" in output, output


@pytest.mark.slow
def test_a_users_own_sanitise_file_still_applies(tmp_path: Path) -> None:
    (tmp_path / "mine.cfg").write_text("[any]\nregex: \\d+ seconds\nreplace: SECONDS\n")
    cells = (cell("'7 seconds'", shown("'9 seconds'")), cell("object()", shown("<object at 0x7f0000000001>")))
    code, output = nbval(tmp_path, *cells, options=("--nbval-sanitize-with", "mine.cfg"))
    assert code == 0, output


def test_it_is_registered_with_pytest() -> None:
    found = {e.name: e.value for e in entry_points(group="pytest11")}
    assert found["labkit_nbval"] == "labkit.jupyter.nbval_helper"


def test_loading_it_imports_nothing_heavy() -> None:
    code = "import sys, labkit.jupyter.nbval_helper; print(sorted(m.partition('.')[0] for m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(run.stdout))
    assert not loaded & {
        "torch",
        "transformers",
        "numpy",
        "pydantic",
        "nbval",
        "nbformat",
        "anywidget",
        "IPython",
    }
