"""A notebook as one HTML page in which its saved views react, without Jupyter and without a network.

nbconvert makes the page with the template of JupyterLab. The page's policy (CSP) lets a browser run labkit's own
scripts and nothing that an output of the notebook holds, and it forbids every request. Pictures that stand in other
files or on other sites are therefore not shown; attachments of the notebook are.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitlets.config import Config

from labkit import __version__
from labkit._host.html_page import policy
from labkit._host.notebook import VIEW_MIME
from labkit._host.paths import typed_path
from labkit.course import lesson
from labkit.course.lesson import import_of_jupyter
from labkit.course.saved_views import enliven, saved_views
from labkit.course.slides.export import STATIC as SLIDES
from labkit.views.core.page import STYLE, is_drawable, scripts_of, write_page

TEMPLATE = "labkit-page"
TEMPLATES = Path(__file__).with_name("page_template")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
FORMULA = re.compile(r"\$[^$]+\$|\\\(|\\\[|\\begin\{")
SHOWN = (  # the types of an output from the best to the least; the types of widgets and scripts are not among them
    "text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "text/plain",
)  # fmt: skip
MATHJAX = """window.MathJax = {
  tex: {
    inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]], displayMath: [["$$", "$$"], ["\\\\[", "\\\\]"]], processEscapes: true,
  },
  options: { enableMenu: false, ignoreHtmlClass: "mathjax_ignore|tex2jax_ignore|highlight" },
};"""

LAYOUT = """main { max-width: 1200px; margin: 0 auto; }
@media (min-width: 761px) { .jp-OutputPrompt { box-sizing: border-box; width: 76px; } }
"""


@dataclass(frozen=True)
class NotebookPage:
    """A written page.

    Attributes:
        path: the file.
        live: the number of views that react.
        pictures: the number of views that an older labkit saved; they stay pictures.
    """

    path: Path
    live: int
    pictures: int


def export(notebook: str | Path, file: str | Path | None = None) -> NotebookPage:
    """Writes a notebook as one HTML page, whole or not at all. No cell is run.

    Args:
        notebook: the file of the notebook.
        file: the page, which ends with `.html`; by default beside the notebook. An existing file is replaced.

    Raises:
        LabkitError: the notebook cannot be read, nbconvert is not installed, or the page cannot be written.
    """
    source = typed_path(notebook, next='labkit export "my-notebook.ipynb"')
    read = lesson.read(source)
    views = [is_drawable(bundle[VIEW_MIME]) for bundle in saved_views(read.notebook)]
    text = to_page(read.notebook, title=read.title)
    path = write_page(source.with_suffix(".html") if file is None else file, text)
    return NotebookPage(path, sum(views), len(views) - sum(views))


def to_page(notebook: Any, *, title: str) -> str:
    """The page of a notebook; its saved views are replaced in memory."""
    exporters = import_of_jupyter("nbconvert.exporters")
    scripts = [*scripts_of(enliven(notebook)), *(_mathjax() if has_formulas(notebook) else ())]
    config = Config({"NbConvertBase": {"display_data_priority": [*SHOWN]}})
    exporter = exporters.HTMLExporter(
        config=config, template_name=TEMPLATE, extra_template_basedirs=[str(TEMPLATES)]
    )
    notebook.metadata.pop("title", None)  # may be another one than that of the first heading
    labkit = {
        "policy": policy(scripts),
        "scripts": scripts,
        "style": _style(exporter),
        "version": __version__,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of each output that is a widget alone
        page: str = exporter.from_notebook_node(
            notebook, resources={"metadata": {"name": title}, "labkit": labkit}
        )[0]
    return page


def has_formulas(notebook: Any) -> bool:
    """Whether MathJax has something to draw: in the text of the notebook, or in an output."""
    texts = [CODE.sub("", cell.source) for cell in notebook.cells if cell.cell_type == "markdown"]
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts += ["".join(data[kind]) for kind in ("text/latex", "text/markdown") if kind in data]
    return any(FORMULA.search(text) for text in texts)


def _mathjax() -> tuple[str, str]:
    return MATHJAX, (SLIDES / "mathjax" / "tex-svg.js").read_text("utf-8")


def _style(exporter: Any) -> str:
    """The style of the views, and JupyterLab's dark theme for readers whose system is dark."""
    folders = [Path(folder) for folder in exporter.template_paths]
    dark = next((each / "static" / "theme-dark.css" for each in folders if each.name == "lab"), None)
    theme = dark.read_text("utf-8") if dark is not None and dark.is_file() else ""
    return f"{STYLE.read_text('utf-8')}{LAYOUT}@media screen and (prefers-color-scheme: dark) {{\n{theme}}}\n"
