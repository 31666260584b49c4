"""What Sphinx calls while it builds the site."""

from __future__ import annotations

from typing import Any

from labkit.site import docstrings
from labkit.views.core.page import drawable_kinds


def connect(app: Any) -> None:
    """Connects labkit's part to a Sphinx application."""
    docstrings.connect(app)
    app.connect("html-page-context", _add_scripts)
    app.connect("autodoc-skip-member", _is_generated_constructor)


def _is_generated_constructor(
    app: Any, what: str, name: str, member: object, skip: bool, options: Any
) -> bool | None:
    """Leaves out the constructor of a named tuple: Python generates it, so its link to a source would lead nowhere."""
    generated = name == "__new__" and str(getattr(member, "__module__", "")).startswith("namedtuple_")
    return True if generated else None


def _add_scripts(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Adds the scripts that draw the views of this page, and no others."""
    from docutils.nodes import raw

    html = [] if doctree is None else [node.astext() for node in doctree.findall(raw)]
    for kind in drawable_kinds():
        if any(f'"kind":"{kind}"' in text for text in html):
            app.add_js_file(f"saved/{kind}.js", loading_method="defer")
