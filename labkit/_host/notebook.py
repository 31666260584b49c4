"""Detects a running Jupyter kernel, and shows warnings in it."""

from __future__ import annotations

import contextlib
import sys
import warnings
from typing import Any

VIEW_MIME = (
    "application/vnd.labkit.view+json"  # marks an output as a labkit view, beside its other MIME types
)


def in_notebook() -> bool:
    """Whether this code runs in a Jupyter kernel, which can display views."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def warn(sentence: str, *, stacklevel: int) -> None:
    """Issues a Python warning. A notebook shows the sentence alone, since a cell's file name is of no use.

    Args:
        sentence: the message.
        stacklevel: the line that the warning points to, as in `warnings.warn`: 1 is the caller's line.
    """
    usual = warnings.formatwarning
    if in_notebook():
        warnings.formatwarning = lambda message, *_args, **_more: f"Warning: {message}\n"
    try:
        warnings.warn(sentence, stacklevel=stacklevel + 1)
    finally:
        warnings.formatwarning = usual


def keep_subshell(comm: Any) -> None:
    """Lets a comm answer a browser message while a cell runs.

    JupyterLab sends the message to a subshell. ipykernel 7.4 forwards it to the loop that last published on
    the comm, which is the busy loop; earlier versions lack this method (its name is private, hence the
    guard: without it the Stop button waits for the cell, and Interrupt still works).
    """
    if hasattr(comm, "_reply_subshell_for"):
        with contextlib.suppress(AttributeError):
            comm._reply_subshell_for = lambda data, default: default
