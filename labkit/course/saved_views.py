"""The saved views of a notebook, and the HTML in which each of them reacts on a page without Jupyter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit._host.notebook import VIEW_MIME
from labkit.views.core.page import is_drawable, view_block

Bundle = Mapping[str, Any]  # an output by its MIME types


def saved_views(notebook: Any) -> list[Bundle]:
    """The outputs that are saved views, in order; `notebook` is a NotebookNode of nbformat 4."""
    return [output["data"] for output in _outputs(notebook)]


def enliven(notebook: Any) -> set[str]:
    """Replaces each saved view of a notebook, in memory, by HTML that reacts on a page.

    A view of an older labkit, which saved no data, stays a picture.

    Returns:
        The kinds of views whose scripts the page needs.
    """
    kinds = {bundle[VIEW_MIME]["kind"] for bundle in saved_views(notebook) if is_drawable(bundle[VIEW_MIME])}
    notebook.metadata.pop("widgets", None)  # a page would load Jupyter's widgets from another site to show it
    for output in _outputs(notebook):
        bundle = output["data"]
        output["data"] = type(bundle)({"text/plain": plain_text(bundle), "text/html": html_of(bundle)})
    return kinds


def html_of(bundle: Bundle) -> str:
    """A saved view as HTML: its picture, and its data if it has any."""
    return view_block(_text(bundle["text/html"]), bundle[VIEW_MIME], name=plain_text(bundle))


def plain_text(bundle: Bundle) -> str:
    """The view in one line, such as `TokenView(r1-mini: 'Using 3, 5 and 9, make 24.')`."""
    return _text(bundle.get("text/plain", "View"))


def _outputs(notebook: Any) -> Iterator[Any]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if VIEW_MIME in (data := output.get("data", {})) and "text/html" in data:
                yield output


def _text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)
