"""The saved HTML of a cost view: the values with their sources and the costs, as selectable text.

Inline styles only, no script, no SVG. On a page that strips styles (GitHub), the tables remain.
"""

from __future__ import annotations

import io
from html import escape

from PIL import Image

from labkit.views.core.canvas import SCALE
from labkit.views.core.html import MUTED, card, image, mark, scroll_box
from labkit.views.cost import contract as wire
from labkit.views.cost.data import amount, at_life, bars, costs, count, money, verdict
from labkit.views.cost.png import NOTE, TITLE, bill_picture

CELL = "padding:2px 10px 2px 0;border:0;text-align:left;vertical-align:top"
NUMBER = f"{CELL};text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
ASSUMED = "#b45309"


def render_html(scene: wire.Scene, focus: wire.Focus) -> str:
    """The complete HTML."""
    result = costs(focus)
    sentences = "".join(f"<div>{escape(text)}</div>" for text in verdict(result))
    body = (
        f'<div style="margin:8px 0">{sentences}</div>'
        + table("The values", [value_row(slider, focus) for slider in scene.sliders])
        + table(
            f"One question of {amount(focus.tokens, 'tokens')}", [offer_row(o, focus) for o in scene.offers]
        )
        + table("A million tokens", [way_row(title, parts) for title, parts in bars(result)])
        + table("A million tokens, owned, by the life of the card", [life_row(n, focus) for n in scene.lives])
        + f"<div>{bill_image(scene, focus)}</div>"
    )
    return without_dollar_signs(card(TITLE, NOTE, body))


def without_dollar_signs(html: str) -> str:
    """Writes USD for each dollar sign: Jupyter typesets the text between two dollar signs as mathematics.

    >>> without_dollar_signs("$0.57 per million tokens")
    'USD 0.57 per million tokens'
    """
    return html.replace("$", "USD ")


def table(title: str, rows: list[tuple[str, str, str]]) -> str:
    """A table of three columns: a name, a number, a note that is HTML already."""
    body = "".join(
        f'<tr style="background:none"><td style="{CELL};white-space:nowrap">{escape(name)}</td>'
        f'<td style="{NUMBER}">{escape(number)}</td><td style="{CELL};{MUTED}">{note}</td></tr>'
        for name, number, note in rows
    )
    rows_html = f'<table style="border-collapse:collapse;font-size:12px;margin:0">{body}</table>'
    return f'<div style="margin-top:10px"><b>{escape(title)}</b></div>{scroll_box(rows_html, title, "")}'


def value_row(slider: wire.Slider, focus: wire.Focus) -> tuple[str, str, str]:
    """The value of a slider, and how its default is known."""
    value = getattr(focus, slider.name)
    known = slider.fact
    note = f"{known_by(known.mark)}: {escape(known.claim)}, {escape(known.date)}, {escape(known.source)}"
    if value != known.value:
        note = f"changed; default {escape(amount(known.value, slider.unit))}, {note}"
    return slider.title, amount(value, slider.unit), note


def known_by(text: str) -> str:
    """How a value is known; an assumption stands out."""
    return mark(f"<b>{text}</b>", ASSUMED) if text == "assumed" else text


def offer_row(offer: wire.Offer, focus: wire.Focus) -> tuple[str, str, str]:
    """The price of one question at an API."""
    weights = "open weights" if offer.open else "closed"
    price = amount(offer.fact.value, offer.fact.unit)
    note = f"{weights}; {price}, {escape(offer.fact.date)}, {known_by(offer.fact.mark)}: {escape(offer.fact.source)}"
    return offer.name, money(focus.tokens * offer.fact.value / 1e6), note


def way_row(title: str, parts: list[tuple[str, float]]) -> tuple[str, str, str]:
    """The cost of a million tokens in one way, with its parts."""
    note = ", ".join(f"{part} {money(value)}" for part, value in parts) if len(parts) > 1 else ""
    return title, money(sum(value for _, value in parts)), note


def life_row(life: wire.Life, focus: wire.Focus) -> tuple[str, str, str]:
    """The cost of a million tokens of an owned card at one life."""
    years = f"{life.years:g} year{'' if life.years == 1 else 's'}"
    return years, money(at_life(focus, life.years).owned), escape(life.who)


def bill_image(scene: wire.Scene, focus: wire.Focus) -> str:
    """The chart of the bills, with the three bills as alternative text."""
    (width, height), page = bill_picture(scene, focus)
    panel = page.image.crop((0, 0, width * SCALE, height * SCALE))
    out = io.BytesIO()
    panel.quantize(32, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    result = costs(focus)
    alt = (
        f"The bill of a month with {count(focus.questions)} questions: API {money(result.bill_api)}, "
        f"rented {money(result.bill_rented)}, owned {money(result.bill_owned)}"
    )
    return image(out.getvalue(), alt, width, height)
