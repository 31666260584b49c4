"""The thoughts of a traces view: their measures, as far as they are computed, and the beginnings of their texts."""

from __future__ import annotations

import sys
import threading
import time
from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any
from weakref import ref

from labkit.errors import LabkitError
from labkit.tasks.answers import answer_in
from labkit.traces import Trace
from labkit.traces.measures import Measure
from labkit.traces.selection import TraceSelection, TraceSequence
from labkit.traces.trace_set import Skipped, TraceSet
from labkit.views.core.text_layout import one_line
from labkit.views.traces import contract as wire
from labkit.views.traces.measures import columns_of, values_of

EXCERPT = 160  # characters of a prompt or an answer in a row
RAW = 4 * EXCERPT  # characters of the text that an excerpt is made of: blanks in a row become one
BEFORE, AFTER = 16, 120  # characters around a match
DELAY = 0.3  # seconds until the background thread begins, so that the first rows are drawn before
PAGE = 16  # thoughts that the background thread measures before others may read
MOST_SKIPPED = 200  # records that are listed


class MeasuredThoughts:
    """Thoughts that are measured in order, now or in the background; several threads may use it.

    Args:
        traces: the thoughts, which may be read from a file one by one.
        own: measures of the user.
    """

    def __init__(self, traces: TraceSequence, own: Mapping[str, Measure]) -> None:
        self.lock = threading.RLock()
        self.is_done = self.is_closed = False
        self.is_searched = False  # while a search reads the thoughts, the background thread waits
        self.failure = ""
        self._traces, self._own = traces, dict(own)
        self._thread: threading.Thread | None = None
        self.count = 0  # thoughts that are measured

    def measure(self, count: int) -> None:
        """Measures up to `count` further thoughts."""
        end = self.count + count
        with self.lock:
            try:
                for count_so_far in self._traces.measuring(self._own):
                    self.count = count_so_far
                    if self.count >= end:
                        return
                self.count = len(self._traces.measured)
            except (LabkitError, OSError, ValueError) as error:
                self.failure = str(error).splitlines()[0]
            self.is_done = True

    def measure_in_background(self) -> None:
        """Starts a thread that measures the other thoughts; does nothing if it runs."""
        with self.lock:
            if not self.is_done and self._thread is None:
                self._thread = threading.Thread(target=_measure_all, args=(ref(self),), daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self.is_closed = True

    @property
    def columns(self) -> list[wire.Column]:
        """The columns of the measures."""
        return columns_of(self._traces.measured.names)

    def values(self, columns: Sequence[wire.Column], first: int = 0) -> list[array[float]]:
        """The values of columns from thought `first` on."""
        table = self._traces.measured
        return [values_of(table, column, first) for column in columns]

    def trace(self, row: int) -> Trace:
        """One thought."""
        with self.lock:
            return self._traces[row]

    def place(self, row: int) -> str:
        """Where a thought stands in what was opened; empty if it came from memory."""
        traces: Any = self._traces
        while isinstance(traces, TraceSelection):
            traces, row = traces.source, traces.indices[row]
        with self.lock:
            return traces.place(row) if isinstance(traces, TraceSet) else ""

    @property
    def n_records(self) -> int:
        """The number of records that were read: those with thoughts, and those without."""
        return self._traces.n_scanned if isinstance(self._traces, TraceSet) else self.count

    @property
    def _skipped(self) -> tuple[Skipped, ...]:
        return self._traces.skipped_so_far if isinstance(self._traces, TraceSet) else ()

    @property
    def n_skipped(self) -> int:
        """The number of records that gave no thought, so far."""
        return len(self._skipped)

    # -- answers -----------------------------------------------------------------------------------

    def numbers(self, columns: Sequence[wire.Column], first: int) -> tuple[wire.Numbers, bytes]:
        """The measures from thought `first` on."""
        is_done = self.is_done  # read before the values: later thoughts may be missing
        values = self.values(columns, first)
        header = wire.Numbers(
            first=first, count=len(values[0]), read=self.n_records, done=is_done, skipped=self.n_skipped,
            failure=self.failure,
        )  # fmt: skip
        return header, b"".join(packed(column) for column in values)

    def skipped(self) -> wire.SkippedRecords:
        """The first records that gave no thought, so far."""
        skipped = self._skipped
        records = [
            wire.SkippedRecord(place=one_line(place, EXCERPT), why=one_line(why, 2 * EXCERPT))
            for place, why in skipped[:MOST_SKIPPED]
        ]
        return wire.SkippedRecords(records=records, total=len(skipped))

    def texts(self, rows: Sequence[int], search: str = "") -> list[wire.RowText]:
        """The texts of rows; rows that are not measured yet are left out."""
        with self.lock:  # once for all rows: the background thread holds it for many milliseconds
            return [row_text(row, self.trace(row), search) for row in rows if row < self.count]


def _measure_all(thoughts_ref: ref[MeasuredThoughts]) -> None:
    """Measures until all thoughts are measured, or the view is closed."""
    time.sleep(DELAY)
    while (thoughts := thoughts_ref()) is not None and not thoughts.is_done and not thoughts.is_closed:
        if not thoughts.is_searched:
            thoughts.measure(PAGE)
        del thoughts  # while the thread sleeps, the thoughts may be freed
        time.sleep(0.001)


def row_text(row: int, trace: Trace, search: str) -> wire.RowText:
    """The texts of one row."""
    return wire.RowText(
        row=row,
        prompt=one_line(trace.prompt[:RAW], EXCERPT),
        answer=one_line(answer_of(trace), EXCERPT),
        match=around(searched_text(trace), search) if search else "",
    )


def answer_of(trace: Trace) -> str:
    """The answer in its box or its tag, or the beginning of the answer; without an answer, the end of the text."""
    start, end = trace.parts.answer
    answer = answer_in(trace.text, (start, end))
    if answer.form in ("box", "tag") and answer.text:
        return answer.text[:RAW]
    return trace.text[start:end].strip()[:RAW] or "… " + trace.text[-EXCERPT // 2 :]


def searched_text(trace: Trace) -> str:
    """The text in which a search looks: the prompt, and the completion on the next line."""
    return f"{trace.prompt}\n{trace.text}"


def around(text: str, search: str) -> str:
    """The text around the first match, in one line; "" without a match.

    >>> around("Using 3, 5 and 9, make 24.", "MAKE")
    '… ing 3, 5 and 9, make 24.'
    """
    lower = text.lower()
    at = lower.find(search.lower())
    if at < 0:
        return ""
    if len(lower) != len(text):  # some letters, such as İ, are longer in lower case
        at = bisect_right([*accumulate(len(letter.lower()) for letter in text)], at)
    start, end = max(0, at - BEFORE), at + len(search) + AFTER
    return ("… " if start else "") + one_line(text[start:end], EXCERPT)


def packed(values: array[Any]) -> bytes:
    """The little-endian bytes of a column."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()
