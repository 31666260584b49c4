"""`TracesView`: many thoughts as a table with histograms, filters and a search; a click opens one."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from labkit._arguments import checks_arguments
from labkit._host import display_hook
from labkit.errors import BadArgument
from labkit.traces import Trace
from labkit.traces.measures import Measure
from labkit.views.core.saved import SavedData, recorded
from labkit.views.core.text_layout import one_line
from labkit.views.core.view import STATIC, Answer, View
from labkit.views.core.wording import plural
from labkit.views.traces import contract as wire
from labkit.views.traces.data import MeasuredThoughts, packed
from labkit.views.traces.html import render_html
from labkit.views.traces.png import render_png
from labkit.views.traces.search import Search, rows_with
from labkit.views.traces.selection import shown_rows
from labkit.views.traces.sources import thoughts_of
from labkit.views.traces.table import Table, table_of

TOKEN_VIEW = STATIC / "token_view.js"


class TracesView(View):
    """Many thoughts: their measures as a table and as histograms, filters, a search, and each thought in full.

    Click the head of a column to sort, drag over a histogram to filter, and click a row to read the thought; `j` and
    `k` or the arrow keys walk on. The first thoughts are shown at once, and the others are measured while you look.
    `view.focus` holds the filters; `view.selected` the numbers of the thoughts that pass them.

    Args:
        traces: a `TraceSet`, a `TraceGroup`, a list of traces, or a `Run`, whose kept rollouts are shown.
        sort: the name of a column, such as `"reward"`, or `"number"` for the order in which the thoughts came.
        down: largest first.
        measures: measures of your own by name: functions that take a `Trace` and return a number. Each is a column;
            "number" and "finish" are columns of the view.

    Raises:
        LabkitError: `traces` holds no traces, the column does not exist, or a measure has the name of a column.
    """

    bundle = STATIC / "traces_view.js"
    focus_type = wire.Focus
    ask_type = wire.Ask
    next_focus = 'view.focus = {"sort": "characters", "down": True}'

    @checks_arguments
    def __init__(
        self,
        traces: Any,
        *,
        sort: str = "number",
        down: bool = False,
        measures: Mapping[str, Measure] | None = None,
    ) -> None:
        thoughts = thoughts_of(traces)
        require_free_names(measures or {})
        self._lock = threading.RLock()
        self._search: Search | None = None
        self._opened: tuple[int, View] | None = None
        self._thoughts = MeasuredThoughts(thoughts.traces, measures or {})
        self._thoughts.measure(thoughts.first)
        self._n_saved, self._is_all_saved = self._thoughts.count, self._thoughts.is_done
        self._scene = wire.Scene(
            title=one_line(thoughts.title, 120), columns=self._thoughts.columns, expected=thoughts.expected
        )
        super().__init__(self._scene, {"sort": sort, "down": down})

    def check_focus(self, focus: wire.Focus) -> None:
        """Raises an error for a column or a thought that is not there."""
        names = [column.name for column in self._scene.columns]
        for name, column in [("sort", focus.sort), *(("ranges", chosen.column) for chosen in focus.ranges)]:
            if column not in names and (name, column) != ("sort", "number"):
                raise self.cannot_look_at(name, column, f"its columns are {', '.join(names)}")
        if focus.row is not None and focus.row >= self._thoughts.count:
            if not self._thoughts.is_done:
                self._thoughts.measure(focus.row + 1 - self._thoughts.count)
            if focus.row >= self._thoughts.count:
                have = plural(self._thoughts.count, "thought")
                raise self.cannot_look_at("row", focus.row, f"it has {have}, counted from 0")

    def complete(self) -> Self:
        """Measures all thoughts that were not measured yet, so that the saved outputs hold all; returns the view.

        Interrupt keeps what was measured.
        """
        while not self._thoughts.is_done:
            self._thoughts.measure(64)
        self._n_saved, self._is_all_saved = self._thoughts.count, True
        return self

    def save(self, path: str | Path) -> Path:
        """Measures all thoughts, and writes the view as one HTML file; see `View.save`."""
        self.complete()
        return super().save(path)

    @property
    def selected(self) -> list[int]:
        """The numbers of the thoughts that pass the filters, counted from 0, in the order of the table.

        All thoughts are measured and searched for this.
        """
        self.complete()
        values = self._thoughts.values(self._scene.columns)
        return shown_rows(self._scene.columns, values, self._focus, self._matches())

    @property
    def trace(self) -> Trace | None:
        """The opened thought; None if none is open."""
        row = self._focus.row
        return None if row is None else self._thoughts.trace(row)

    def close(self) -> None:
        """Closes the view and that of the opened thought, and ends what runs in the background."""
        if hasattr(self, "_thoughts"):  # not in a view that could not be made
            self._thoughts.close()
            if self._search is not None:
                self._search.cancel()
            if self._opened is not None:
                self._opened[1].close()
        super().close()

    # -- requests from the browser ---------------------------------------------------------------

    def respond(self, ask: Any) -> Answer:
        """Answers an `Ask` at once; what takes long runs in the background."""
        match ask:
            case wire.NumbersAsk(first=first):
                self._thoughts.measure_in_background()
                return self._thoughts.numbers(self._scene.columns, first)
            case wire.TextsAsk(rows=rows, search=search):
                return wire.Texts(texts=self._thoughts.texts(rows, search)), b""
            case wire.SearchAsk(text=text, first=first):
                return self._searching(text).matches(first)
            case wire.OpenAsk(row=row, bundle=bundle):
                return self._open(row, with_bundle=bundle)
            case wire.ThoughtAsk(row=row, question=question):
                return self._token_view(row).answer({**question, "id": ask.id})
        return self._thoughts.skipped(), b""

    def _searching(self, text: str) -> Search:
        """The search for a text, which is begun if another one runs."""
        with self._lock:
            if self._search is None or self._search.text != text:
                if self._search is not None:
                    self._search.cancel()
                self._thoughts.measure_in_background()
                self._search = Search(self._thoughts, text)
            return self._search

    def _matches(self) -> list[int] | None:
        """The rows that the search of the focus finds; None without a search."""
        text = self._focus.search
        if not text:
            return None
        search = self._searching(text)
        search.wait()
        return search.rows.tolist()

    def _open(self, row: int, *, with_bundle: bool) -> Answer:
        view = self._token_view(row)
        header = wire.Opened(row=row, place=self._thoughts.place(row), scene=view.scene, focus=view.focus)
        return header, TOKEN_VIEW.read_bytes() if with_bundle else b""

    def _token_view(self, row: int) -> View:
        """The token view of a thought, which answers for it; one is open at a time."""
        with self._lock:
            if self._opened is None or self._opened[0] != row:
                if row >= self._thoughts.count:
                    raise BadArgument(
                        f"There is no thought {row}.",
                        why=f"{self._thoughts.count:,} are measured so far, counted from 0.",
                        next=self.next_focus,
                    )
                if self._opened is not None:
                    self._opened[1].close()
                self._opened = (row, display_hook.show("thought", self._thoughts.trace(row)))
            return self._opened[1]

    # -- saved outputs ---------------------------------------------------------------------------

    def saved_variants(self) -> Iterator[SavedData]:
        """The measures and the texts of the first thoughts, the same at every run, or of all after `complete`."""
        count = self._n_saved
        while count:
            yield self._saved(count)
            count //= 2

    def _saved(self, count: int) -> SavedData:
        values = self._thoughts.values(self._scene.columns)
        numbers = b"".join(packed(column[:count]) for column in values)
        is_all = self._is_all_saved and count == self._n_saved
        read = self._scene.expected if is_all else count
        skipped = self._thoughts.n_skipped if is_all else 0
        saved_header = wire.Numbers(first=0, count=count, read=read, done=True, skipped=skipped)
        answer = recorded({"ask": "numbers", "first": 0}, saved_header, numbers)
        texts = [text.model_dump() for text in self._thoughts.texts(range(count))]
        focus = self._focus.model_copy(update={"row": None, "search": ""}).model_dump()
        return {"scene": self.scene, "focus": focus, "answers": [answer], "texts": texts}

    def _table(self) -> Table:
        rows = [values[: self._n_saved] for values in self._thoughts.values(self._scene.columns)]
        matches = rows_with(self._thoughts, self._focus.search, self._n_saved) if self._focus.search else None
        return table_of(self._scene, self._thoughts, rows, self._focus, matches, is_all=self._is_all_saved)

    def as_text(self) -> str:
        """What was opened; the same at every run."""
        return f"TracesView({self._scene.title})"

    def as_html(self) -> str:
        """The histograms and the first rows, selectable."""
        return render_html(self._table())

    def as_png(self) -> bytes:
        """The histograms and the first rows as a picture."""
        return render_png(self._table())


def require_free_names(measures: Mapping[str, Measure]) -> None:
    """Raises an error if a measure of the user has the name of a column of the view itself."""
    for name in ("number", "finish"):
        if name in measures:
            raise BadArgument(
                f"TracesView cannot show a measure with the name {name!r}.",
                why="it has a column of this name.",
                next=f'labkit.TracesView(traces, measures={{"my_{name}": function}})',
            )
