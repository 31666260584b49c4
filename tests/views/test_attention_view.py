"""The saved faces of an attention view, what it answers, and what it refuses."""

from __future__ import annotations

import base64
import html
import io
import re
import threading
import zlib
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from PIL import Image

import labkit
from labkit.errors import LabkitError
from labkit.inside import attention, step_attention
from labkit.inside.attention.attention import column, row
from labkit.traces import Trace
from labkit.views import AttentionView
from labkit.views.attention import data
from labkit.views.attention.color_scale import DARK_STOPS, LIGHT_STOPS, levels, palette, upper_limit
from labkit.views.attention.contract import Words

from . import make

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def trace() -> Trace:
    return make.captured()


@pytest.fixture
def view(trace: Trace) -> AttentionView:
    return AttentionView(trace, layer=1, head=2)


def ask(view: AttentionView, kind: str, **rest: Any) -> tuple[Any, np.ndarray]:
    """The header of an answer, and its levels."""
    header, buffer = view.answer({"ask": kind, "id": 1, **rest})
    return header, np.frombuffer(zlib.decompress(buffer) if buffer else b"", np.uint8)


def near(shown: np.ndarray, top: float, wanted: np.ndarray) -> None:
    """Levels stand for the weights: the square root of their share, rounded to one of 255."""
    np.testing.assert_allclose(np.sqrt(np.clip(wanted / top, 0, 1)), shown / 255, atol=0.5 / 255 + 1e-6)


# -- what it refuses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "says"), [("text", "cannot take trace='"), (None, "cannot take trace=None")]
)
def test_what_is_no_trace_is_refused_in_words(wrong, says):
    with pytest.raises(LabkitError, match=says):
        AttentionView(wrong)


def test_a_trace_without_its_inside_says_how_to_get_it():
    with pytest.raises(LabkitError, match=r'without its inside[\s\S]*model\.think\(prompt, capture="qk"\)'):
        AttentionView(make.trace())


@pytest.mark.parametrize("wrong", [{"layer": 3}, {"layer": -1}, {"head": 4}])
def test_a_layer_or_head_that_is_not_there_says_the_range(trace, wrong):
    ((name, value),) = wrong.items()
    last = {"layer": 2, "head": 3}[name]
    with pytest.raises(LabkitError, match=rf"no {name} {value!r}[\s\S]*counted from 0 to {last}"):
        AttentionView(trace, **wrong)


def test_a_token_or_a_way_to_pool_that_is_not_there_says_what_is(trace, view):
    with pytest.raises(LabkitError, match=r"no position 9999[\s\S]*counted from 0"):
        AttentionView(trace, token=9999)
    with pytest.raises(LabkitError, match="max, mean, sum"):
        AttentionView(trace, how="median")  # type: ignore[arg-type]
    for wrong in ({"layer": 0, "head": 4}, {"token": 10**6}, {"mode": "words"}, {"colour": "red"}):
        with pytest.raises(LabkitError):
            view.focus = wrong
    assert (view.focus["layer"], view.focus["head"]) == (1, 2)


@pytest.mark.parametrize(("question", "says"), [
    ({"ask": "tile", "layer": 0, "head": 0, "rows": [5, 5], "cols": [0, 9], "per": 1, "how": "max"}, "not inside this trace"),
    ({"ask": "tile", "layer": 0, "head": 0, "rows": [0, 9999], "cols": [0, 9], "per": 1, "how": "max"}, "not inside this trace"),
    ({"ask": "tile", "layer": 9, "head": 0, "rows": [0, 9], "cols": [0, 9], "per": 1, "how": "max"}, "no layer 9"),
    ({"ask": "look", "layer": 0, "head": 0, "position": 9999}, "no position 9999"),
    ({"ask": "fly"}, "fly"), ({}, "ask"), ("stop", ""),
])  # fmt: skip
def test_a_bad_question_gets_a_sentence(view, question, says):
    sent: list[dict[str, Any]] = []
    view.send = lambda content, buffers=None: sent.append(content)  # type: ignore[method-assign]
    view._reply({**question, "id": 7} if isinstance(question, dict) else question)
    assert says in sent[0]["error"]
    assert sent[0]["id"] == (7 if isinstance(question, dict) else None)


def test_a_picture_larger_than_a_screen_is_refused():
    with pytest.raises(LabkitError, match="per=8"):
        data.check_window((0, 8000), (0, 8000), 1, 8000)
    data.check_window((0, 8000), (0, 8000), 8, 8000)


