"""What the views of a model's inside save: within the limit at any length, the same at every run, nothing of the machine."""

from __future__ import annotations

import base64
import dataclasses
import json
import random
import re
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import labkit
from labkit import inside
from labkit._host.notebook import VIEW_MIME
from labkit.inside.attention.attention import attention_tile, strongest
from labkit.models import LocalModel
from labkit.traces import Tokens, Trace
from labkit.training import Run
from labkit.views import AttentionView, ForkView, LensView, TrainingView
from labkit.views.core.saved import LIMIT, read_payload
from labkit.views.core.view import View
from labkit.views.lens import saved as lens_saved
from labkit.views.lens.contract import Scene

from . import make, saved_check


@cache
def thought() -> Trace:
    return labkit.load("r1-mini").think("Using 3, 5 and 9, make 24.", show=False)


def long_lens() -> LensView:
    """8,192 tokens at random, read by a random model of six layers."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    tokenizer = labkit.load("r1-mini").tokenizer
    shape = Qwen2Config(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=32, num_hidden_layers=6, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=16_384,
    )  # fmt: skip
    model = LocalModel("random", Qwen2ForCausalLM(shape).eval(), tokenizer, family="qwen2")
    ids = torch.randint(300, len(tokenizer), (8192,)).tolist()
    columns = Tokens(ids=ids[16:], sizes=[0] * (8192 - 16))
    trace = Trace(
        model="random", prompt="random", prompt_ids=ids[:16], text="", tokens=columns, finish="length"
    )
    return LensView(trace, model, position=4000)


@cache
def forks() -> ForkView:
    own = thought()
    fork = inside.fork(own, at=33, replace="0", n=4, max_new_tokens=40)
    return ForkView(own, forks=[fork])


def recorded_run() -> Run:
    return Run.load(labkit.data_path("runs", "first-run"))


def long_run() -> Run:
    """A run that kept 600 thoughts of 300 tokens."""
    run, thought, dice = recorded_run(), make.long(300), random.Random(5)
    for number in range(600):
        logprobs = [-dice.random() for _ in thought.tokens.ids]
        tokens = thought.tokens.model_copy(update={"logprobs": logprobs})
        trace = thought.model_copy(update={"tokens": tokens})
        run.kept[number:] = [dataclasses.replace(run.watched[0], trace=trace, step=1 + number // 4)]
    return run


VIEWS: dict[str, Callable[[], View]] = {
    "attention": lambda: AttentionView(make.captured(), layer=1, head=2),
    "fork": forks,
    "lens": lambda: LensView(thought(), kind="tuned"),
    "training": lambda: TrainingView(recorded_run()),
}
LONG: dict[str, Callable[[], View]] = {
    "fork": lambda: ForkView(make.long(8180)),
    "lens": long_lens,
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
    assert alike(committed, json.loads(json.dumps(now))), "python -m tests.views.saved_check"


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


# -- lens ------------------------------------------------------------------------------------------


def test_a_long_thought_keeps_the_columns_around_the_open_cell():
    saved = read_payload(LONG["lens"]().saved_payload())
    assert saved is not None
    (shown, *_) = saved["grids"]
    assert shown["first"] <= 4000 < shown["first"] + shown["count"] < 8191
    assert len(shown["depths"]) == saved["scene"]["count"] == len(saved["sequence"]) - 1


def test_a_large_model_saves_the_columns_of_its_picture(monkeypatch):
    monkeypatch.setattr(lens_saved, "WORK", 1.0)
    view = LensView(thought(), position=50)
    saved = read_payload(view.saved_payload())
    assert saved is not None and not saved["cells"]
    (grid,) = saved["grids"]
    assert (grid["kind"], grid["first"], grid["count"]) == ("logit", view._window().first, 10)


@pytest.mark.parametrize("position", [0, 3, 50, 150, 270, 282])
def test_a_window_of_columns_has_the_open_cell_and_the_picture(position):
    view = LensView(thought(), position=position)
    scene, focus, picture = Scene.model_validate(view.scene), view._focus, view._window().first
    for columns in (1, 2, 5, 9, 10, 11, 32, 100, 10_000):
        first, last = lens_saved.columns_around(scene, focus, columns)
        assert 0 <= first <= position < last <= scene.count and last - first == min(columns, scene.count)
        assert columns < 10 or (first <= picture and picture + 10 <= last)


# -- forks -----------------------------------------------------------------------------------------


def asked(saved: dict[str, Any]) -> list[dict[str, Any]]:
    return [answer["ask"] for answer in saved["answers"]]


def test_all_forks_are_saved_with_their_rollouts_and_the_choices_of_every_token():
    saved = saved_of("fork")
    asks = asked(saved)
    assert [ask["rollout"] for ask in asks if ask["ask"] == "text"] == [0, 1, 2, 3]
    assert [ask["fork"] for ask in asks if ask["ask"] == "tree"] == [0]
    assert {ask["token"] for ask in asks if ask["ask"] == "choices"} == set(range(len(thought())))
    rows = [row for answer in saved["answers"] for row in answer["header"].get("rows", ())]
    assert [row["first"] for row in rows] == saved["scene"]["starts"]


def test_a_saved_fork_view_samples_nothing_and_names_no_duration():
    live, saved = forks().scene, saved_of("fork")["scene"]
    assert live["unable"] == "" and "run the cell" in saved["unable"]
    assert live["seconds"] and not saved["seconds"]


def test_a_long_thought_keeps_its_rows_and_the_choices_where_forks_begin():
    saved = read_payload(LONG["fork"]().saved_payload())
    assert saved is not None
    assert {ask["ask"] for ask in asked(saved)} == {"rows"}
    assert asked(saved)[-1]["last"] >= len(saved["scene"]["starts"])


# -- training --------------------------------------------------------------------------------------


def test_a_run_is_saved_with_all_of_its_thoughts():
    run, saved = recorded_run(), saved_of("training")
    kinds = [thought["which"] for thought in saved["thoughts"]]
    assert (kinds.count("watched"), kinds.count("kept")) == (len(run.watched), len(run.kept))


def test_a_long_run_keeps_the_watched_thoughts_and_every_few_steps_of_the_others():
    payload = TrainingView(long_run()).saved_payload()
    saved = read_payload(payload)
    assert saved is not None and 60_000 < size_of(payload) <= LIMIT
    kept = [thought["at"] for thought in saved["thoughts"] if thought["which"] == "kept"]
    assert len(saved["thoughts"]) - len(kept) == len(recorded_run().watched)
    assert kept[0] == 599 and 9 < len(kept) < 600


def test_a_run_in_training_has_no_data():
    view = TrainingView.stream(recorded_run(), 100, threading.Event())
    assert "data" not in view.saved_payload()
    view.done()
    assert "data" in view.saved_payload()
