"""Views on a page without Jupyter: the HTML of a saved view, the scripts that draw it, and a whole page of one view.

A page needs no network, and its policy (CSP) forbids every request: the only scripts that a browser runs are those
whose SHA-256 sum the policy names, so that no text of a model can become one. Without JavaScript, or if the data is
damaged, the page shows the saved picture.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, TypeGuard

from labkit import __version__
from labkit._host.atomic_write import write_text
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


def policy(scripts: Iterable[str]) -> str:
    """The content security policy of a page that runs these inline scripts and makes no request.

    >>> policy([]).split("; ")[:4]
    ["default-src 'none'", "script-src 'none'", "style-src 'unsafe-inline'", 'img-src data:']
    """
    sums = [base64.b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii") for text in scripts]
    allowed = " ".join(f"'sha256-{each}'" for each in sums) or "'none'"
    rest = "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {allowed}; {rest}"


def page(title: str, block: str, kinds: Iterable[str]) -> str:
    """One HTML file with one view.

    Args:
        title: of the page.
        block: the view, from `view_block`.
        kinds: the kinds of views whose scripts the page needs.
    """
    scripts = scripts_of(kinds)
    code = "".join(f"<script>{text}</script>\n" for text in scripts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="labkit {__version__}">
<title>{escape(title)}</title>
<style>
{STYLE.read_text("utf-8")}{COLORS.read_text("utf-8")}{_BODY}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{block}
</main>
<footer>Saved by labkit {__version__}. This file needs no network and no Python.</footer>
{code}</body>
</html>
"""


_BODY = """
body { margin: 0; background: var(--jp-layout-color1); color: var(--jp-content-font-color1); }
body { font: 14px/1.5 system-ui, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 16px; }
h1 { margin: 0 0 12px; font-size: 15px; font-weight: 600; overflow-wrap: anywhere; }
footer { max-width: 1100px; margin: 0 auto; padding: 0 16px 24px; font-size: 12px; }
footer { color: var(--jp-content-font-color2); }
"""


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
