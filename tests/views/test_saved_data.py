"""The data that a view saves in its output, from which a page draws it without a kernel."""

from __future__ import annotations

import base64
import json
import random
import threading
from pathlib import Path

import pytest

import labkit.views
from labkit._host.notebook import VIEW_MIME
from labkit.traces import TraceGroup
from labkit.views.core.saved import LIMIT, payload, read_payload

from . import make

VIEWS = {
    "token": lambda: labkit.views.TokenView(make.trace()),
    "reward": lambda: labkit.views.RewardView(TraceGroup([make.trace(), make.trace()])),
    "cost": lambda: labkit.views.CostView(),
    "catalog": lambda: labkit.views.CatalogView(),
}


@pytest.mark.parametrize("kind", VIEWS)
def test_the_output_of_a_view_holds_the_data_that_draws_it(kind: str) -> None:
    view = VIEWS[kind]()
    output = view._repr_mimebundle_()[0][VIEW_MIME]
    assert (output["version"], output["kind"]) == (2, kind)
    saved = read_payload(output)
    assert saved is not None and saved["scene"] == json.loads(json.dumps(view.scene))
    assert saved["focus"] == view.focus
    assert len(base64.b64decode(output["data"])) <= LIMIT
    if kind != "catalog":  # it holds how much memory is free now
        assert VIEWS[kind]()._repr_mimebundle_()[0][VIEW_MIME] == output, "the same view has the same data"
    assert str(Path.home()) not in json.dumps(saved)


def test_the_script_of_each_saved_view_is_there() -> None:
    folder = labkit.views.core.view.STATIC / "saved"
    assert {*VIEWS} <= {path.stem for path in folder.glob("*.js")}


def test_a_thought_that_grows_has_no_data() -> None:
    view = labkit.views.TokenView.stream(make.builder(make.trace()), threading.Event())
    assert view._repr_mimebundle_()[0][VIEW_MIME] == {"version": 2, "kind": "token"}
    view.done(make.trace())
    assert read_payload(view._repr_mimebundle_()[0][VIEW_MIME]) is not None


def test_a_rollout_is_saved_as_the_kernel_answers_it() -> None:
    view = VIEWS["reward"]()
    saved = read_payload(view.saved_payload())
    assert saved is not None
    header, buffer = view.answer({"ask": "open", "row": 1, "id": 7})
    assert saved["answers"][1]["ask"] == {"ask": "open", "row": 1}
    assert saved["answers"][1]["header"] == json.loads(json.dumps(header.model_dump()))
    assert base64.b64decode(saved["answers"][1]["bytes"]) == buffer


def test_data_that_is_too_large_is_left_out_in_order() -> None:
    noise = [base64.b64encode(random.Random(seed).randbytes(90_000)).decode() for seed in range(3)]
    large = [{"scene": {}, "focus": {}, "answers": noise[:n]} for n in (3, 1, 0)]
    saved = read_payload(payload("reward", large))
    assert saved is not None and len(saved["answers"]) == 1
    assert payload("reward", large[:1]) == {"version": 2, "kind": "reward"}
