"""Views on a page without Jupyter: the HTML of a saved view, the scripts that draw it, and a whole page of one view.

A page needs no network (`labkit._host.html_page`). Without JavaScript, or if the data is damaged, the page shows the
saved picture.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any, TypeGuard

from labkit._host.atomic_write import write_text
from labkit._host.html_page import html_page
from labkit._host.notebook import VIEW_MIME
from labkit._host.paths import typed_path
from labkit.errors import BadArgument
from labkit.views.core.language import language_script
from labkit.views.core.saved import VERSION

STATIC = Path(__file__).parents[1] / "static"
STYLE = STATIC / "page.css"
COLORS = STATIC / "colors.css"
SCRIPTS = STATIC / "saved"
ENDINGS = (".html", ".htm")
EXAMPLE = 'view.save("thought.html")'


def view_block(picture: str, payload: object, *, name: str) -> str:
    """A saved view as HTML: its picture, and the data from which a script draws the view in place of the picture.

    Args:
        picture: the saved HTML of the view.
        payload: what `View.saved_payload` returns. A payload without data gives the picture alone.
        name: the accessible name of the view.
    """
    data = f'<script type="{VIEW_MIME}">{script_text(payload)}</script>' if is_drawable(payload) else ""
    return (
        f'<div class="labkit-view" role="group" aria-label="{escape(name)}">'
        f'<div class="labkit-saved">{picture}</div>{data}</div>'
    )


def is_drawable(payload: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a payload, which may be anything, has data, and labkit a script that draws its kind of view."""
    return (
        isinstance(payload, Mapping)
        and payload.get("version") == VERSION
        and payload.get("kind") in drawable_kinds()
        and isinstance(payload.get("data"), str)
    )


def drawable_kinds() -> list[str]:
    """The kinds of views for which labkit has a script."""
    return sorted(path.stem for path in SCRIPTS.glob("*.js"))


def script_text(data: object) -> str:
    r"""JSON as the text of a script element: no `<`, which could end the element.

    >>> script_text({"text": "</script>"})
    '{"text":"\\u003c/script>"}'
    """
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def scripts_of(kinds: Iterable[str]) -> list[str]:
    """The scripts that draw the views of these kinds, after the words of the language that `set_language` has set."""
    scripts = [(SCRIPTS / f"{kind}.js").read_text("utf-8") for kind in sorted(set(kinds))]
    words = language_script()
    return [words, *scripts] if scripts and words else scripts


def page(title: str, block: str, kinds: Iterable[str]) -> str:
    """One HTML file with one view.

    Args:
        title: of the page.
        block: the view, from `view_block`.
        kinds: the kinds of views whose scripts the page needs.
    """
    style = STYLE.read_text("utf-8") + COLORS.read_text("utf-8")
    return html_page(title, block, scripts=scripts_of(kinds), style=style)


def write_page(path: str | Path, text: str) -> Path:
    """Writes a page, whole or not at all, and returns the path; a name without an ending gets `.html`.

    Raises:
        LabkitError: the name has another ending, or the file cannot be written.
    """
    file = page_file(path)
    write_text(file, text, what="view", retry_hint="view.save({})")
    return file


def page_file(path: str | Path) -> Path:
    """The file that a page is written to.

    Raises:
        LabkitError: `path` is not a path, is a folder, or has another ending than `.html`.
    """
    file = typed_path(path, next=EXAMPLE)
    if not file.name:
        raise BadArgument("A view needs a file name.", why=f"{str(file)!r} is a folder.", next=EXAMPLE)
    if not file.suffix:
        return file.with_name(f"{file.name}.html")
    if file.suffix.lower() not in ENDINGS:
        raise BadArgument(
            f"A view cannot be saved as {file.suffix}.",
            why="it is saved as one HTML page, which any browser opens.",
            next=f'view.save("{file.with_suffix(".html").as_posix()}")',
        )
    return file
