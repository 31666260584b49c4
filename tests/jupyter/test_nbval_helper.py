"""Real notebooks, a real kernel, the real nbval: with the helper that installing labkit registers.

CI runs this file with nbval 0.11 and once more with 0.10, which needs pytest 8.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from labkit._host.notebook import VIEW_MIME

WIDGET = "application/vnd.jupyter.widget-view+json"
CLASSES = f"""
from uuid import uuid4
from IPython.display import display
class View:
    def __init__(self, text): self.text = text
    def _repr_mimebundle_(self, **_):
        fresh = uuid4().hex
        return {{"text/plain": self.text, "text/html": fresh, "image/svg+xml": fresh,
                "image/png": "iVBORw0KGgo=", "{VIEW_MIME}": {{"id": fresh}}, "{WIDGET}": {{"model_id": fresh}}}}
class Foreign:
    def __init__(self, kind, content): self.face = {{kind: content}}
    def _repr_mimebundle_(self, **_): return {{"text/plain": "a picture"}} | self.face
"""
Outcomes = dict[tuple[str, int], str]


def cell(source: str, *outputs: NotebookNode) -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs), execution_count=1)


def result(text: str, **mimes: str) -> NotebookNode:
    return new_output("execute_result", {"text/plain": text} | mimes, execution_count=1)


def displayed(text: str, **mimes: str) -> NotebookNode:
    return new_output("display_data", {"text/plain": text} | mimes)


def saved_view(text: str, kind: str = "execute_result") -> NotebookNode:
    mimes = ("text/html", "image/svg+xml", "image/png", VIEW_MIME, WIDGET)
    data = {"text/plain": text, **dict.fromkeys(mimes, "as it was when it was saved")}
    return new_output(kind, data, **({"execution_count": 1} if kind == "execute_result" else {}))


def html(page: str) -> dict[str, str]:
    return {"text/html": page}


# Each with what nbval says of it beside the helper: (cell, passes).
VIEWS = (
    (cell(CLASSES), True),
    (cell("View('a view of 3 tokens')", saved_view("a view of 3 tokens")), True),
    (cell("View('a view of 4 tokens')", saved_view("a view of 3 tokens")), False),
    (cell("Foreign('text/html', 'no view any more')", saved_view("a picture")), False),
    (cell("View('a picture')", result("a picture", **html("no view yet"))), False),
    (
        cell(
            "handle = display(View('0 tokens'), display_id=True); handle.update(View('9 tokens'))",
            saved_view("9 tokens", "display_data"),
        ),
        True,
    ),
    (
        cell(
            "handle = display(View('0 tokens'), display_id=True); handle.update(View('9 tokens'))",
            saved_view("0 tokens", "display_data"),
        ),
        False,
    ),
    (
        cell(
            "for _ in 'ab': display(View('0 tokens'), display_id='both')\n"
            "_ = display(View('9 tokens'), display_id='both', update=True)",
            saved_view("9 tokens", "display_data"),
            saved_view("9 tokens", "display_data"),
        ),
        True,
    ),
    (
        cell(  # a progress bar of labkit, which the notebook was saved without
            f"handle = display({{'text/html': '3 of 8', '{VIEW_MIME}': {{}}}}, raw=True, display_id=True)\n"
            f"handle.update({{'text/html': '', '{VIEW_MIME}': {{}}}}, raw=True)\nprint('done')",
            new_output("stream", name="stdout", text="done\n"),
        ),
        True,
    ),
)
# Without any view: all that nbval compares by itself is compared, also in the notebook of the views.
FOREIGN = (
    (cell(CLASSES), True),
    (cell("Foreign('text/html', '<b>1</b>')", result("a picture", **html("<b>1</b>"))), True),
    (cell("Foreign('text/html', '<b>1</b>')", result("a picture", **html("<b>2</b>"))), False),
    (
        cell(
            "Foreign('image/svg+xml', '<svg>1</svg>')",
            result("a picture", **{"image/svg+xml": "<svg>2</svg>"}),
        ),
        False,
    ),
    (cell("object()", result("<object at 0x7f0000000001>")), False),
    (cell("'model_id=' + uuid4().hex", result(f"'model_id={'0' * 32}'")), False),
    (
        cell(
            "import sys; print(' 37%|###   | 3/8 [00:01<00:02, 2.1it/s]', file=sys.stderr)",
            new_output("stream", name="stderr", text="100%|######| 8/8 [00:03<00:00, 2.5it/s]\n"),
        ),
        False,
    ),
    (
        cell(
            "handle = display('first', display_id=True); handle.update('last')",
            displayed("'first'"),
        ),
        True,
    ),
)
MIXED = (*VIEWS, *FOREIGN[1:])
BOOKS = {"views": VIEWS, "foreign": FOREIGN, "mixed": MIXED}


def write(folder: Path, name: str, cells: list[NotebookNode]) -> None:
    nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")


def nbval(folder: Path, *options: str) -> tuple[Outcomes, str]:
    """What became of each cell of each notebook in the folder, and what pytest printed."""
    command = [sys.executable, "-m", "pytest", "--nbval-current-env", "-q", "-rpf", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, *options, "."], cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    rows = re.findall(r"^(PASSED|FAILED) (?:.*/)?(\w+)\.ipynb::Cell (\d+)", run.stdout, re.M)
    return {(book, int(number)): outcome for outcome, book, number in rows}, run.stdout + run.stderr


def expected() -> Outcomes:
    return {
        (book, number): "PASSED" if passes else "FAILED"
        for book, rows in BOOKS.items()
        for number, (_, passes) in enumerate(rows)
    }


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("books")
    for name, rows in BOOKS.items():
        write(folder, name, [notebook_cell for notebook_cell, _ in rows])
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [("--nbval",), ("--nbval", "-n", "2", "--dist", "loadfile")],
    ids=["one process", "two workers"],
)
def test_a_view_is_compared_by_its_text_and_all_else_as_nbval_does(
    books: Path, options: tuple[str, ...]
) -> None:
    outcomes, output = nbval(books, *options)
    assert outcomes == expected(), output


@pytest.mark.slow
def test_without_the_helper_views_fail_and_the_rest_is_the_same(books: Path) -> None:
    outcomes, output = nbval(books, "--nbval", "-p", "no:labkit_nbval")
    changed = {book for (book, number), outcome in outcomes.items() if outcome != expected()[book, number]}
    assert changed == {"views", "mixed"}, output
    assert {n for (book, n), o in outcomes.items() if book == "views" and o == "PASSED"} == {0}


@pytest.mark.slow
def test_lax_compares_what_is_marked_and_a_view_by_its_text(tmp_path: Path) -> None:
    check = "# NBVAL_CHECK_OUTPUT\n"
    cells = [
        cell(CLASSES),
        cell("View('a view of 4 tokens')", saved_view("a view of 3 tokens")),
        cell(check + "View('a view of 3 tokens')", saved_view("a view of 3 tokens")),
        cell(check + "View('a view of 4 tokens')", saved_view("a view of 3 tokens")),
        cell(check + "Foreign('text/html', '<b>1</b>')", result("a picture", **html("<b>2</b>"))),
    ]
    write(tmp_path, "lax", cells)
    outcomes, output = nbval(tmp_path, "--nbval-lax")
    assert [outcomes["lax", n] for n in range(5)] == ["PASSED", "PASSED", "PASSED", "FAILED", "FAILED"], (
        output
    )


@pytest.mark.slow
def test_a_users_own_sanitise_file_changes_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "mine.cfg").write_text("[any]\nregex: \\d+ seconds\nreplace: SECONDS\n")
    cells = [
        cell(CLASSES),
        cell("'7 seconds'", result("'9 seconds'")),
        cell("'7 minutes'", result("'9 minutes'")),
        cell("View('a view of 7 seconds')", saved_view("a view of 9 seconds")),
        cell("Foreign('text/html', '7 seconds')", result("a picture", **html("9 seconds"))),
    ]
    write(tmp_path, "mine", cells)
    outcomes, output = nbval(tmp_path, "--nbval", "--sanitize-with", "mine.cfg")
    assert [outcomes["mine", n] for n in range(5)] == ["PASSED", "PASSED", "FAILED", "PASSED", "PASSED"], (
        output
    )


@pytest.mark.slow
def test_an_nbval_that_the_helper_does_not_know_is_left_as_it_is_with_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "later", [cell("1 + 1", result("2")), cell("1 + 1", result("3"))])
    (tmp_path / "conftest.py").write_text(
        "from nbval.plugin import IPyNbFile\n"
        "receive = IPyNbFile.get_kernel_message\n"
        "del IPyNbFile.get_kernel_message\n"
        "def pytest_collection_finish(): IPyNbFile.get_kernel_message = receive\n"
    )
    outcomes, output = nbval(tmp_path, "--nbval")
    assert outcomes == {("later", 0): "PASSED", ("later", 1): "FAILED"}, output
    assert "does not know this version of nbval" in output and 'pip install "nbval>=0.10,<0.12"' in output


def test_it_is_registered_with_pytest() -> None:
    found = {e.name: e.value for e in entry_points(group="pytest11")}
    assert found["labkit_nbval"] == "labkit.jupyter.nbval_helper"


def test_the_bounds_in_its_warning_are_those_of_the_extra() -> None:
    from labkit.jupyter import nbval_helper

    assert f'"{nbval_helper._TESTED}"' in (Path(__file__).parents[2] / "pyproject.toml").read_text()


def test_loading_it_imports_nothing_heavy() -> None:
    code = "import sys, labkit.jupyter.nbval_helper; print(sorted(m.partition('.')[0] for m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(run.stdout))
    heavy = {"torch", "transformers", "numpy", "pydantic", "nbval", "nbformat", "anywidget", "IPython"}
    assert not loaded & heavy
