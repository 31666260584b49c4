"""The arithmetic of a cost view, its defaults, and its numbers as text.

`labkit/frontend/src/views/cost/draw.ts` calculates the same; a test compares both on a grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from labkit.facts import Fact, fact
from labkit.views.cost import contract as wire

HOURS_A_YEAR = 8_760
HOURS_A_MONTH = 730
MILLION = 1_000_000
POINTS = 121  # points of a line of the chart

# The name, the heading above, the title, the unit, the lowest and highest value, whether it is logarithmic, its row.
SLIDERS: tuple[tuple[wire.Name, str, str, str, float, float, bool, str], ...] = (
    ("tokens", "The question", "Tokens of thought", "tokens", 100, 100_000, True, "thought-tokens-assumed"),
    ("questions", "", "Questions a month", "questions", 100, 10_000_000, True, "questions-assumed"),
    ("price", "The API", "Price of output", "USD per million tokens", 0.1, 100, True, "price-qwen3-32b-middle-output"),
    ("card", "The card", "Price of the card", "USD", 1_000, 100_000, True, "h100-price"),
    ("life", "", "Life of the card", "years", 1, 8, False, "life-meta"),
    ("utilisation", "", "Utilisation", "%", 1, 100, False, "utilisation-assumed"),
    ("speed", "", "Speed of the card", "tokens per second", 10, 20_000, True, "qwen3-32b-h100-speed"),
    ("power", "", "Power of the card", "W", 50, 2_000, True, "h100-power"),
    ("electricity", "", "Price of electricity", "USD per kWh", 0.01, 1, True, "electricity-price"),
    ("interest", "", "Interest", "% a year", 0, 20, False, "interest-assumed"),
    ("rent", "The rented card", "Rent of a card", "USD per hour", 0.2, 20, True, "rent-h100-2026-05"),
)  # fmt: skip

FIRST, LATER = "At launch, 2024 and 2025", "Later, November 2025 to July 2026"
# The name, the heading, whether the weights are open, and the row.
OFFERS: tuple[tuple[str, str, bool, str], ...] = (
    ("OpenAI o1", FIRST, False, "price-o1-output"),
    ("Claude 3.7 Sonnet", FIRST, False, "price-claude-3.7-sonnet-output"),
    ("Gemini 2.5 Pro", FIRST, False, "price-gemini-2.5-pro-output"),
    ("DeepSeek-R1", FIRST, True, "price-r1-output"),
    ("Claude Fable 5", LATER, False, "price-claude-fable-5-output"),
    ("GPT-5.5", LATER, False, "price-gpt-5.5-output"),
    ("Gemini 3 Pro", LATER, False, "price-gemini-3-pro-output"),
    ("DeepSeek-V4-Pro", LATER, True, "price-deepseek-v4-pro-output"),
    ("GLM-5", LATER, True, "price-glm-5-output"),
    ("gpt-oss-120b", LATER, True, "price-gpt-oss-120b-middle-output"),
    ("Qwen3-32B", LATER, True, "price-qwen3-32b-middle-output"),
)

LIVES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Alphabet, Microsoft, CoreWeave", ("life-google", "life-microsoft", "life-coreweave")),
    ("Meta", ("life-meta",)),
    ("Amazon (a part), Lambda", ("life-amazon", "life-lambda")),
    ("Nebius", ("life-nebius",)),
    ("short sellers, highest", ("life-short-sellers",)),
    ("short sellers, lowest", ("life-short-sellers-low",)),
)


@dataclass(frozen=True)
class Costs:
    """What the values of a focus cost, in USD.

    Attributes:
        question: the thought of one question through the API.
        depreciation: of one hour of an owned card.
        interest: of one hour of an owned card.
        power: of one hour of an owned card.
        hour: one hour of an owned card: depreciation, interest and power.
        owned: a million tokens of an owned card at this utilisation.
        rented: a million tokens of a rented card, which is paid for the hours in which it works.
        api: a million tokens of the API.
        cards: owned cards for the questions of a month at this utilisation; at least 1.
        bill_api: the questions of a month through the API.
        bill_rented: the questions of a month on rented cards.
        bill_owned: a month of the owned cards.
        even_api: utilisation, in %, at which a million tokens of an owned card cost as much as through the API; above
            100 the card always costs more.
        even_rent: utilisation, in %, at which an owned card costs as much as a card rented for its working hours.
        even_questions: questions in a month at which one owned card costs as much as the API.
    """

    question: float
    depreciation: float
    interest: float
    power: float
    hour: float
    owned: float
    rented: float
    api: float
    cards: int
    bill_api: float
    bill_rented: float
    bill_owned: float
    even_api: float
    even_rent: float
    even_questions: float


def costs(focus: wire.Focus) -> Costs:
    """All costs at the values of a focus.

        depreciation = card / (life * 8,760)
        interest     = (card / 2) * rate / 8,760       the card is worth half its price over its life, on average
        power        = W / 1,000 * USD per kWh         full power in every hour: an upper bound
        hour         = depreciation + interest + power
        owned        = hour / (speed * 3,600 * utilisation) * 1,000,000
        rented       = rent / (speed * 3,600) * 1,000,000

    The rest of the server, cooling, buildings and people are left out.
    """
    depreciation = focus.card / (focus.life * HOURS_A_YEAR)
    interest = focus.card / 2 * focus.interest / 100 / HOURS_A_YEAR
    power = focus.power / 1_000 * focus.electricity
    hour = depreciation + interest + power
    millions = focus.speed * 3_600 / MILLION  # in an hour of work
    share = focus.utilisation / 100
    question = focus.tokens * focus.price / MILLION
    worked = focus.questions * focus.tokens / MILLION / millions  # hours of work in a month
    cards = max(1, math.ceil(worked / (HOURS_A_MONTH * share)))
    return Costs(
        question=question, depreciation=depreciation, interest=interest, power=power, hour=hour,
        owned=hour / (millions * share), rented=focus.rent / millions, api=focus.price,
        cards=cards, bill_api=focus.questions * question, bill_rented=worked * focus.rent,
        bill_owned=cards * HOURS_A_MONTH * hour, even_api=100 * hour / (millions * focus.price),
        even_rent=100 * hour / focus.rent, even_questions=HOURS_A_MONTH * hour / question,
    )  # fmt: skip


def at_questions(focus: wire.Focus, questions: float) -> Costs:
    """The costs at another number of questions in a month."""
    return costs(focus.model_copy(update={"questions": questions}))


def at_life(focus: wire.Focus, years: float) -> Costs:
    """The costs at another life of the card."""
    return costs(focus.model_copy(update={"life": years}))


def axis_of_questions(scene: wire.Scene) -> list[float]:
    """The numbers of questions of the chart: the range of the slider in equal factors."""
    slider = next(s for s in scene.sliders if s.name == "questions")
    factor = slider.high / slider.low
    return [slider.low * factor ** (i / (POINTS - 1)) for i in range(POINTS)]


# -- the scene ---------------------------------------------------------------------------------------


def scene_of() -> wire.Scene:
    """The sliders, offers and lives of `data/facts/`."""
    return wire.Scene(
        sliders=[
            wire.Slider(
                name=name, group=group, title=title, unit=unit, low=low, high=high, log=log, fact=row(id)
            )
            for name, group, title, unit, low, high, log, id in SLIDERS
        ],
        offers=[
            wire.Offer(name=name, group=group, open=weights, fact=row(id))
            for name, group, weights, id in OFFERS
        ],
        lives=[
            wire.Life(years=fact(ids[0]).number, who=who, facts=[row(id) for id in ids]) for who, ids in LIVES
        ],
    )


def row(id: str) -> wire.Fact:
    """A row of `data/facts/` for the browser; what is calculated from an assumption is marked as assumed."""
    known: Fact = fact(id)
    return wire.Fact(
        id=known.id, claim=known.claim, value=known.number, unit=known.unit, date=known.date,
        source=f"calculated as {known.formula}" if known.formula else known.source,
        mark="assumed" if known.is_assumed else known.mark,
    )  # fmt: skip


def defaults(scene: wire.Scene) -> dict[str, float]:
    """The value of each slider in `data/facts/`."""
    return {slider.name: slider.fact.value for slider in scene.sliders}


# -- numbers and sentences ------------------------------------------------------------------------------


def money(value: float) -> str:
    """An amount of USD.

    >>> money(0.01752), money(0.48), money(2.19), money(130.5), money(30_000), money(0)
    ('$0.0175', '$0.48', '$2.19', '$131', '$30,000', '$0')
    """
    if value == 0:
        return "$0"
    if value >= 100:
        return f"${_fixed(value, 0):,}"
    if value >= 1:
        return f"${_fixed(value, 2)}"
    exponent = int(f"{value:.2e}".split("e")[1])
    digits = f"{_fixed(value, 2 - exponent)}"
    return "$" + digits[:4] + digits[4:].rstrip("0")


def amount(value: float, unit: str) -> str:
    """A value of a slider with its unit.

    >>> amount(0.57, "USD per million tokens"), amount(8_000, "tokens"), amount(5.5, "years"), amount(50, "%")
    ('$0.57 per million tokens', '8,000 tokens', '5.5 years', '50 %')
    """
    if unit.startswith("USD"):
        return money(value) + unit[3:]
    return f"{plain(value)} {unit}"


def plain(value: float) -> str:
    """A number with at most four digits if it is below 1,000, else without decimals.

    >>> plain(2142.34), plain(5.5), plain(0.08061), plain(12)
    ('2,142', '5.5', '0.08061', '12')
    """
    if value >= 1_000:
        return f"{_fixed(value, 0):,}"
    return f"{Decimal(f'{value:.4g}').normalize():f}"


def count(value: float) -> str:
    """A number of questions to three digits.

    >>> count(130_701.2), count(87.6), count(9_995)
    ('131,000', '88', '10,000')
    """
    if value < 1_000:
        return str(_fixed(value, 0))
    exponent = int(f"{value:.2e}".split("e")[1])
    step = 10 ** (exponent - 2)
    return f"{int(_fixed(value / step, 0)) * step:,}"


def percent(value: float) -> str:
    """A share in %, to the whole number from 10 on.

    >>> percent(18.6), percent(1.86), percent(412)
    ('19 %', '1.9 %', '412 %')
    """
    return f"{_fixed(value, 0 if value >= 10 else 1)} %"


def _fixed(value: float, decimals: int) -> Decimal:
    """Rounds half up, as JavaScript does."""
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def verdict(result: Costs) -> list[str]:
    """What the values mean: the owned card against the API, and against the rented card."""
    hours = percent(result.even_api)
    if result.even_api <= 100:
        questions = count(result.even_questions)
        api = f"One owned card costs less than the API from {questions} questions a month on: {hours} of its hours."
    else:
        api = f"The API costs less than an owned card: the card would have to work {hours} of its hours."
    if result.even_rent <= 100:
        rent = f"Owning costs less than renting by the hour from {percent(result.even_rent)} of the hours on."
    else:
        rent = "Renting by the hour costs less than owning, at any utilisation."
    return [api, rent]


def bars(result: Costs) -> list[tuple[str, list[tuple[str, float]]]]:
    """A million tokens in three ways, each with its parts in USD."""
    share = result.owned / result.hour
    parts = [
        ("depreciation", result.depreciation * share),
        ("interest", result.interest * share),
        ("power", result.power * share),
    ]
    return [
        ("owned card", parts),
        ("rented card", [("rent", result.rented)]),
        ("API", [("price", result.api)]),
    ]
