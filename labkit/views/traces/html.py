"""The saved HTML of a traces view: histograms as pictures, and a selectable table of the first rows. No script."""

from __future__ import annotations

from html import escape

from PIL import ImageDraw

from labkit.views.core.canvas import SCALE, transparent_png
from labkit.views.core.html import CARD, MUTED, card, escape_text, image, scroll_box
from labkit.views.core.text_layout import one_line
from labkit.views.core.wording import plural
from labkit.views.traces.histogram import CATEGORIES
from labkit.views.traces.png import ALL, SHOWN, bars_of
from labkit.views.traces.table import Histogram, Row, Table
from labkit.views.traces.wording import label, value_text

CELL = "padding:3px 10px;text-align:left;border:0;white-space:nowrap"
RIGHT = CELL.replace("left", "right") + ";font-variant-numeric:tabular-nums"
WIDTH, HEIGHT = 108.0, 34.0  # points of a histogram


def render_html(table: Table) -> str:
    """The complete HTML; all model text is escaped."""
    histograms = "".join(histogram_html(histogram) for histogram in table.histograms)
    heads = ["#", *(label(column.name) for column in table.columns), "prompt", "answer"]
    texts = {"prompt", "answer"}
    head = "".join(
        f'<th style="{CELL if name in texts else RIGHT};font-weight:normal;{MUTED}">{escape(name)}</th>'
        for name in heads
    )
    body = "".join(row_html(row) for row in table.rows)
    more = f'<div style="{MUTED}">… {plural(table.n_more, "more thought")}</div>' if table.n_more else ""
    rows = (
        '<table style="border-collapse:collapse;font-size:13px">'
        f'<tr style="background:none">{head}</tr>{body}</table>'
    )
    return card(
        table.title,
        table.note,
        f'<div style="display:flex;flex-wrap:wrap;gap:6px 22px;margin:8px 0">{histograms}</div>'
        f"{scroll_box(rows, 'Thoughts', 'margin-top:6px')}{more}",
        style=f"{CARD};max-width:1000px",
    )


def histogram_html(histogram: Histogram) -> str:
    """A histogram with its name."""
    name = label(histogram.column.name)

    def draw(canvas: ImageDraw.ImageDraw) -> None:
        for color, counts in ((ALL, histogram.counts), (SHOWN, histogram.shown)):
            for x0, y0, x1, y1 in bars_of(counts, histogram.counts, (0, 0, WIDTH, HEIGHT)):
                canvas.rectangle((x0 * SCALE, y0 * SCALE, x1 * SCALE, y1 * SCALE), color)

    picture = image(transparent_png(WIDTH, HEIGHT, draw), f"Histogram of {name}", WIDTH, HEIGHT)
    ends = "; ".join(axis_texts(histogram))
    return (
        f'<div style="font-size:12px"><span style="{MUTED}">{escape(name)}</span><br>{picture}<br>'
        f'<span style="{MUTED}">{escape(ends)}</span></div>'
    )


def axis_texts(histogram: Histogram) -> list[str]:
    """The ends of the axis, or each category with its number of thoughts."""
    column, bins = histogram.column, histogram.bins
    if column.kind in CATEGORIES:
        counts = enumerate(histogram.counts)
        return [f"{value_text(column, float(i))} {count:,}" for i, count in counts if count]
    low, high = (value_text(column, bins.low + n * bins.width) for n in (0, bins.n_bars))
    return [f"{low} to {high}"]


def row_html(row: Row) -> str:
    """One thought of the table."""
    numbers = "".join(f'<td style="{RIGHT}">{escape(text)}</td>' for text in (f"{row.number:,}", *row.values))
    texts = "".join(
        f'<td style="{CELL}"><bdi>{escape_text(one_line(text, 48))}</bdi></td>'
        for text in (row.prompt, row.answer)
    )
    return f'<tr style="background:none">{numbers}{texts}</tr>'
