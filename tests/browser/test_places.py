"""Where a view works: JupyterLab 4.2, Notebook 7, a page of nbconvert, what GitHub shows, marimo, and the widget contract.

The other places of the README's table have tests of their own. An environment other than this one is named by a
variable that holds its interpreter; `bash .ci/environment-sets places` makes them.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import bleach
import nbformat
import pytest

from tests.views.every_view import EXAMPLES

from .conftest import REPO, Lab, free_port, serving, wait_for
from .plain_page import PlainPage

pytestmark = pytest.mark.browser

VIEW = "import make, labkit\nlabkit.TokenView(make.trace())"
TOKEN = ".flow [data-i='29']"
READY = 180_000  # ms; a kernel alone needs a minute on a machine that is busy otherwise


class Notebook7(Lab):
    """Jupyter Notebook 7: one document a page."""

    def _address(self, name: str) -> str:
        return f"{self.url}/notebooks/{name}"


PLACES = {
    "JupyterLab 4.2": ("LABKIT_JUPYTER42", "jupyterlab", Lab),
    "Notebook 7.2": ("LABKIT_JUPYTER42", "notebook", Notebook7),
    "Notebook 7": ("LABKIT_NOTEBOOK7", "notebook", Notebook7),
}


def interpreter(variable: str) -> str:
    """The interpreter that a variable names; skips the test where it names none."""
    path = os.environ.get(variable, "")
    if not path:
        pytest.skip(f"{variable} names no environment: bash .ci/environment-sets places")
    return path


@pytest.fixture(scope="module", params=PLACES)
def place(request: Any, tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Lab]:
    variable, app, kind = PLACES[request.param]
    with serving(tmp_path_factory.mktemp("place"), interpreter(variable), app) as (url, root):
        found = kind(url, root, browser)
        yield found
        found.close()


def write(folder: Path, name: str, *cells: str) -> Path:
    """A notebook without outputs."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, folder / name)
    return folder / name


def click_token(page: Any) -> None:
    """Clicks a token and waits for what only Python knows: the alternatives."""
    page.locator(TOKEN).click(timeout=READY)
    page.wait_for_selector(".panel .alt.came", timeout=READY)
    assert "token 30 of 93" in page.locator(".panel .big").inner_text()


def test_a_view_is_live_saved_and_live_again(place: Lab) -> None:
    page = place.open(write(place.root, "view.ipynb", VIEW).name)
    place.run_all(page)
    click_token(page)
    place.save(page)
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.reload(wait_until="domcontentloaded")
    click_token(page)
    assert place.foreign_requests == []
    page.close()
    place.shut_kernels()
    saved = nbformat.read(place.root / "view.ipynb", as_version=4).cells[0].outputs[0].data
    assert {"text/plain", "text/html", "image/png", "application/vnd.labkit.view+json"} <= set(saved)


@pytest.fixture(scope="module")
def saved_notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A notebook with the saved output of every view, as a kernel would have written it."""
    from IPython.core.formatters import format_display_data

    cells = []
    for name, example in EXAMPLES.items():
        data, metadata = format_display_data(example())
        data["image/png"] = base64.b64encode(data["image/png"]).decode()
        output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
        cells.append(nbformat.v4.new_code_cell(f"# {name}", outputs=[output]))
    return nbformat.v4.new_notebook(cells=cells)


class Words(HTMLParser):
    """The words that a reader sees, and the tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)


# The allow-list of GitHub's html-pipeline, as published: no style, no script, pictures by http and https alone.
TAGS = (
    "h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del sup sub p picture ol ul table thead tbody tfoot "
    "blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary details caption figure figcaption "
    "abbr bdo cite dfn mark small source span time wbr"
)
NAMES = (
    "abbr accept align alt aria-describedby aria-hidden aria-label aria-labelledby border cellpadding cellspacing "
    "char charoff cite clear cols colspan dir disabled height hspace hreflang id lang name open role rowspan scope span "
    "start summary tabindex title type valign width"
)
ATTRIBUTES = {
    "*": NAMES.split(),
    "a": ["href"],
    "img": ["src"],
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_words_of_a_saved_view_survive_the_sanitiser_of_github(name: str) -> None:
    saved = EXAMPLES[name]().as_html()
    clean = bleach.clean(
        saved, tags=set(TAGS.split()), attributes=ATTRIBUTES, protocols={"http", "https"}, strip=True
    )
    assert Words(clean).words == Words(saved).words != []
    assert "style=" not in clean and "data:" not in clean, "what GitHub takes away is not relied on"
    assert {"script", "svg", "style", "iframe"} & Words(saved).tags == set()


def test_a_page_of_nbconvert_shows_every_view_without_a_network(
    browser: Any, saved_notebook: Any, tmp_path: Path
) -> None:
    from nbconvert import HTMLExporter

    text, _ = HTMLExporter().from_notebook_node(saved_notebook)
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri(), wait_until="domcontentloaded")
    shown = page.locator(".jp-OutputArea-output").all()
    assert len(shown) == len(EXAMPLES)
    for output, example in zip(shown, EXAMPLES.values(), strict=True):
        wanted = Words(example().as_html()).words
        assert output.inner_text().split()[:3] == wanted[:3]
    context.close()


MARIMO = """
import marimo
app = marimo.App()

@app.cell
def _():
    import make, labkit
    labkit.TokenView(make.trace())
    return
"""


def test_a_view_is_live_in_marimo(browser: Any, tmp_path: Path) -> None:
    python = interpreter("LABKIT_MARIMO")
    (tmp_path / "page.py").write_text(MARIMO)
    port, log = free_port(), tmp_path / "log"
    command = [python, "-m", "marimo", "-q", "run", "page.py", "--headless", "--no-token", "-p", str(port)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (REPO, REPO / "tests/views")))}
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=out, stderr=out)
    try:
        wait_for(f"http://127.0.0.1:{port}/", log, server)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        click_token(page)
        page.close()
    finally:
        server.terminate()
        server.wait(30)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_bundle_keeps_the_contract_of_anywidget(browser: Any, name: str) -> None:
    """A host may call `render` alone, offers six functions of a model, and expects nothing behind a closed output."""
    page, view = browser.new_page(), EXAMPLES[name]()
    PlainPage(page)
    used, left = page.evaluate(CONTRACT, [view._bundle, {"scene": view.scene, "focus": view.focus}])
    assert {"get", "on"} <= set(used) <= {"get", "set", "save_changes", "send", "on", "off"} and left == 0
    page.close()


CONTRACT = """async ([esm, state]) => {
  const used = new Set();
  const nothing = () => undefined;
  const read = (_, name) => (used.add(name), name === "get" ? (trait) => state[trait] : nothing);
  const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  const module = await import(url);
  if (Object.keys(module).join() !== "default") throw new Error("A module of anywidget has one export, the default.");
  const widget = typeof module.default === "function" ? await module.default() : module.default;
  const el = document.createElement("div");
  document.body.append(el);
  const end = await widget.render({ model: new Proxy({}, { get: read }), el });
  await new Promise((done) => setTimeout(done, 300));
  end();
  return [[...used], el.childElementCount];
}"""
