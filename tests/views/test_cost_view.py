"""A cost view: its arithmetic, its four faces, its defaults, and the values that it refuses."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

import labkit
from labkit import LabkitError
from labkit.facts import fact
from labkit.views import CostView
from labkit.views.cost import data
from labkit.views.cost.contract import Focus


@pytest.fixture
def view() -> CostView:
    return CostView()


def focus(**values: float) -> Focus:
    return Focus.model_validate(data.defaults(data.scene_of()) | values)


def test_a_card_by_hand() -> None:
    """A card of 8,760 USD over one year costs 1 USD an hour; 1 kW at 0.10 USD costs 0.10 USD."""
    result = data.costs(
        focus(card=8_760, life=1, interest=10, power=1_000, electricity=0.1, speed=1_000, utilisation=50)
    )
    assert (result.depreciation, result.interest, result.power) == pytest.approx((1.0, 0.05, 0.1))
    assert result.hour == pytest.approx(1.15)
    assert result.owned == pytest.approx(1.15 / (1_000 * 3_600 * 0.5) * 1e6)


def test_the_depreciation_is_that_of_the_table() -> None:
    for years in (6, 4, 2):
        shown = data.costs(focus(card=fact("h100-price").number, life=years)).depreciation
        assert shown == pytest.approx(fact(f"hour-{years}-years").number, rel=2e-3)


def test_a_question_costs_its_tokens_times_the_price() -> None:
    for model in ("r1", "o1"):
        price = fact(f"price-{model}-output").number
        assert data.costs(focus(price=price)).question == pytest.approx(fact(f"question-{model}").number)


def test_at_the_break_even_the_bills_are_equal() -> None:
    start = data.costs(focus())
    assert start.even_api < 100
    even = data.costs(focus(utilisation=start.even_api))
    assert even.owned == pytest.approx(even.api)
    rent = data.costs(focus(utilisation=start.even_rent))
    assert rent.owned == pytest.approx(rent.rented)
    bills = data.at_questions(focus(utilisation=100), start.even_questions)
    assert bills.bill_owned == pytest.approx(bills.bill_api) and bills.cards == 1


def test_more_questions_than_one_card_answers_need_a_second_card() -> None:
    capacity = 2_142.34 * 3_600 * 730 * 0.5 / 8_000
    assert data.at_questions(focus(), capacity * 0.99).cards == 1
    assert data.at_questions(focus(), capacity * 1.01).cards == 2


def test_each_default_is_a_row_of_the_facts(view: CostView) -> None:
    for slider in view.scene["sliders"]:
        row = fact(slider["fact"]["id"])
        assert view.focus[slider["name"]] == row.number
        assert slider["unit"].split()[0] == row.unit.split()[0], slider["name"]
        assert slider["low"] <= row.number <= slider["high"]
    assert {slider["fact"]["mark"] for slider in view.scene["sliders"]} == {"second hand", "assumed"}
    for offer in view.scene["offers"]:
        assert fact(offer["fact"]["id"]).unit == "USD per million tokens"


def test_what_is_assumed_is_marked_in_the_saved_page(view: CostView) -> None:
    assumed = [s for s in view.scene["sliders"] if s["fact"]["mark"] == "assumed"]
    saved = view.as_html()
    assert saved.count("<b>assumed</b>") == len(assumed) == 5
    for slider in view.scene["sliders"]:
        assert slider["fact"]["date"] in saved


def test_it_has_four_faces(view: CostView) -> None:
    bundle, metadata = view._repr_mimebundle_()
    assert bundle["text/plain"] == "CostView()"
    assert CostView(life=3, price=2.19).as_text() == "CostView(price=2.19, life=3)"
    picture = Image.open(io.BytesIO(bundle["image/png"]))
    assert picture.width == 2 * metadata["image/png"]["width"] == 1520
    saved = bundle["text/html"]
    assert "USD 0.0175" in saved and "$" not in saved and "<script" not in saved and "<svg" not in saved
    assert "application/vnd.jupyter.widget-view+json" in bundle and "export{" in view._bundle


def test_the_saved_picture_shows_the_values_and_is_the_same_twice() -> None:
    assert CostView().as_png() == CostView().as_png()
    assert CostView().as_png() != CostView(life=2).as_png()


def test_the_costs_follow_the_focus(view: CostView) -> None:
    before = view.costs.owned
    view.focus = {**view.focus, "life": 2}
    assert view.costs.owned > 1.9 * before
    assert "changed; default 5.5 years" in view.as_html()


@pytest.mark.parametrize(
    ("values", "words"),
    [({"life": 0}, "1 to 8 years"), ({"utilisation": 101}, "1 to 100 %"), ({"price": -1}, "0.1 to 100 USD")],
)
def test_a_value_outside_its_range_is_refused(values: dict[str, float], words: str) -> None:
    with pytest.raises(LabkitError, match=re.escape(words)):
        CostView(**values)


def test_wrong_arguments_are_explained() -> None:
    with pytest.raises(LabkitError, match="tokens"):
        labkit.CostView(token=3)  # type: ignore[call-arg]
    with pytest.raises(LabkitError, match="a number"):
        labkit.CostView(life="long")  # type: ignore[arg-type]


def test_the_sentences_name_the_cheaper_way() -> None:
    assert "from 131,000 questions a month on" in data.verdict(data.costs(focus()))[0]
    assert data.verdict(data.costs(focus(price=0.1)))[0].startswith("The API costs less")
    assert data.verdict(data.costs(focus(rent=0.2)))[1].startswith("Renting by the hour costs less")
