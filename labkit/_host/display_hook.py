"""How a growing trace or run is shown: a table of functions, so that generation imports no view.

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
}


def register(kind: str, show: str | Callable[..., Any]) -> None:
    """Registers the function that shows what is generated.

    Args:
        kind: what is shown: `"trace"` or `"run"`.
        show: the function, or `"module:function"`, which is imported on first use.
    """
    _HOOKS[kind] = show


def show(kind: str, *arguments: Any) -> Any:
    """Shows a growing trace or run in the running cell, and returns the view, which the caller feeds.

    Args:
        kind: `"trace"` or `"run"`.
        arguments: those of the registered function (`labkit.views.show_stream`, `labkit.views.show_training`).
    """
    function = _HOOKS[kind]
    if isinstance(function, str):
        module, _, name = function.partition(":")
        function = getattr(import_module(module), name)
    return function(*arguments)
