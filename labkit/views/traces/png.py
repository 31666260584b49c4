"""The saved picture of a traces view: histograms and the first rows, drawn with Pillow at two pixels per point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labkit.views.core.canvas import INK, MUTED, PAD, RULE, SCALE, SMALL, WIDTH, Page, font, heading
from labkit.views.core.text_layout import one_line
from labkit.views.core.wording import plural
from labkit.views.traces.histogram import CATEGORIES
from labkit.views.traces.table import Histogram, Row, Table
from labkit.views.traces.wording import label, value_text

ROW, PLOT, GAP = 22.0, 40.0, 16.0  # points: a row, a histogram's height, the space between two
MOST_PLOTS, MOST_ROWS = 7, 12
ALL, SHOWN = "#b9c4d2", "#2563a8"
TEXT = SMALL + 1
Box = tuple[float, float, float, float]


def render_png(table: Table) -> bytes:
    """The picture as a PNG file."""
    table = table.shortened(MOST_ROWS)
    top = 124.0 if table.histograms else 50.0
    page = Page(top + ROW * (len(table.rows) + 1) + (24 if table.n_more else 0) + 16)
    heading(page, one_line(table.title, 44), one_line(table.note, 62))
    plots = table.histograms[:MOST_PLOTS]
    width = (WIDTH - 2 * PAD - GAP * (len(plots) - 1)) / max(1, len(plots))
    for i, histogram in enumerate(plots):
        draw_histogram(page, histogram, PAD + i * (width + GAP), width)
    edges = edges_of(table)
    draw_cells(page, ["#", *(head(column.name) for column in table.columns)], edges, top + 14, MUTED)
    left = edges[-1] + 14
    middle = left + (WIDTH - PAD - left) * 0.52
    for x, name in ((left, "prompt"), (middle, "answer")):
        page.text(x, top + 14, name, MUTED, TEXT)
    page.box(PAD, top + 20, WIDTH - PAD, top + 21, RULE)
    for i, row in enumerate(table.rows):
        draw_row(page, row, edges, (left, middle), top + 16 + ROW * (i + 1))
    if table.n_more:
        y = top + ROW * (len(table.rows) + 1) + 16
        page.text(PAD, y, f"… {plural(table.n_more, 'more thought')}", MUTED, SMALL)
    return page.png()


def head(name: str) -> str:
    """The heading of a column; that of a measure of the user may be long."""
    return one_line(label(name), 14)


def draw_histogram(page: Page, histogram: Histogram, left: float, width: float) -> None:
    """Draws a histogram under the heading: all thoughts in grey, those that are shown in blue."""
    column, bins = histogram.column, histogram.bins
    page.text(left, 56, head(column.name), MUTED, SMALL)
    for color, counts in ((ALL, histogram.counts), (SHOWN, histogram.shown)):
        for x0, y0, x1, y1 in bars_of(counts, histogram.counts, (left, 62, left + width, 62 + PLOT)):
            page.box(x0, y0, x1, y1, color)
    page.box(left, 62 + PLOT, left + width, 63 + PLOT, RULE)
    if column.kind in CATEGORIES:
        for i, count in enumerate(histogram.counts):
            if count:
                x = left + width * (i + 0.5) / bins.n_bars
                page.text(x, 74 + PLOT, value_text(column, float(i)), MUTED, SMALL - 2, anchor="ms")
        return
    page.text(left, 74 + PLOT, value_text(column, bins.low), MUTED, SMALL - 1)
    high = value_text(column, bins.low + bins.width * bins.n_bars)
    page.text(left + width, 74 + PLOT, high, MUTED, SMALL - 1, anchor="rs")


def bars_of(counts: Sequence[int], most: Sequence[int], box: Box) -> Iterator[Box]:
    """The bars of a histogram that has `most` as its highest bars, as boxes in points; a thought is seen at least."""
    left, top, right, bottom = box
    width, highest = (right - left) / len(counts), max(most) or 1
    for i, count in enumerate(counts):
        if count:
            height = max(1.5, (bottom - top) * count / highest)
            yield left + i * width, bottom - height, left + (i + 1) * width - min(1.0, width / 4), bottom


def edges_of(table: Table) -> list[float]:
    """The right edge of the number and of each value column, in points."""
    texts = [["#", *(str(row.number) for row in table.rows)]]
    texts += [
        [head(column.name), *(row.values[i] for row in table.rows)] for i, column in enumerate(table.columns)
    ]
    edges, at = [], float(PAD)
    for column in texts:
        at += max(font(TEXT).getlength(text) / SCALE for text in column) + (0 if at == PAD else 12)
        edges.append(at)
    return edges


def draw_cells(page: Page, texts: Sequence[str], edges: Sequence[float], y: float, color: str) -> None:
    """Draws texts that end at the edges."""
    for text, edge in zip(texts, edges, strict=True):
        page.text(edge, y, text, color, TEXT, anchor="rs")


def draw_row(page: Page, row: Row, edges: Sequence[float], lefts: tuple[float, float], y: float) -> None:
    """Draws one thought; `y` is its baseline."""
    draw_cells(page, [f"{row.number:,}", *row.values], edges, y, INK)
    rights = (lefts[1] - 10, float(WIDTH - PAD))
    for text, left, right in zip((row.prompt, row.answer), lefts, rights, strict=True):
        page.text(left, y, fitted(text, right - left), INK, TEXT)


def fitted(text: str, width: float) -> str:
    """The beginning of a text that fits into a width in points; empty if not even one character fits.

    >>> fitted("a text", 1_000), fitted("a text", 1), fitted("a text", -1)
    ('a text', '', '')
    """
    measured = font(TEXT)
    while text and measured.getlength(text) / SCALE > width:
        n_chars = min(len(text) - 2, int(len(text) * 0.9))
        text = text[:n_chars].rstrip() + "…" if n_chars > 0 else ""
    return text