# -- what it answers -------------------------------------------------------------------------------


def test_texts_and_parts_cover_every_position_once(view, trace):
    header, buffer = view.answer({"ask": "texts", "id": 1})
    words = Words.model_validate_json(zlib.decompress(buffer))
    assert words.texts == [*trace.prompt_texts, *trace.tokens.texts]
    assert [p.first for p in words.parts] == [0, *(p.last for p in words.parts)][:-1]
    assert words.parts[-1].last == view.scene["count"] == header.count == len(words.texts)
    assert [p.role for p in words.parts] == ["prompt", *["step"] * 4, "tag", "answer"]


def test_marks_that_would_climb_over_other_lines_are_sent_neither_in_texts_nor_in_gists():
    view = AttentionView(make.captured(make.trace(tokens=["First e", *["\u0301"] * 300, " ends."])))
    words = Words.model_validate_json(zlib.decompress(view.answer({"ask": "texts", "id": 1})[1]))
    assert "".join(words.texts).count("\u0301") == 6
    assert [part.gist.count("\u0301") for part in words.parts if part.role == "step"] == [6]


@pytest.mark.parametrize("how", ["max", "mean", "sum"])
@pytest.mark.parametrize(
    ("rows", "cols", "per"), [((0, 105), (0, 105), 1), ((10, 90), (0, 60), 4), ((3, 10), (2, 9), 3)]
)
def test_a_tile_is_the_attention_of_its_window(view, trace, rows, cols, per, how):
    tile, shown = ask(view, "tile", layer=1, head=2, rows=rows, cols=cols, per=per, how=how)
    wanted = attention(trace, 1, 2, rows, cols, pool=(tile.height, tile.width), how=how)
    assert wanted.shape == (tile.height, tile.width)
    assert tile.down <= per and tile.across <= per
    assert tile.top == pytest.approx(wanted.max()) and tile.bright <= tile.top
    near(shown.reshape(wanted.shape), tile.top, wanted)


def test_a_look_is_the_row_and_the_column_of_a_token(view, trace):
    look, shown = ask(view, "look", layer=1, head=2, position=40)
    at, by = row(trace.inside, 1, 2, 40), column(trace.inside, 1, 2, 40)
    by[40] = 0  # its look at itself is in the row already
    near(shown[: len(at)], look.top_at, at)
    near(shown[len(at) :], look.top_by, by)
    best = np.argsort(-at)[:5]
    assert [g.position for g in look.at] == best.tolist()
    assert [g.weight for g in look.at] == pytest.approx(at[best].tolist())
    assert all(g.position > 40 for g in look.by)


def test_steps_are_the_step_attention_of_the_same_parts(view, trace):
    steps, shown = ask(view, "steps", layer=1, head=2)
    wanted = step_attention(trace, 1, 2)
    assert steps.size == len(view._queries.words().parts) == len(wanted)
    near(shown.reshape(wanted.shape), steps.top, wanted)


def test_heads_are_found_with_words_and_a_source(view):
    found, _ = ask(view, "find", what="previous-token")
    scores = [head.score for head in found.heads]
    assert len(scores) == 12 and scores == sorted(scores, reverse=True)
    assert "just before" in found.says and "arXiv" in found.source


def test_thumbnails_of_a_large_model_stay_small():
    view = AttentionView(make.captured(layers=28, heads=12, size=4))
    header, buffer = view.answer({"ask": "thumbs", "id": 1})
    assert 28 * 12 * header.height * header.width <= data.THUMB_BYTES
    assert len(buffer) < 100_000


