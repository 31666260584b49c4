"""The saved faces of a lens view, what it answers, and what it refuses: on R1-mini's own thoughts."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from threading import Thread
from typing import Any

import numpy as np
import pytest
from PIL import Image

import labkit
from labkit.errors import LabkitError
from labkit.inside.lens.lens import settle_layers
from labkit.models import LocalModel
from labkit.traces import Trace
from labkit.views import LensView
from labkit.views.core.contract import Failure
from labkit.views.lens.color_scale import DARK, LIGHT
from labkit.views.lens.contract import Cell, Matches, Tile
from labkit.views.lens.data import answer_token

from . import make
from .test_contract import contrast

PROMPT = "Using 3, 5 and 9, make 24."


@pytest.fixture(scope="module")
def model() -> LocalModel:
    return labkit.load()


@pytest.fixture(scope="module")
def trace(model: LocalModel) -> Trace:
    return model.think(PROMPT, show=False)


@pytest.fixture(scope="module")
def view(trace: Trace) -> LensView:
    return LensView(trace)


def faces(view: LensView) -> dict[str, Any]:
    return view._repr_mimebundle_()[0]


def unpack(view: LensView, first: int, last: int, **ask: Any) -> tuple[Tile, list[np.ndarray]]:
    asked = {"ask": "tile", "id": 1, "kind": "logit", "target": 18, "first": first, "last": last} | ask
    header, data = view.answer(asked)
    assert isinstance(header, Tile)
    kinds = ("<u4", "<f4", "<f4", "<f4")
    parts = [data[i * len(data) // 4 : (i + 1) * len(data) // 4] for i in range(4)]
    return header, [np.frombuffer(p, k).reshape(6, -1) for p, k in zip(parts, kinds, strict=True)]


# -- faces -----------------------------------------------------------------------------------------


def test_two_views_of_one_trace_have_equal_faces(trace: Trace) -> None:
    one, two = faces(LensView(trace)), faces(LensView(trace))
    for mime in ("text/plain", "text/html", "image/png", "application/vnd.labkit.view+json"):
        assert one[mime] == two[mime]


def test_the_text_face_is_one_fixed_line(trace: Trace) -> None:
    assert repr(LensView(trace)) == f"LensView(r1-mini: {PROMPT!r}, logit lens)"
    assert LensView(trace, kind="tuned").as_text() == f"LensView(r1-mini: {PROMPT!r}, tuned lens)"


def test_the_picture_is_twice_the_size_that_its_metadata_says(view: LensView) -> None:
    bundle, metadata = view._repr_mimebundle_()
    width, height = Image.open(io.BytesIO(bundle["image/png"])).size
    assert metadata["image/png"] == {"width": width // 2, "height": height // 2}
    assert width == 1520 and len(bundle["image/png"]) < 100_000


def test_the_html_face_shows_the_answer_and_marks_what_agrees(view: LensView) -> None:
    page = view.as_html()
    for words in ("r1-mini", "logit lens", "embedding", "5 (last)", "&lt;answer&gt;", "basis of their own"):
        assert words in page
    assert not re.search(r"<(script|svg|iframe|object)", page) and "data:image/png;base64," in page
    last = page.split("5 (last)")[1].split("</tr>")[0]
    assert last.count("<b>") == last.count("<td") > 5, (
        "every token of a confident answer is the last layer's own"
    )


@pytest.mark.slow
def test_hostile_text_stays_text(model: LocalModel) -> None:
    evil = "<img src=x onerror=alert(1)>"
    trace = model.think(PROMPT, show=False).model_copy(update={"model": evil, "prompt": evil})
    page = LensView(trace, model).as_html()
    assert "<img src=x" not in page and "&lt;img src=x" in page


def test_the_faces_follow_the_chosen_cell_colour_and_lens(trace: Trace) -> None:
    view = LensView(trace)
    seen = {view.as_html()}
    for change in ({"position": 40, "layer": 2}, {"color": "came"}, {"color": "target"}, {"kind": "tuned"}):
        view.focus = {**view.focus, **change}
        seen.add(view.as_html())
    assert len(seen) == 5 and "trained to say what the last layer says" in view.as_html()


def test_a_cells_text_is_readable_on_every_colour() -> None:
    assert min(contrast(c, (0x1F, 0x23, 0x28)) for c in LIGHT) >= 7
    assert min(contrast(c, (255, 255, 255)) for c in DARK) >= 4.5
    assert LIGHT[0] == (255, 255, 255) and len(LIGHT) == len(DARK) == 256


# -- questions and answers -------------------------------------------------------------------------


def test_a_tile_says_what_the_lens_says(view: LensView, trace: Trace, model: LocalModel) -> None:
    header, (ids, top, came, target) = unpack(view, 32, 48)
    tile = labkit.inside.lens(trace).tile(32, 48, follow=18)
    assert (ids == tile.ids).all() and header.came == tile.next_ids.tolist()
    for sent, known in (
        (top, tile.probabilities),
        (came, tile.next_probabilities),
        (target, tile.target_probabilities),
    ):
        np.testing.assert_allclose(sent, known, atol=1e-6)
    assert dict(zip(header.ids, header.texts, strict=True)) == {
        int(i): model.pieces.text(int(i)) for i in np.unique(ids)
    }
    assert header.came_texts == [model.pieces.text(i) for i in header.came]


def test_a_tile_has_the_same_size_wherever_it_is(view: LensView) -> None:
    sizes = {len(view.answer({"ask": "tile", "id": 1, "kind": "logit", "target": 18, "first": a, "last": a + 16})[1])
             for a in (0, 64, 240)}  # fmt: skip
    assert sizes == {16 * 6 * 16}
    header, _ = unpack(view, 0, 10**9)
    assert header.count == 64, "a browser that asks for everything gets a tile"


@pytest.mark.parametrize("kind", ["logit", "tuned"])
def test_depths_are_those_of_the_lens(view: LensView, trace: Trace, kind: str) -> None:
    _, data = view.answer({"ask": "depths", "id": 1, "kind": kind})
    lens = labkit.inside.lens(trace, kind=kind)
    assert list(data) == [254 if d < 0 else d for d in lens.appears()]
    assert (settle_layers(lens.tile()) == lens.appears()).all()


def test_a_large_model_fills_its_strip_as_it_is_read(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.views.lens.data.AFFORDABLE", 0)
    view = LensView(trace)
    header, data = view.answer({"ask": "depths", "id": 1, "kind": "logit"})
    assert not header.computed and set(data) == {255}  # type: ignore[attr-defined]
    assert "only the tokens below were read" in view.as_html()


def test_a_cell_has_its_five_likeliest_and_a_profile(view: LensView, trace: Trace) -> None:
    lens, position = labkit.inside.lens(trace), 60
    cell, _ = view.answer(
        {"ask": "cell", "id": 1, "kind": "logit", "target": None, "position": position, "layer": 3}
    )
    assert isinstance(cell, Cell)
    ids, shares = lens.top(position)
    assert [c.id for c in cell.candidates] == ids[3].tolist()
    np.testing.assert_allclose([np.exp(c.logprob) for c in cell.candidates], shares[3], rtol=1e-4)
    assert cell.target == cell.came and cell.came.id == lens.ids[position + 1]
    np.testing.assert_allclose(
        cell.probabilities, lens.tile(position, position + 1).next_probabilities[:, 0], atol=1e-6
    )
    assert cell.ranks == lens.of(cell.came.id, position, position + 1).ranks[:, 0].tolist()


def test_text_is_found_across_tokens(view: LensView, trace: Trace, model: LocalModel) -> None:
    found, _ = view.answer({"ask": "find", "id": 1, "words": "3 * 5 = 15"})
    assert isinstance(found, Matches) and found.positions
    for position in found.positions:
        after = "".join(model.pieces.text(i) for i in view._data.ids[position + 1 : position + 6])
        assert after == "3 * 5 = 15"
    assert view.answer({"ask": "find", "id": 1, "words": ""})[0] == Matches(positions=[])


def test_the_answer_is_where_its_first_token_stands(view: LensView, trace: Trace) -> None:
    token = answer_token(trace)
    assert "".join(trace.tokens.texts[token : token + 3]) == "(3 * "
    assert view.scene["answer"] == len(trace.prompt_ids) - 1 + token
    assert view.scene["target"]["text"] == "3"
    assert answer_token(make.trace("First 3 and", finish="interrupted")) == -1
    boxed = make.trace(
        r"Sure.</think>So it is \boxed{24}.",
        tokens=["Sure.", "</think>", "So it is ", "\\boxed{", "24", "}."],
    )
    assert answer_token(boxed) == 4


@pytest.mark.parametrize(
    "ask",
    [
        {"ask": "tile", "kind": "logit", "target": 99_999, "first": 0, "last": 9},
        {"ask": "tile", "kind": "logit", "target": 1, "first": 500, "last": 510},
        {"ask": "tile", "kind": "warm", "target": 1, "first": 0, "last": 9},
        {"ask": "cell", "kind": "logit", "target": 1, "position": 0, "layer": 6},
        {"ask": "cell", "kind": "logit", "target": 1, "position": 9_999, "layer": 0},
        {"ask": "fly"},
    ],
)
def test_a_bad_question_gets_a_sentence(
    view: LensView, ask: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(view, "send", lambda content, buffers=None: sent.append(content), raising=False)
    view._reply({**ask, "id": 7})
    assert sent[0].pop("id") == 7
    Failure.model_validate(sent[0])


def test_answers_from_many_threads_at_once_are_right(trace: Trace) -> None:
    view, plain = LensView(trace), LensView(trace)
    found: dict[int, bytes] = {}

    def ask(first: int) -> None:
        found[first] = view.answer(
            {"ask": "tile", "id": 1, "kind": "tuned", "target": 18, "first": first, "last": first + 16}
        )[1]

    threads = [Thread(target=ask, args=(first,)) for first in range(0, 96, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for first, data in found.items():
        assert (
            data
            == plain.answer(
                {"ask": "tile", "id": 1, "kind": "tuned", "target": 18, "first": first, "last": first + 16}
            )[1]
        )


# -- what is refused -------------------------------------------------------------------------------


def test_what_cannot_be_shown_is_refused_in_words(trace: Trace, view: LensView) -> None:
    with pytest.raises(
        LabkitError,
        match=r"cannot take trace='[\s\S]*LensView\(model\.think\(prompt\)\)",
    ):
        LensView("text")  # type: ignore[arg-type]
    with pytest.raises(LabkitError, match="no lens 'warm'"):
        LensView(trace, kind="warm")  # type: ignore[arg-type]
    with pytest.raises(LabkitError, match="no tuned lens of r1-mini-cold"):
        LensView(trace, labkit.load("r1-mini-cold"), kind="tuned")
    with pytest.raises(LabkitError, match="without its model"):
        LensView(Trace.model_validate(trace.model_dump()))
    with pytest.raises(LabkitError, match=r"not one token of r1-mini[\s\S]*this is \d"):
        LensView(trace, target="24, 0 off")
    with pytest.raises(LabkitError, match="ids run from 0 to 1,351"):
        LensView(trace, target=5_000)
    with pytest.raises(LabkitError, match="position runs from 0 to 282"):
        LensView(trace, position=1_000)
    for change, says in (
        ({"layer": 6}, "layer runs from 0 to 5"),
        ({"position": -1}, "greater"),
        ({"kind": "warm"}, "logit"),
    ):
        with pytest.raises(LabkitError, match=says):
            view.focus = {**view.focus, **change}


def test_a_model_without_a_tuned_lens_has_the_logit_lens_alone(trace: Trace) -> None:
    assert LensView(trace).scene["kinds"] == ["logit", "tuned"]
    view = LensView(trace, labkit.load("r1-mini-cold"))
    assert view.scene["kinds"] == ["logit"]
    with pytest.raises(LabkitError, match="no tuned lens"):
        view.focus = {**view.focus, "kind": "tuned"}


def test_weights_that_were_trained_on_lose_their_tuned_lens_and_keep_the_view(trace: Trace) -> None:
    model = labkit.load()
    model.network.model.norm.weight.data *= 1.01
    assert LensView(trace, model).scene["kinds"] == ["logit"]
    with pytest.raises(LabkitError, match="belongs to another model"):
        LensView(trace, model, kind="tuned")


def test_a_named_target_is_followed(trace: Trace) -> None:
    view = LensView(trace, target="24")
    assert view.focus["color"] == "target" and view.scene["target"]["text"] == "24"
    assert "“24”" in view.as_html()


@pytest.mark.slow
def test_importing_the_view_imports_no_torch() -> None:
    code = "import sys, labkit; labkit.LensView; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
