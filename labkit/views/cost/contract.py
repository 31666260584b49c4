"""The messages between a cost view and the browser: all data is sent once, and the browser calculates."""

from __future__ import annotations

from typing import Literal

from labkit.views.core.contract import Wire

Mark = Literal["read", "second hand", "derived", "assumed"]
Name = Literal[
    "tokens",
    "price",
    "questions",
    "card",
    "rent",
    "life",
    "utilisation",
    "speed",
    "power",
    "electricity",
    "interest",
]


class Fact(Wire):
    """A row of `data/facts/`: a number, and how it is known."""

    id: str
    claim: str
    value: float
    unit: str
    date: str
    source: str
    mark: Mark


class Slider(Wire):
    """A value that the user may change, with its range.

    Attributes:
        group: the heading above the slider; empty if it is that of the slider before.
        log: whether equal distances of the slider are equal factors.
        fact: the row that gives the default.
    """

    name: Name
    group: str
    title: str
    unit: str
    low: float
    high: float
    log: bool
    fact: Fact


class Offer(Wire):
    """A model at an API, with the price of its output tokens.

    Attributes:
        group: the heading above the row.
        open: whether its weights are published.
    """

    name: str
    group: str
    open: bool
    fact: Fact


class Life(Wire):
    """A life of servers in years, and the companies that use it in their accounts."""

    years: float
    who: str
    facts: list[Fact]


class Scene(Wire):
    """The sliders, the offers and the lives."""

    sliders: list[Slider]
    offers: list[Offer]
    lives: list[Life]


class Focus(Wire):
    """The values of the sliders.

    Attributes:
        tokens: tokens of thought for one question.
        price: USD for a million output tokens of the API.
        questions: questions in a month.
        card: USD for a card.
        rent: USD for an hour of a rented card.
        life: years until the card is worth nothing.
        utilisation: share of the hours in which an owned card works, in %.
        speed: tokens a second that a working card writes, over all questions at once.
        power: W of the card.
        electricity: USD for a kWh.
        interest: % a year on the money that the card ties up.
    """

    tokens: float
    price: float
    questions: float
    card: float
    rent: float
    life: float
    utilisation: float
    speed: float
    power: float
    electricity: float
    interest: float
