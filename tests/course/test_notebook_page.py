"""A notebook as one page: which views react, what a page holds of a hostile notebook, and what it requests."""

from __future__ import annotations

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
import pytest

import labkit.views
from labkit import LabkitError
from labkit._host.notebook import VIEW_MIME
from labkit.cli import main
from labkit.course.notebook_page import export, has_formulas
from tests.views import make
from tests.views.test_save import HOSTILE, Opened, Page

pytest.importorskip("nbconvert", reason="nbconvert comes with the extra `lab`")
pytestmark = pytest.mark.slow

WIDGET = {"model_id": "0", "version_major": 2, "version_minor": 0}
SCRIPT = "<script>document.title = 'owned'</script>"


def output(bundle: dict[str, Any]) -> Any:
    return nbformat.v4.new_output("display_data", bundle)


def bundle_of(view: Any, **changes: Any) -> dict[str, Any]:
    """The saved output of a view, as a notebook holds it."""
    bundle = view._repr_mimebundle_()[0] | {"application/vnd.jupyter.widget-view+json": WIDGET, **changes}
    return bundle | {"image/png": base64.b64encode(bundle["image/png"]).decode()}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a notebook with a text and outputs."""

    def notebook(text: str, *bundles: dict[str, Any]) -> Path:
        cells = [nbformat.v4.new_markdown_cell(f"# A page\n\n{text}", id="text")]
        for number, bundle in enumerate(bundles):
            cells.append(nbformat.v4.new_code_cell("view", id=f"cell{number}", outputs=[output(bundle)]))
        book = nbformat.v4.new_notebook(cells=cells, metadata={"widgets": {"state": {}}})
        path = tmp_path / "book.ipynb"
        path.write_text(nbformat.writes(book), encoding="utf-8")
        return path

    return notebook


def test_each_kind_has_one_script_whose_sum_the_policy_names(write: Any) -> None:
    token, cost = labkit.views.TokenView(make.trace()), labkit.views.CostView()
    path = write("No formula, and USD 3.", bundle_of(token), bundle_of(token), bundle_of(cost))
    done = export(path)
    assert (done.path, done.live, done.pictures) == (path.with_suffix(".html"), 3, 0)
    page = Page(done.path.read_text("utf-8"))
    assert page.title == "A page"
    assert [data["kind"] for data in page.data] == ["token", "token", "cost"]
    assert len(page.scripts) == 2
    for script in page.scripts:
        assert base64.b64encode(sha256(script.encode()).digest()).decode() in page.policy
    assert [url for url in page.loaded if not url.startswith(("data:", "#"))] == []
    first = done.path.read_bytes()
    assert export(path).path.read_bytes() == first, "the same notebook makes the same page"


def test_a_view_of_an_older_labkit_stays_a_picture(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    old = bundle_of(labkit.views.TokenView(make.trace()), **{VIEW_MIME: {"version": 1}})
    path = write("text", old)
    assert main(["export", str(path), str(path.with_name("page"))]) == 0
    assert "page.html: 0 views react; 1 of an older labkit stay pictures." in capsys.readouterr().out
    text = path.with_name("page.html").read_text("utf-8")
    page = Page(text)
    assert page.scripts == [] and page.data == [] and "93 tokens, came to its end" in text


@pytest.mark.parametrize(
    "payload",
    [
        {"version": 2, "kind": "../../errors", "data": "x"},
        {"version": 2, "kind": ["token"], "data": "x"},
        {"version": 3, "kind": "token", "data": "x"},
        {"version": 2, "kind": "token", "data": 3},
        [],
        None,
    ],
)
def test_a_payload_that_labkit_does_not_know_is_left_out(write: Any, payload: Any) -> None:
    done = export(write("text", bundle_of(labkit.views.CostView(), **{VIEW_MIME: payload})))
    page = Page(done.path.read_text("utf-8"))
    assert done.live == 0 and page.scripts == [] and page.data == []


@pytest.mark.parametrize(
    ("text", "formula"),
    [("$a$", True), ("$$a$$", True), (r"\(a\)", True), ("USD 3", False), ("`$a$`", False), ("$3", False)],
)
def test_mathjax_is_in_a_page_with_formulas_only(text: str, formula: bool) -> None:
    cells = [nbformat.v4.new_markdown_cell(text)]
    assert has_formulas(nbformat.v4.new_notebook(cells=cells)) is formula


def test_a_file_that_is_not_a_notebook_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.ipynb").write_text("no")
    for name in ("text.ipynb", "missing.ipynb"):
        with pytest.raises(LabkitError, match="cannot be read as a notebook"):
            export(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["text.ipynb"]


@pytest.mark.browser
def test_in_chromium_the_views_of_a_hostile_notebook_react_and_its_scripts_do_not_run(
    write: Any, browser: Any
) -> None:
    view = labkit.views.TokenView(make.trace(HOSTILE * 3, prompt=HOSTILE, model=HOSTILE))
    bundles = [
        bundle_of(view),
        {"text/html": f"<p>an output</p>{SCRIPT}<script type='{VIEW_MIME}'>no JSON</script>"},
        {"application/javascript": "document.title = 'owned'", "text/plain": "a plot"},
        {"text/markdown": f"a *table* {SCRIPT} ![](http://127.0.0.1:9/x.png)"},
        {"text/latex": "$x^2$"},
    ]
    shown = Opened(browser, export(write(f"Text {SCRIPT} and $a^2$", *bundles)).path)
    shown.page.locator(".labkit-live [data-i='5']").click()
    shown.page.wait_for_selector("text=token 6 of")
    shown.page.wait_for_function("document.querySelectorAll('mjx-container svg').length === 2")
    assert shown.page.title() == "A page"
    assert shown.page.locator("text=an output").is_visible()
    assert all("Content Security Policy" in text for text in shown.complaints)
    shown.page.close()
