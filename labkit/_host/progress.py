"""A progress bar in the cell or on the terminal; it disappears when the work is done.

A notebook gets labkit's own bar, because a bar of `tqdm` stays in the saved notebook as "0%|      |" and
differs from run to run.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from labkit._host.notebook import VIEW_MIME, in_notebook
from labkit._host.sizes import format_bytes

SHOW_AFTER = 0.7  # seconds: shorter work shows no bar
INTERVAL = 0.1  # seconds between two updates of the bar


class Progress:
    """The progress of one task.

    Args:
        label: a short description of the work; trusted text.
        total: number of parts.
        bytes: whether the parts are bytes, which are formatted with units.
    """

    def __init__(self, label: str, total: int, *, bytes: bool = False) -> None:
        self.label, self.total, self.bytes = label, total, bytes
        self._began = time.monotonic()
        self._shown: tuple[int, str] = (-1, "")
        self._next = self._began + SHOW_AFTER
        self._handle: Any = None
        self._bar: Any = None

    def show(self, done: int, note: str = "") -> None:
        """Updates the bar; shows it if the work takes longer than `SHOW_AFTER`.

        Args:
            done: number of finished parts.
            note: further text about the work.
        """
        now = time.monotonic()
        if (done, note) == self._shown or now < self._next:
            return
        self._shown, self._next = (done, note), now + INTERVAL
        if in_notebook():
            self._put(
                f'<div style="font:13px system-ui,sans-serif">{self.label} '
                f'<progress max="{self.total}" value="{done}" style="width:240px;vertical-align:middle"></progress> '
                f"{self._amount(done)} of {self._amount(self.total)}{note and f', {note}'}</div>"
            )
        elif sys.stderr is not None and sys.stderr.isatty():
            self._draw(done, note)

    def close(self) -> None:
        """Removes the bar; an empty output remains, which shows nothing and which nbval does not compare."""
        if self._handle is not None:
            self._handle.update({}, raw=True)
        if self._bar is not None:
            self._bar.close()

    def _amount(self, parts: int) -> str:
        return format_bytes(parts) if self.bytes else f"{parts}"

    def _put(self, page: str) -> None:
        from IPython.display import display

        data = {"text/html": page, VIEW_MIME: {"version": 1}}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(data, raw=True)

    def _draw(self, done: int, note: str) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                desc=self.label,
                total=self.total,
                leave=False,
                unit="B" if self.bytes else "it",
                unit_scale=self.bytes,
            )
        self._bar.set_postfix_str(note, refresh=False)
        self._bar.update(done - self._bar.n)
