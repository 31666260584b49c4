"""Lets nbval compare notebooks with labkit's views; it needs no configuration, `--nbval` is enough.

Installing labkit registers this module with pytest (`pytest11`), so every pytest run in that environment
loads it. The module imports only pytest's own types and does nothing without `--nbval` or `--nbval-lax`.
With one of these options, it changes how outputs with a labkit view are compared:

* a view is compared by its `text/plain`, which is short and the same at every run; its picture, its HTML
  and its live widget are not compared, and a progress bar, which has no text, is ignored;
* a view that is updated in place (streaming) is compared in its final state, which is what a notebook saves.

nbval compares all other outputs as usual, also in a notebook with views. The two functions that this module
replaces are not a public API of nbval: tests run nbval 0.10 and 0.11.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from labkit._host.notebook import VIEW_MIME

if TYPE_CHECKING:
    import pytest

COMPARED = "text/plain"
_TESTED = "nbval>=0.10,<0.12"


def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Changes how the notebooks that nbval collected receive and compare views."""
    if not (getattr(config.option, "nbval", False) or getattr(config.option, "nbval_lax", False)):
        return
    cells: list[Any] = [item for item in items if type(item).__name__ == "IPyNbCell"]
    notebooks: list[Any] = list({id(cell.parent): cell.parent for cell in cells}.values())
    if not _is_known(cells, notebooks):
        warnings.warn(
            "labkit does not know this version of nbval, so views may differ from run to run. "
            f'Next: pip install "{_TESTED}"',
            stacklevel=1,
        )
        return
    for notebook in notebooks:
        notebook.get_kernel_message = _following_updates(notebook.get_kernel_message)
    for cell in cells:
        cell.compare_outputs = _comparing_views_by_text(cell.compare_outputs)


def _is_known(cells: Iterable[Any], notebooks: Iterable[Any]) -> bool:
    return all(hasattr(cell, "compare_outputs") for cell in cells) and all(
        hasattr(notebook, "get_kernel_message") for notebook in notebooks
    )


def _comparing_views_by_text(compare: Callable[..., bool]) -> Callable[..., bool]:
    """Wraps `compare` so that it compares only the text of a view."""

    def compare_outputs(test: list[Any], ref: list[Any], *args: Any, **kwargs: Any) -> bool:
        return compare([*map(_text_of_view, test)], [*map(_text_of_view, ref)], *args, **kwargs)

    return compare_outputs


def _text_of_view(output: Any) -> Any:
    """A copy of an output with only the text of its view; an output that is not a view is unchanged."""
    data = output.get("data", {})
    if VIEW_MIME not in data:
        return output
    text = {mime: content for mime, content in data.items() if mime == COMPARED}
    return type(output)(output, data=type(output)(text))


def _following_updates(receive: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps `receive` so that `update_display_data` changes the views displayed under its id.

    nbval ignores the update and would compare a finished view with its initial state.
    """
    from nbformat import NotebookNode, from_dict

    displayed: dict[str, list[NotebookNode]] = {}

    def get_kernel_message(*args: Any, **kwargs: Any) -> Any:
        message = receive(*args, **kwargs)
        kind, content = message.get("msg_type"), message.get("content", {})
        display_id = content.get("transient", {}).get("display_id")
        if display_id and kind in ("display_data", "execute_result"):
            content["data"] = from_dict(content["data"])  # nbval copies a dict, but keeps this object itself
            displayed.setdefault(display_id, []).append(content["data"])
        elif kind == "update_display_data":
            for data in displayed.get(display_id, []):
                if VIEW_MIME in data or VIEW_MIME in content["data"]:
                    data.clear()
                    data.update(from_dict(content["data"]))
        return message

    return get_kernel_message
