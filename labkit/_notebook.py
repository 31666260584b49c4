"""Whether somebody is looking: the running Jupyter kernel, if there is one."""

from __future__ import annotations

import sys

VIEW_MIME = "application/vnd.labkit.view+json"  # beside the other faces of an output: a view of labkit


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this, so that a view can be seen."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
