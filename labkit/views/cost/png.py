"""The saved picture of a cost view, drawn with Pillow at two pixels per point."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from labkit.views.core.canvas import ACCENT, INK, MUTED, PAD, RULE, SCALE, SMALL, WIDTH, Page, heading
from labkit.views.cost import contract as wire
from labkit.views.cost.data import (
    Costs,
    amount,
    at_life,
    at_questions,
    axis_of_questions,
    bars,
    costs,
    count,
    money,
    verdict,
)

ROW = 19  # points
OPEN, CLOSED, WARN, CHOSEN = "#0f766e", "#8a6d3b", "#b45309", "#d6e4f5"
PARTS = {
    "depreciation": "#2563a8",
    "interest": "#7ba7d9",
    "power": "#b8862a",
    "rent": "#8a56c2",
    "price": "#6b7280",
}
WAYS = (("API", "#6b7280"), ("rented", "#8a56c2"), ("owned", "#2563a8"))
TITLE, NOTE = "What reasoning costs", "in USD; each default is a row of data/facts"
MIDDLE = WIDTH / 2
HALF = MIDDLE - PAD - 10  # width of a panel, points


def render_png(scene: wire.Scene, focus: wire.Focus) -> bytes:
    """The picture as a PNG file."""
    left = 60 + ROW * len(scene.sliders) + 68
    below = left + 34 + ROW * (len(scene.offers) + 3)
    page = Page(below + 40)
    heading(page, TITLE, NOTE)
    draw_values(page, scene, focus, 58)
    draw_bars(page, focus, (MIDDLE + 10, 58))
    draw_lives(page, scene, focus, (MIDDLE + 10, 176))
    for line, text in enumerate(verdict(costs(focus))):
        page.text(PAD, left - 20 + 17 * line, text, INK, SMALL + 1.5, bold=not line)
    draw_offers(page, scene, focus, (PAD, left + 30))
    draw_bills(page, scene, focus, (MIDDLE + 10, left + 30, HALF, below - left - 10))
    return page.png()


def draw_values(page: Page, scene: wire.Scene, focus: wire.Focus, y: float) -> None:
    """Draws the value of each slider, and how its default is known."""
    page.text(PAD, y, "The values", INK, SMALL + 1, bold=True)
    for slider in scene.sliders:
        y += ROW
        value = getattr(focus, slider.name)
        mark = slider.fact.mark if value == slider.fact.value else "changed"
        page.text(PAD, y, slider.title, INK, SMALL + 1)
        page.text(PAD + 254, y, amount(value, slider.unit), INK, SMALL + 1, anchor="rs")
        page.text(PAD + 264, y, mark, WARN if mark == "assumed" else MUTED, SMALL, bold=mark == "assumed")


def draw_bars(page: Page, focus: wire.Focus, place: tuple[float, float]) -> None:
    """Draws a million tokens in three ways, with the parts of the owned card."""
    x, y = place
    rows = bars(costs(focus))
    largest = max(sum(value for _, value in parts) for _, parts in rows)
    page.text(x, y, "A million tokens", INK, SMALL + 1, bold=True)
    for title, parts in rows:
        y += ROW + 3
        page.text(x, y, title, INK, SMALL + 1)
        left = x + 78
        for part, value in parts:
            right = left + (HALF - 140) * value / largest
            page.box(left, y - 11, right, y + 3, PARTS[part])
            left = right
        page.text(left + 6, y, money(sum(value for _, value in parts)), INK, SMALL + 1)
    y += ROW
    left = x + 78
    for part in ("depreciation", "interest", "power"):
        page.box(left, y - 8, left + 8, y, PARTS[part])
        page.text(left + 12, y, part, MUTED, SMALL)
        left += 92 if part == "depreciation" else 66


def draw_lives(page: Page, scene: wire.Scene, focus: wire.Focus, place: tuple[float, float]) -> None:
    """Draws a million tokens of an owned card by the life of the card."""
    x, y = place
    values = [at_life(focus, life.years).owned for life in scene.lives]
    page.text(x, y, "A million tokens, owned, by the life of the card", INK, SMALL + 1, bold=True)
    for life, value in zip(scene.lives, values, strict=True):
        y += ROW
        if life.years == focus.life:
            page.box(x - 4, y - 13, x + HALF + 4, y + 5, CHOSEN, 3)
        page.text(x + 24, y, f"{life.years:g}", INK, SMALL + 1, anchor="rs")
        page.text(x + 32, y, life.who, MUTED, SMALL)
        left = x + 200
        right = left + (HALF - 250) * value / max(values)
        page.box(left, y - 10, right, y + 2, PARTS["depreciation"])
        page.text(right + 6, y, money(value), INK, SMALL + 1)


def draw_offers(page: Page, scene: wire.Scene, focus: wire.Focus, place: tuple[float, float]) -> None:
    """Draws the price of one question at each API."""
    x, y = place
    values = [focus.tokens * offer.fact.value / 1e6 for offer in scene.offers]
    title = f"One question of {amount(focus.tokens, 'tokens')}, through an API"
    page.text(x, y, title, INK, SMALL + 1, bold=True)
    page.text(x, y + 15, "green: open weights; brown: closed", MUTED, SMALL)
    y += 15
    group = ""
    for offer, value in zip(scene.offers, values, strict=True):
        if offer.group != group:
            group = offer.group
            y += ROW
            page.text(x, y, group, MUTED, SMALL)
        y += ROW
        page.text(x, y, offer.name, INK, SMALL + 1)
        left = x + 126
        right = left + (HALF - 180) * value / max(values)
        page.box(left, y - 11, max(right, left + 1), y + 3, OPEN if offer.open else CLOSED)
        page.text(right + 6, y, money(value), INK, SMALL + 1)


def draw_bills(
    page: Page, scene: wire.Scene, focus: wire.Focus, place: tuple[float, float, float, float]
) -> None:
    """Draws the bill of a month over the number of questions, at (left, top, width, height) in points."""
    x, y, width, height = place
    page.text(x, y, "The bill of a month, by its questions", INK, SMALL + 1, bold=True)
    page.text(x + 88, y + 15, f"dashed: {count(focus.questions)} questions", MUTED, SMALL)
    questions = axis_of_questions(scene)
    results = [at_questions(focus, q) for q in questions]
    lines = [[c.bill_api for c in results], [c.bill_rented for c in results], [c.bill_owned for c in results]]
    low = math.floor(math.log10(min(map(min, lines))))
    high = math.ceil(math.log10(max(map(max, lines))))
    left, right, top, bottom = x + 76, x + width, y + 26, y + height - 20
    across = _log_scale(questions[0], questions[-1], left, right)
    up = _log_scale(10.0**low, 10.0**high, bottom, top)
    for power in range(low, high + 1):
        level = up(10.0**power) * SCALE
        page.draw.line((SCALE * left, level, SCALE * right, level), RULE, 1)
        if (high - power) % 2 == 0:
            page.text(left - 6, level / SCALE + 3, money(10.0**power), MUTED, SMALL - 1, anchor="rs")
    for power in range(round(math.log10(questions[0])), round(math.log10(questions[-1])) + 1):
        if power % 2 == 0:
            label = f"{10**power:,}"
            page.text(across(10.0**power), bottom + 14, label, MUTED, SMALL - 1, anchor="ms")
    for values, (_, color) in zip(lines, WAYS, strict=True):
        points = [(SCALE * across(q), SCALE * up(v)) for q, v in zip(questions, values, strict=True)]
        page.draw.line(points, color, round(1.8 * SCALE), joint="curve")
    _dashes(page, across(focus.questions), top, bottom)
    _labels(page, x, y + 40, costs(focus))


def _labels(page: Page, x: float, y: float, result: Costs) -> None:
    """The three ways with their colour and their bill at the chosen number of questions."""
    bills = (result.bill_api, result.bill_rented, result.bill_owned)
    for row, ((way, color), bill) in enumerate(zip(WAYS, bills, strict=True)):
        page.box(x + 88, y - 8 + 14 * row, x + 98, y - 5 + 14 * row, color)
        page.text(x + 102, y - 2 + 14 * row, f"{way} {money(bill)}", INK, SMALL)


def _dashes(page: Page, x: float, top: float, bottom: float) -> None:
    """Draws a dashed vertical line."""
    for start in range(round(top), round(bottom), 6):
        page.draw.line((SCALE * x, SCALE * start, SCALE * x, SCALE * min(start + 3, bottom)), ACCENT, SCALE)


def _log_scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Maps a value between `low` and `high` to a place, equal factors to equal distances."""
    span = math.log(high / low)
    return lambda value: start + (end - start) * math.log(max(value, low) / low) / span


def bill_picture(scene: wire.Scene, focus: wire.Focus) -> tuple[Sequence[int], Page]:
    """The chart of the bills alone, for the saved HTML: its size in points and its page."""
    page = Page(250)
    draw_bills(page, scene, focus, (6, 16, 380, 226))
    return (400, 250), page
