"""A search through the texts of thoughts, in a thread of its own."""

from __future__ import annotations

import threading
import time
from array import array
from contextlib import suppress

from labkit.errors import LabkitError
from labkit.views.traces import contract as wire
from labkit.views.traces.data import MeasuredThoughts, packed, searched_text

WAIT = 0.02  # seconds until the search looks for thoughts that were measured in the meantime


class Search:
    """The rows of the thoughts whose prompt or completion contains a text, ignoring case.

    Args:
        thoughts: what is searched; thoughts that are measured later are searched, too.
        text: what is sought.
    """

    def __init__(self, thoughts: MeasuredThoughts, text: str) -> None:
        self.text = text
        self.rows = array("I")
        self.n_searched = 0
        self.is_done = self._is_cancelled = False
        self._thoughts, self._needle = thoughts, text.lower()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ends the search after the current thought."""
        self._is_cancelled = True

    def wait(self) -> None:
        """Waits until all thoughts are searched."""
        self._thread.join()

    def matches(self, first: int) -> tuple[wire.Matches, bytes]:
        """The matches from number `first` on."""
        is_done, n_searched = self.is_done, self.n_searched  # read before the rows: later rows may be missing
        rows = self.rows[first:]
        header = wire.Matches(first=first, count=len(rows), searched=n_searched, done=is_done)
        return header, packed(rows)

    def _run(self) -> None:
        thoughts = self._thoughts
        while not self._is_cancelled and not thoughts.is_closed:
            thoughts.is_searched = self.n_searched < thoughts.count
            if thoughts.is_searched:
                self._look_at(self.n_searched)
            elif thoughts.is_done:
                break
            else:
                time.sleep(WAIT)
        thoughts.is_searched = False
        self.is_done = True

    def _look_at(self, row: int) -> None:
        with suppress(LabkitError, OSError, ValueError):  # the file changed; the row stays without a match
            if _is_match(self._thoughts, row, self._needle):
                self.rows.append(row)
        self.n_searched = row + 1


def rows_with(thoughts: MeasuredThoughts, text: str, count: int) -> list[int]:
    """The rows among the first `count` whose prompt or completion contains a text, ignoring case."""
    needle = text.lower()
    return [row for row in range(count) if _is_match(thoughts, row, needle)]


def _is_match(thoughts: MeasuredThoughts, row: int, needle: str) -> bool:
    """Whether the prompt or the completion of a thought contains a text in lower case."""
    return needle in searched_text(thoughts.trace(row)).lower()
