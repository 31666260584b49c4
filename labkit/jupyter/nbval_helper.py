"""What nbval must not compare in a notebook with labkit's views: nothing to configure, `--nbval` is enough.

Installing labkit registers this module with pytest (`pytest11`), so it is loaded in every pytest run
of that environment: it imports nothing but pytest's own type and does nothing without `--nbval`.
With it,

* a view is compared by its `text/plain`, which is short and stable; nbval itself skips PNG and the
  live widget, this module adds the saved HTML, SVG and view JSON;
* addresses in memory, ids of widgets and progress bars compare as equal;
* an output that is updated in place (a view that streams) is compared as it ends, as it was saved.

The first of these holds for the whole run, foreign notebooks too. The names patched here are no public
API of nbval: its version is pinned in `labkit[test]`, and tests run the real thing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

VIEW_MIME = "application/vnd.labkit.view+json"
SKIPPED = ("text/html", "image/svg+xml", VIEW_MIME)
PATTERNS = {
    r"\bat 0x[0-9a-fA-F]+": "at 0xADDRESS",
    r"model_id=['\"]?[0-9a-f]{32}['\"]?": "model_id=ID",
    r"IPY_MODEL_[0-9a-f]{32}": "IPY_MODEL_ID",
    r" *\d+%\|.*?\|.*": "PROGRESS",  # tqdm on stderr pads the percentage
}
_PATCHED = ("skip_compare", "sanitize_patterns", "setup_sanitize_files", "get_kernel_message")


def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Teaches each notebook that nbval collected what to skip and what to blur."""
    if not (getattr(config.option, "nbval", False) or getattr(config.option, "nbval_lax", False)):
        return
    notebooks = {id(item.parent): item.parent for item in items if type(item).__name__ == "IPyNbCell"}
    for notebook in notebooks.values():
        if all(hasattr(notebook, name) for name in _PATCHED):
            _teach(notebook)
        else:
            warnings.warn(
                "labkit does not know this version of nbval, so views may differ from run to run. "
                "Next: pip install 'labkit[test]'",
                stacklevel=1,
            )


def _teach(notebook: Any) -> None:
    notebook.skip_compare = (*notebook.skip_compare, *SKIPPED)
    read_user_files = notebook.setup_sanitize_files

    def setup_sanitize_files() -> None:
        notebook.sanitize_patterns.update(PATTERNS)
        read_user_files()  # the user's own file comes last and has the last word

    notebook.setup_sanitize_files = setup_sanitize_files
    notebook.get_kernel_message = _following_updates(notebook.get_kernel_message)


def _following_updates(receive: Callable[..., Any]) -> Callable[..., Any]:
    """`receive`, but an `update_display_data` changes the output that was displayed under its id.

    nbval ignores the update and would compare a finished view with what it was before it began.
    """
    from nbformat import NotebookNode, from_dict

    shown: dict[str, NotebookNode] = {}

    def get_kernel_message(*args: Any, **kwargs: Any) -> Any:
        message = receive(*args, **kwargs)
        kind, content = message.get("msg_type"), message.get("content", {})
        display_id = content.get("transient", {}).get("display_id")
        if display_id and kind in ("display_data", "execute_result"):
            shown[display_id] = content["data"] = from_dict(content["data"])  # nbval keeps this very object
        elif display_id in shown and kind == "update_display_data":
            shown[display_id].clear()
            shown[display_id].update(from_dict(content["data"]))
        return message

    return get_kernel_message
