"""Whether somebody is looking: the running Jupyter kernel, if there is one."""

from __future__ import annotations

import sys
import warnings

VIEW_MIME = "application/vnd.labkit.view+json"  # beside the other faces of an output: a view of labkit


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this, so that a view can be seen."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def warn(sentence: str, *, stacklevel: int) -> None:
    """A Python warning. In a notebook it shows as the sentence alone: the file of a cell has a name of no use.

    Args:
        sentence: what the reader must know.
        stacklevel: the line that is warned of, 1 for the caller's own, as `warnings.warn` counts.
    """
    usual = warnings.formatwarning
    if in_notebook():
        warnings.formatwarning = lambda message, *_args, **_more: f"Warning: {message}\n"
    try:
        warnings.warn(sentence, stacklevel=stacklevel + 1)
    finally:
        warnings.formatwarning = usual
