"""How a growing trace or run, or a comparison, is shown: a table of functions, so that models import no view.

The views of labkit stand in the table by name; their module is imported when one is first shown. Another front end
registers its own function before that.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

_HOOKS: dict[str, str | Callable[..., Any]] = {
    "thought": "labkit.views:TokenView",
    "trace": "labkit.views:show_stream",
    "traces": "labkit.views:TracesView",
    "run": "labkit.views:show_training",
    "comparison": "labkit.views:CompareView",
}


def register(kind: str, show: str | Callable[..., Any]) -> None:
    """Registers the function that shows one kind of result.

    Args:
        kind: what is shown: `"trace"`, `"run"` or `"comparison"`.
        show: the function, or `"module:function"`, which is imported on first use.
    """
    _HOOKS[kind] = show


def show(kind: str, *arguments: Any) -> Any:
    """Shows a growing trace or run in the running cell, and returns the view, which the caller feeds.

    The view of a comparison is returned and not yet shown.

    Args:
        kind: `"trace"`, `"run"` or `"comparison"`.
        arguments: those of the registered function (`labkit.views.show_stream`, `labkit.views.show_training`,
            `labkit.views.CompareView`).
    """
    function = _HOOKS[kind]
    if isinstance(function, str):
        module, _, name = function.partition(":")
        function = getattr(import_module(module), name)
    return function(*arguments)
