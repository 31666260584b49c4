"""The compare view: its data against the comparison, its faces, its saved data and its errors."""

from __future__ import annotations

import io
import json
import math

import numpy as np
import pytest
from PIL import Image

import labkit
from labkit import LabkitError
from labkit._host.notebook import VIEW_MIME
from labkit.inside import Comparison, compare, mean_by_kind
from labkit.traces import Tokens, Trace
from labkit.views import CompareView
from labkit.views.compare.color_scale import KL_DARK, KL_LIGHT, LESS_LIGHT, MORE_DARK, MORE_LIGHT, color_of
from labkit.views.compare.data import STEPS_OF_A_NAT, largest
from labkit.views.core.color_scales import DARK
from labkit.views.core.packing import key_of
from labkit.views.core.saved import LIMIT, read_payload

from .every_view import HOSTILE, HOSTILE_EXAMPLES, WRONG, comparison
from .test_scaling_view import EYES, TO_LAB, TO_LMS, linear


@pytest.fixture
def two() -> list[Comparison]:
    return [comparison(), comparison(WRONG)]


def pieces(view: CompareView, text: int = 0) -> tuple[dict[str, object], np.ndarray]:
    header, buffer = view.answer({"ask": "pieces", "id": 1, "text": text})
    return header.model_dump(), np.frombuffer(buffer, "<f4").reshape(3, -1)


def test_the_browser_gets_each_piece_with_its_numbers() -> None:
    one = comparison()
    header, (a, b, kl) = pieces(CompareView(one))
    assert header["texts"] == [piece.text for piece in one.segments]
    assert a == pytest.approx([piece.logprob_a for piece in one.segments], abs=0.5 / STEPS_OF_A_NAT)
    assert b - a == pytest.approx([piece.difference for piece in one.segments], abs=1 / STEPS_OF_A_NAT)
    assert kl == pytest.approx([piece.kl for piece in one.segments], abs=0.5 / STEPS_OF_A_NAT, nan_ok=True)
    covered = [i for block in header["blocks"] for i in range(block["first"], block["last"])]
    assert covered == list(range(len(one.segments)))
    kinds = {one.segments[block["first"]].kind for block in header["blocks"] if block["role"] == "step"}
    assert kinds == {block["kind"] for block in header["blocks"] if block["role"] == "step"}


def test_the_list_has_the_largest_differences_first() -> None:
    one = comparison()
    shown = [one.segments[i] for i in largest(one)]
    assert shown[:5] == one.largest(5)
    same = compare(one.b, one.b)
    assert largest(same) == [] and "Largest" not in CompareView(same).as_html()


def test_a_piece_has_the_likeliest_tokens_of_both_models() -> None:
    one = comparison()
    header, _ = CompareView(one).answer({"ask": "alternatives", "id": 1, "text": 0, "piece": 3})
    answer = header.model_dump()
    for side, trace in ((answer["a"], one.a), (answer["b"], one.b)):
        assert [c["text"] for c in side["candidates"]] == [o.text for o in trace.alternatives(3)[:5]]
        assert side["came"] == trace.tokens.ids[3] and side["tokens"] == 1


def with_tokens(model: str, *texts: str) -> Trace:
    sizes = [len(text.encode()) for text in texts]
    tokens = Tokens(ids=list(range(len(texts))), sizes=sizes, logprobs=[-0.5] * len(texts))
    return Trace(model=model, prompt="p", text="".join(texts), tokens=tokens, finish="stop")


def test_a_piece_of_two_tokenizers_says_how_many_tokens_it_is() -> None:
    view = CompareView(compare(with_tokens("a", "ab", "c", "d"), with_tokens("b", "a", "bc", "d")))
    header, _ = view.answer({"ask": "alternatives", "id": 1, "text": 0, "piece": 0})
    answer = header.model_dump()
    assert (answer["a"]["tokens"], answer["b"]["tokens"], answer["a"]["came"]) == (2, 2, None)
    assert view.scene["texts"][0]["key"] == "", "its pieces are not the tokens of b"
    assert CompareView(comparison()).scene["texts"][0]["key"] == key_of(comparison().b)


def test_several_comparisons_have_means_with_intervals(two: list[Comparison]) -> None:
    scene = CompareView(two).scene
    means = mean_by_kind(two)
    assert {kind["kind"] for kind in scene["kinds"]} == set(means)
    assert [kind["kind"] for kind in scene["kinds"]][-2:] == ["answer", "tag"]
    for kind in scene["kinds"]:
        mean = means[kind["kind"]]
        assert [kind["mean"], kind["low"], kind["high"]] == pytest.approx(mean[:3], abs=1e-3)
        assert kind["n"] == mean.n == 2
    (first, *_) = CompareView(two[0]).scene["kinds"]
    count = sum(piece.kind == first["kind"] for piece in two[0].segments)
    assert (first["low"], first["n"]) == (None, count), "a single text has no interval"