def test_what_is_asked_twice_is_worked_out_once_also_from_two_threads(trace, monkeypatch):
    maths = import_module("labkit.inside.attention.attention")

    calls: list[int] = []
    real = maths.attention_tile
    monkeypatch.setattr(maths, "attention_tile", lambda *args: (calls.append(1), real(*args))[1])
    view = AttentionView(trace)
    question = {
        "ask": "tile",
        "id": 1,
        "layer": 0,
        "head": 0,
        "rows": [0, 50],
        "cols": [0, 50],
        "per": 1,
        "how": "max",
    }
    threads = [threading.Thread(target=view.answer, args=(question,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    for first in range(data.CACHED + 1):
        view.answer({**question, "rows": [first, first + 5]})
    view.answer(question)
    assert len(calls) == data.CACHED + 3, "the oldest answer is forgotten"


def test_an_interrupted_thought_that_was_read_short_of_its_last_token_shows_what_was_read():
    whole = make.captured()
    inside = whole.inside
    short = type(inside)(
        inside.queries[:-1], inside.keys[:-1], inside.layouts, inside.captured_layers, inside.prompt
    )
    view = AttentionView(whole.attach(inside=short))
    header = view._queries.words()
    assert len(header.texts) == view.scene["count"] == header.parts[-1].last == whole.inside.count - 1
    view.as_png()


# -- heat ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stops", "sign"), [(LIGHT_STOPS, -1), (DARK_STOPS, 1)])
def test_heat_grows_stronger_all_the_way(stops, sign):
    shades = palette(stops).astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(shades) * sign > -0.3).all()  # a step of one channel may round the other way
    assert abs(shades[-1] - shades[0]) > 180


def test_colours_end_at_a_round_number_above_nearly_all_weights():
    weights = np.linspace(0, 0.3, 1000, dtype=np.float32)
    assert upper_limit(weights) == 0.5
    assert levels(weights, 0.3).max() == 255
    assert upper_limit(np.full(9, 1.0, np.float32)) == 1.0


# -- saved faces -----------------------------------------------------------------------------------


def faces(view: AttentionView) -> dict[str, Any]:
    return view._repr_mimebundle_()[0]


def words_of(page: str) -> str:
    """The text of an HTML face, as a reader would copy it."""
    return html.unescape(re.sub(r"<[^>]*>", " ", page))


def test_two_views_of_one_trace_have_equal_faces(trace):
    one, two = faces(AttentionView(trace, layer=1)), faces(AttentionView(trace, layer=1))
    for mime in ("text/plain", "text/html", "image/png", "application/vnd.labkit.view+json"):
        assert one[mime] == two[mime]
    assert one["image/png"] != faces(AttentionView(trace, layer=2))["image/png"]


def test_the_text_face_names_prompt_and_head(view):
    assert repr(view) == "AttentionView(r1-mini: 'Using 3, 5 and 9, make 24.', layer 1, head 2)"
    view.focus = {**view.focus, "layer": 2}
    assert view.as_text().endswith("layer 2, head 2)")


def test_it_begins_in_the_middle_layer_at_the_first_number_of_the_answer(trace):
    focus = AttentionView(trace).focus
    texts = [*trace.prompt_texts, *trace.tokens.texts]
    assert (focus["layer"], focus["head"], texts[focus["token"]]) == (1, 0, "3")
    assert "".join(texts[: focus["token"]]).endswith("<answer>(")


def test_the_picture_is_twice_the_size_that_its_metadata_says(view):
    bundle, metadata = view._repr_mimebundle_()
    width, height = Image.open(io.BytesIO(bundle["image/png"])).size
    assert metadata["image/png"] == {"width": width // 2, "height": height // 2}


def test_the_html_face_carries_the_picture_and_who_looks_at_whom(view):
    view.focus = {**view.focus, "token": 40}
    page = view.as_html()
    source = re.search(r'src="data:image/png;base64,([^"]+)"', page)
    assert source and base64.b64decode(source[1]) == view.as_png()
    look, _ = ask(view, "look", layer=1, head=2, position=40)
    for glance in [*look.at, *look.by]:
        assert f"{100 * glance.weight:.1f} %" in words_of(page)


def test_hostile_text_stays_text():
    evil = make.trace(EVIL * 3, tokens=[EVIL] * 3, prompt=EVIL, model=EVIL)
    view = AttentionView(make.captured(evil), token=12)
    page = faces(view)["text/html"]
    assert "<img src=x" not in page and words_of(page).count(EVIL) >= 2
    assert not re.search(r"<(script|svg|iframe|style|object)", page)


@pytest.mark.slow
def test_a_real_thought_of_the_real_model_is_shown():
    model = labkit.load()
    problem = labkit.tasks.countdown.problems(1, seed=0)[0]
    real = model.think(problem, temperature=0, max_new_tokens=60, show=False, capture="qk")
    view = AttentionView(real)
    assert view.scene["layers"] == view.scene["heads"] == 5
    found, _ = ask(view, "find", what="first-token")
    assert len(found.heads) == 25
    one, two = view.as_png(), AttentionView(real).as_png()
    assert one == two
