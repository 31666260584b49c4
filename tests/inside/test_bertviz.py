"""bertviz's own pictures from a captured trace: the right numbers, once, the same at every run, and no harm done."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import labkit
from labkit._host.notebook import VIEW_MIME
from labkit.errors import LabkitError
from labkit.inside import attention, bertviz
from labkit.inside.bertviz import page as pages
from labkit.inside.bertviz import views
from labkit.traces import Trace

pytest.importorskip("bertviz", reason="needs the extra bertviz")


@pytest.fixture(scope="module")
def thought() -> Trace:
    return labkit.load("r1-mini").think("Using 3, 5 and 9, make 24.", seed=0, show=False, capture="qk")


def numbers(page: str) -> dict[str, Any]:
    """What the page's script reads."""
    (text,) = re.findall(r'<script type="application/json" id="numbers">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)


def unpacked(data: dict[str, Any]) -> np.ndarray:
    """Rows without their last zeros, as the page's script fills them up."""
    n = len(data["right_text"])
    return np.array(
        [[[r + [0] * (n - len(r)) for r in rows] for rows in heads] for heads in data["attn"]]
    ) / 10_000  # fmt: skip


@pytest.mark.parametrize("view", [bertviz.head_view, bertviz.model_view, bertviz.neuron_view])
def test_the_page_holds_the_attention_of_the_chosen_layers_heads_and_window(thought, view):
    page = numbers(view(thought, layers=[1, 3], heads=[4, 0, 2], window=(10, 40)).page)
    (data,) = page["attention"].values() if isinstance(page["attention"], dict) else page["attention"]
    drawn = unpacked(data)
    assert drawn.shape == (2, 3, 30, 30)
    for i, layer in enumerate([1, 3]):
        for j, head in enumerate([4, 0, 2]):
            whole = attention(thought, layer, head)
            assert np.abs(drawn[i, j] - whole[10:40, 10:40]).max() <= 0.00005 + 1e-9
    texts = [*thought.prompt_texts, *thought.tokens.texts][10:40]
    assert data["left_text"] == data["right_text"] == [pages.visible(t) for t in texts]


def test_the_neuron_view_holds_the_queries_and_keys_that_give_those_weights(thought):
    view = bertviz.neuron_view(thought, layers=2, heads=[1, 3], window=(0, 20))
    data = numbers(view.page)["attention"]["all"]
    for j, head in enumerate([1, 3]):
        q, k = np.array(data["queries"][0][j]), np.array(data["keys"][0][j])
        scores = q @ k.T * thought.inside.layouts[2].scale
        scores[np.triu_indices(20, 1)] = -np.inf
        weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
        assert np.abs(weights - attention(thought, 2, head)[:20, :20]).max() < 0.01  # three digits were kept
    assert numbers(view.page)["names"] == {"layer": [2], "att_head": [1, 3]}


def test_a_step_is_the_window_of_its_tokens(thought):
    step = thought.steps[1]
    data = numbers(bertviz.head_view(thought, step=step.number).page)["attention"][0]
    assert step.gist.split()[0] in data["left_text"][0]
    first, last = thought.token_range(step.start, step.end)
    assert len(data["left_text"]) == last - first


def test_every_number_is_written_once_and_nothing_is_fetched(thought):
    view = bertviz.head_view(thought, window=(15, 55))
    assert view.page.count('"attn":') == 1
    assert "PYTHON_PARAMS" not in view.page
    assert "<script src" not in view.page and "<link" not in view.page
    import torch
    from bertviz import head_view as original  # type: ignore[import-untyped]

    weights = [torch.from_numpy(layer)[None] for layer in view.weights]
    classic = original(weights, numbers(view.page)["attention"][0]["left_text"], html_action="return").data
    assert len(view.page) < len(classic) / 10


def test_the_same_call_gives_the_same_bytes(thought):
    one, two = (bertviz.model_view(thought, layers=0, window=(15, 40))._repr_mimebundle_() for _ in range(2))
    assert one == two
    bundle, metadata = one
    assert set(bundle) == {"text/plain", "text/html", "image/png", VIEW_MIME}
    assert bundle["text/plain"] == "bertviz model_view(r1-mini: layers 0, heads 0-4, positions 15-40)"
    assert metadata["image/png"]["width"] == 760


def test_the_predicted_size_is_an_upper_bound_and_not_far(thought):
    for view, window in (
        (bertviz.head_view, (0, 40)),
        (bertviz.head_view, (100, 230)),
        (bertviz.model_view, (0, 60)),
    ):
        real = len(view(thought, window=window).page)
        predicted = pages.predicted_bytes(view.__name__, window[1] - window[0], 25)
        assert real <= predicted <= 3 * real


def test_what_would_hang_the_browser_is_refused_before_it_is_computed(thought, monkeypatch):
    monkeypatch.setattr(views, "attention", lambda *a: pytest.fail("computed before it was predicted"))
    with pytest.raises(LabkitError) as error:
        bertviz.model_view(thought)
    n = thought.inside.count
    assert f"model_view of {n} tokens would be a page of" in error.value.what
    assert f"draws {25 * n**2:,} lines" in error.value.what
    assert "AttentionView" in error.value.next
    monkeypatch.undo()
    window = re.search(r"window=\((\d+), (\d+)\)", error.value.next)
    assert bertviz.model_view(thought, window=tuple(map(int, window.groups())))


def test_a_page_above_five_megabytes_is_refused_with_its_size(thought, monkeypatch):
    monkeypatch.setattr(views, "MOST_SHAPES", 10**9)
    long = thought.attach(inside=stretched(thought.inside, 1024))
    with pytest.raises(
        LabkitError, match=r"head_view of 1,024 tokens would be a page of \d+\.\d MB.*\n.*above 5 MB"
    ):
        bertviz.head_view(long)


def stretched(inside: Any, n: int) -> Any:
    from dataclasses import replace

    times = -(-n // inside.count)
    return replace(
        inside, queries=inside.queries.repeat(times, 1, 1, 1)[:n], keys=inside.keys.repeat(times, 1, 1, 1)[:n]
    )


class Tags(HTMLParser):
    """Every tag with its attributes, as a browser would read them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


HOSTILE = ['</script><img src=x onerror="alert(1)">', "<!-- <script>", "'\"&quot;&lt;", "\u2028\ud800"]


def test_hostile_tokens_stay_text(thought):
    texts = [*HOSTILE, *thought.tokens.texts[len(HOSTILE) :]]
    evil = thought.attach()
    evil.__dict__["tokens"] = thought.tokens.model_copy(update={"texts": texts})
    evil.__dict__["model"] = '"><script>alert(2)</script>'
    p = len(thought.prompt_ids)
    for view in (bertviz.head_view, bertviz.neuron_view):
        picture = view(evil, window=(p, p + 6))
        outer = Tags(picture.as_html()).found
        assert [tag for tag, _ in outer] == ["figure", "img", "iframe", "figcaption"]
        frame = outer[2][1]
        assert frame["sandbox"] == "allow-scripts"  # and not allow-same-origin
        assert frame["srcdoc"] == picture.page
        inner = [tag for tag, _ in Tags(picture.page).found]
        assert inner.count("script") == 5 and "img" not in inner
        assert (
            numbers(picture.page)["attention"][0 if view is bertviz.head_view else "all"]["left_text"][:2]
            == HOSTILE[:2]
        )
        picture.page.encode("utf-8")


def test_bertviz_writes_tokens_as_text():
    for name in pages.CONTROLS:
        source = (pages.installed() / f"{name}.js").read_text("utf-8")
        assert not re.search(r"\.html\(|innerHTML|document\.write|insertAdjacent|eval\(", source)


def test_what_is_left_when_scripts_and_frames_are_stripped_is_the_picture(thought):
    import bleach

    face = bertviz.head_view(thought, window=(15, 40)).as_html()
    left = bleach.clean(
        face,
        tags={"figure", "figcaption", "img"},
        attributes={"img": ["src", "alt"]},
        protocols={"data"},
        strip=True,
    )
    assert "data:image/png;base64," in left
    assert "iframe" not in left and "require" not in left
    assert len(html.unescape(left)) < len(face)


def test_a_missing_bertviz_says_what_to_type(thought, monkeypatch):
    monkeypatch.setattr(pages, "find_spec", lambda name: None)
    with pytest.raises(LabkitError) as error:
        bertviz.head_view(thought, window=(0, 10))
    assert error.value.next == 'pip install --no-deps "bertviz==1.4.1"'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"layers": 5}, "There is no layer 5.\n  Why:  this model has 5, counted from 0 to 4."),
        ({"layers": [0, -1]}, "There is no layer -1."),
        ({"heads": [True]}, "There is no head True."),
        ({"heads": []}, "No head was chosen."),
        ({"layers": 1.5}, "There is no layer 1.5."),
        ({"layers": "01"}, "There is no layer '0'."),
        ({"window": (0, 10_000)}, "window=(0, 10000) is not a part of this trace."),
        ({"window": (9, 9)}, "window=(9, 9) is not a part of this trace."),
        ({"window": 7}, "labkit.inside.bertviz.head_view() cannot take window=7."),
        ({"step": 99}, "There is no step 99.\n  Why:  this thought has 9, counted from 1."),
        ({"step": 1, "window": (0, 9)}, "A window and a step were given."),
    ],
)
def test_bad_input_gets_a_sentence(thought, arguments, said):
    with pytest.raises(LabkitError) as error:
        bertviz.head_view(thought, **arguments)
    assert str(error.value).startswith(said)


def test_a_trace_without_its_inside_says_how_to_get_one(thought):
    bare = labkit.load("r1-mini").think("Using 3, 5 and 9, make 24.", seed=0, show=False, max_new_tokens=4)
    with pytest.raises(LabkitError, match="capture"):
        bertviz.head_view(bare)


def test_what_is_no_trace_is_refused():
    with pytest.raises(LabkitError, match="cannot take trace="):
        bertviz.head_view("3 + 5 = 8")


def test_a_trace_without_its_column_of_texts_is_cut_from_its_text(thought):
    bare = thought.attach()
    bare.__dict__["tokens"] = thought.tokens.model_copy(update={"texts": []})
    left, right = (numbers(bertviz.head_view(t, window=(5, 40)).page) for t in (bare, thought))
    assert left == right