def test_the_view_has_its_faces_in_both_colourings(two: list[Comparison]) -> None:
    for color in ("difference", "kl"):
        view = CompareView(two, color=color)
        view.focus = {"text": 1, "color": color}
        assert repr(view) == "CompareView(r1-mini-cold → r1-mini: 2 texts)"
        page = view.as_html()
        assert "text 2 of 2" in page and "a: r1-mini-cold, b: r1-mini" in page
        assert ("lower bound" in page) == (color == "kl")
        picture = Image.open(io.BytesIO(view.as_png()))
        assert picture.size[0] == 1520 and len(picture.getcolors() or []) > 20
    assert repr(CompareView(two[0])) == "CompareView(r1-mini-cold → r1-mini: 'Using 3, 5 and 9, make 24.')"


def test_the_name_of_a_model_cannot_control_a_terminal() -> None:
    one = compare(with_tokens("a\x1b[31m", "x"), with_tokens("b", "x"))
    view = CompareView(one)
    for text in (repr(one), repr(view), view._repr_mimebundle_()[0]["text/plain"], view.as_html()):
        assert "\x1b" not in text and "a" in text


def test_model_text_is_escaped() -> None:
    page = HOSTILE_EXAMPLES["compare"]().as_html()
    assert HOSTILE not in page and "&lt;script&gt;" in page


def test_the_saved_data_answers_what_the_kernel_answers(two: list[Comparison]) -> None:
    view = CompareView(two)
    saved = read_payload(view.saved_payload())
    assert saved is not None
    asks = [answer["ask"] for answer in saved["answers"]]
    assert asks[:2] == [{"ask": "pieces", "text": 0}, {"ask": "pieces", "text": 1}]
    assert sum(ask["ask"] == "alternatives" for ask in asks) == sum(len(c.segments) for c in two)
    header, _ = view.answer({**asks[5], "id": 1})
    assert saved["answers"][5]["header"] == json.loads(json.dumps(header.model_dump()))


def test_a_comparison_is_shown_as_a_view_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    one = comparison()
    assert one._repr_mimebundle_() == {"text/plain": repr(one)}
    monkeypatch.setattr("labkit.inside.comparison.in_notebook", lambda: True)
    data, _ = one._repr_mimebundle_()
    assert data["text/plain"].startswith("CompareView(") and data[VIEW_MIME]["kind"] == "compare"
    assert len(data[VIEW_MIME]["data"]) < LIMIT


def test_what_is_no_pair_of_models_gets_a_sentence(two: list[Comparison]) -> None:
    with pytest.raises(LabkitError, match="no comparison"):
        CompareView([])
    other = compare(two[0].b, two[0].a)
    with pytest.raises(LabkitError, match="several pairs"):
        CompareView([two[0], other])
    with pytest.raises(LabkitError, match="at most 200"):
        CompareView([two[0]] * 201)
    with pytest.raises(LabkitError, match="no colour"):
        CompareView(two, color="entropy")  # type: ignore[arg-type]
    view = CompareView(two)
    for focus in ({"text": 2}, {"piece": len(two[0].segments)}):
        with pytest.raises(LabkitError, match="cannot look at"):
            view.focus = focus
    with pytest.raises(LabkitError, match="cannot look at"):
        view.answer({"ask": "pieces", "id": 1, "text": 2})
    assert view.comparison is two[0]


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize(
    ("less", "more"), [(LESS_LIGHT, MORE_LIGHT), (DARK, MORE_DARK)], ids=["light", "dark"]
)
def test_every_eye_tells_less_from_more(eye: str, less: list[object], more: list[object]) -> None:
    for share in (0.5, 1.0):
        a, b = (
            TO_LAB @ np.cbrt(TO_LMS @ np.clip(EYES[eye] @ linear(ramp[round(255 * share)]), 0, 1))
            for ramp in (less, more)
        )
        assert float(np.linalg.norm(a - b)) >= 0.13


@pytest.mark.parametrize(("ramp", "ink"), [(KL_LIGHT, (31, 35, 40)), (KL_DARK, (255, 255, 255))])
def test_text_is_readable_on_the_strongest_divergence(ramp: list[object], ink: tuple[int, int, int]) -> None:
    weights = np.array([0.2126, 0.7152, 0.0722])
    high, low = sorted((float(linear(c) @ weights) for c in (ramp[255], ink)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_the_sign_chooses_the_side_of_the_scale() -> None:
    assert color_of("difference", -9, 1) == LESS_LIGHT[255] != MORE_LIGHT[255] == color_of("difference", 9, 1)
    assert color_of("difference", math.nan, 1) == LESS_LIGHT[0] == (255, 255, 255)


def test_its_public_name_is_the_class() -> None:
    assert labkit.CompareView is CompareView
