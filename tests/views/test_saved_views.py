"""What the views of a model's inside save: within the limit at any length, the same at every run, nothing of the machine."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labkit._host.notebook import VIEW_MIME
from labkit.inside.attention.attention import attention_tile, strongest
from labkit.views import AttentionView
from labkit.views.core.saved import LIMIT, read_payload
from labkit.views.core.view import View

from . import make, saved_check

VIEWS: dict[str, Callable[[], View]] = {
    "attention": lambda: AttentionView(make.captured(), layer=1, head=2),
}
LONG: dict[str, Callable[[], View]] = {
    "attention": lambda: AttentionView(make.captured(make.long(8180), layers=14, heads=12), layer=3, head=2),
}
EVIL = "<img src=x onerror=alert(1)></script>"


@cache
def saved_of(kind: str) -> dict[str, Any]:
    saved = read_payload(VIEWS[kind]().saved_payload())
    assert saved is not None
    return saved


def size_of(payload: dict[str, Any]) -> int:
    return len(base64.b64decode(payload["data"]))


@pytest.mark.parametrize("kind", VIEWS)
def test_a_view_saves_the_same_bytes_at_every_run_and_nothing_of_the_machine(kind):
    first, second = (VIEWS[kind]()._repr_mimebundle_()[0][VIEW_MIME] for _ in range(2))
    assert first == second and first["kind"] == kind and 0 < size_of(first) <= LIMIT
    text = json.dumps(read_payload(first))
    assert str(Path.home()) not in text and not re.search(r"20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text)


@pytest.mark.parametrize("kind", LONG)
def test_a_thought_of_8192_tokens_is_within_the_limit(kind):
    payload = LONG[kind]().saved_payload()
    assert 10_000 < size_of(payload) <= LIMIT
    assert read_payload(payload)["scene"]["count"] > 8_000


def test_the_front_end_is_tested_against_what_python_answers():
    committed, now = json.loads(saved_check.FILE.read_text("utf-8")), saved_check.results()
    assert alike(committed, json.loads(json.dumps(now))), "python tests/views/saved_check.py"


def alike(one: Any, other: Any) -> bool:
    """Equal up to what two processors compute: numbers by a thousandth, levels by one."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float | int) and not isinstance(one, bool):
        return one == pytest.approx(other, rel=1e-3, abs=1 if isinstance(one, int) else 1e-4)
    if isinstance(one, str) and len(one) > 40 and one != other:
        levels = [np.frombuffer(base64.b64decode(text), "u1").astype(int) for text in (one, other)]
        return levels[0].shape == levels[1].shape and abs(levels[0] - levels[1]).max() <= 1
    return bool(one == other)


def test_model_text_is_saved_as_it_is():
    saved = read_payload(AttentionView(make.captured(make.trace(f"{EVIL}\n</think>24"))).saved_payload())
    assert saved is not None and EVIL in "".join(saved["words"]["texts"])


# -- attention -------------------------------------------------------------------------------------


def test_the_strongest_weights_are_those_of_the_whole_head():
    inside, count, k = make.captured().inside, 90, 8
    whole = attention_tile(inside, 1, 2, (0, count), (0, count), (count, count)).values
    at, by = strongest(inside, 1, 2, (20, 70), k, count)
    np.testing.assert_allclose(at.weights, -np.sort(-whole[20:70])[:, :k], rtol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(whole[20:70], at.positions, 1), at.weights, rtol=1e-5)
    np.fill_diagonal(whole, 0)  # a token's weight on itself is in its row
    np.testing.assert_allclose(by.weights, -np.sort(-whole.T[20:70])[:, :k], rtol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(whole.T[20:70], by.positions, 1), by.weights, rtol=1e-5)


def test_a_thought_shorter_than_eight_tokens_has_all_its_weights():
    at, by = strongest(make.captured(make.trace("24", tokens=["24"])).inside, 0, 0, (0, 3), 8, 3)
    assert at.positions.shape == by.positions.shape == (3, 3)
    np.testing.assert_allclose(at.weights.sum(1), 1, rtol=1e-5)


def test_a_long_thought_keeps_the_tokens_around_the_chosen_one():
    view = LONG["attention"]()
    saved = read_payload(view.saved_payload())
    assert saved is not None
    look, token = saved["look"], view.focus["token"]
    assert look["first"] <= token < look["first"] + len(look["at"][0]) and len(look["at"]) == 8
    heads = saved["heads"]
    pixels = 14 * 12 * heads["height"] * heads["width"]
    assert (
        len(base64.b64decode(heads["levels"])) == pixels
        and heads["step"] * heads["width"] >= saved["scene"]["count"]
    )
