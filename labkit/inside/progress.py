"""A bar in the cell while rollouts are sampled; nothing outside a notebook, and nothing once they are there.

A bar of its own, because one of `tqdm` stays in the saved notebook as "0%|      |" and differs from run to run.
"""

from __future__ import annotations

import time
from typing import Any

from labkit._notebook import in_notebook

PATIENCE = 0.7  # seconds: what is over by then needs no bar


class Progress:
    """How far the work is.

    Args:
        label: what is being done, in a few words of our own.
        total: how many parts it has.
    """

    def __init__(self, label: str, total: int) -> None:
        self.label, self.total = label, total
        self._began = time.monotonic()
        self._shown = -1
        self._handle: Any = None

    def show(self, done: int) -> None:
        """Moves the bar; shows it if the work takes longer than a moment."""
        if done == self._shown or time.monotonic() - self._began < PATIENCE or not in_notebook():
            return
        self._shown = done
        page = (
            f'<div style="font:13px system-ui,sans-serif">{self.label} '
            f'<progress max="{self.total}" value="{done}" style="width:240px;vertical-align:middle"></progress> '
            f"{done} of {self.total}</div>"
        )
        self._put(page)

    def close(self) -> None:
        """Takes the bar away."""
        if self._handle is not None:
            self._put("")

    def _put(self, page: str) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display({"text/html": page}, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update({"text/html": page}, raw=True)
