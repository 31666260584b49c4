"""The saved faces of a token view, what it answers, and how it streams."""

from __future__ import annotations

import base64
import html
import io
import re
import subprocess
import sys
import threading
from typing import Any

import pytest
from PIL import Image

from labkit.errors import LabkitError
from labkit.traces import Tokens, Trace
from labkit.views import ForkView, TokenView, show_stream
from labkit.views.core.contract import Columns, Failure
from labkit.views.core.streaming import visible_text
from labkit.views.token.contract import Alternatives

from . import make

EVIL = "<img src=x onerror=alert(1)>"


def faces(view: TokenView) -> dict[str, Any]:
    return view._repr_mimebundle_()[0]


def words_of(page: str) -> str:
    """The text of an HTML face, as a reader would copy it."""
    return html.unescape(re.sub(r"<[^>]*>", "", page)).replace("\u200b", "")


def test_two_views_of_one_trace_have_equal_faces():
    one, two = faces(TokenView(make.trace())), faces(TokenView(make.trace()))
    for mime in ("text/plain", "text/html", "image/png", "application/vnd.labkit.view+json"):
        assert one[mime] == two[mime]
    assert one["application/vnd.jupyter.widget-view+json"] != two["application/vnd.jupyter.widget-view+json"]


def test_the_text_face_is_one_line_and_the_same_before_and_after_the_thought():
    whole = make.trace()
    builder = make.builder(whole)
    view = TokenView.stream(builder, threading.Event())
    before = faces(view)["text/plain"]
    assert "still thinking when this was saved" in view.as_html()
    view.done(whole)
    assert before == faces(view)["text/plain"] == "TokenView(r1-mini: 'Using 3, 5 and 9, make 24.')"
    assert repr(view) == before


def test_the_picture_is_twice_the_size_that_its_metadata_says():
    bundle, metadata = TokenView(make.trace())._repr_mimebundle_()
    width, height = Image.open(io.BytesIO(bundle["image/png"])).size
    assert metadata["image/png"] == {"width": width // 2, "height": height // 2}


def test_the_html_face_holds_every_word_and_its_own_picture():
    page = faces(TokenView(make.trace()))["text/html"]
    for line in make.COUNTDOWN.split("\n"):
        assert line in words_of(page)
    source = re.search(r'src="data:image/png;base64,([^"]+)"', page)
    assert source
    assert Image.open(io.BytesIO(base64.b64decode(source[1]))).size == (1440, 64)


def test_hostile_text_stays_text():
    page = faces(TokenView(make.trace(EVIL, tokens=[EVIL[:9], EVIL[9:]], prompt=EVIL, model=EVIL)))[
        "text/html"
    ]
    assert "<img src=x" not in page
    assert words_of(page).count(EVIL) == 3
    assert not re.search(r"<(script|svg|iframe|style|object)", page)


@pytest.mark.parametrize("color", ["probability", "surprisal", "entropy"])
def test_a_sure_token_has_no_colour_and_a_surprising_one_has(color):
    tokens = Tokens(
        ids=[1, 2], sizes=[1, 1], texts=["a", "b"], logprobs=[0.0, -6.0], entropies=[0.0, 3.0],
    )  # fmt: skip
    trace = Trace(model="m", prompt="p", text="ab", tokens=tokens, finish="stop")
    page = TokenView(trace, color=color).as_html()
    assert "<b style" in page.split("&#8203;")[2] and ">b</b>" in page and ">a</b>" not in page


def test_half_a_character_is_shown_and_the_offsets_are_exact():
    texts, sizes = ["\ufffd", "\ufffd", " ok"], [2, 2, 3]
    tokens = Tokens(ids=[1, 2, 3], sizes=sizes, texts=texts, logprobs=[-0.1] * 3, entropies=[0.2] * 3)
    view = TokenView(Trace(model="m", prompt="p", text="🦉 ok", tokens=tokens, finish="stop"))
    header, data = view.answer({"ask": "columns", "id": 1, "first": 0, "last": 3})
    assert isinstance(header, Columns)
    assert header.texts == texts
    assert memoryview(data)[36:].cast("I").tolist() == [0, 2, 4]
    assert "\ufffd" in faces(view)["text/html"]


@pytest.mark.parametrize(
    "trace",
    [
        pytest.param(Trace(model="m", prompt="", text="", finish="stop"), id="nothing at all"),
        pytest.param(make.trace("First 3 and", finish="interrupted"), id="interrupted"),
        pytest.param(make.trace("just an answer", opened=False), id="no thought"),
        pytest.param(make.trace("x" * 3000, tokens=["x" * 3000]), id="one long word"),
        pytest.param(
            make.trace("思考 😀\x00\t\r\n", tokens=["思考", " 😀", "\x00\t\r\n"]), id="other scripts"
        ),
    ],
)
def test_every_trace_has_every_face(trace):
    bundle = faces(TokenView(trace))
    assert "\n" not in bundle["text/plain"]
    assert bundle["image/png"].startswith(b"\x89PNG") and bundle["text/html"].startswith("<div")


def test_a_trace_without_numbers_says_so():
    bare = Tokens(ids=[1], sizes=[2], texts=["hi"])
    view = TokenView(Trace(model="m", prompt="p", text="hi", tokens=bare, finish="length"))
    assert "no probabilities" in faces(view)["text/html"]
    header, data = view.answer({"ask": "alternatives", "id": 1, "index": 0})
    assert isinstance(header, Alternatives) and header.candidates == [] and data == b""


AS_TEXT = Trace.from_text("Make 24.", "<think>So, 3 * 8.\n\nWait, let me check: 24.</think>3 * 8", model="m")


def test_a_trace_that_came_as_text_shows_its_steps_and_says_that_it_has_no_probabilities():
    view = TokenView(AS_TEXT)
    page = words_of(view.as_html())
    assert "14 words, came to its end" in page and "0 tokens" not in page
    assert "came as text: it has no tokens and no probabilities" in page
    assert "2\u2002checkWait, let me check: 24." in page, "the step stands with its number and its kind"
    assert "Length of each step" in view.as_html()
    header, data = view.answer({"ask": "columns", "id": 1, "first": 0, "last": 99})
    assert isinstance(header, Columns) and "".join(header.texts) == AS_TEXT.text
    assert [b.role for b in header.blocks] == ["tag", "step", "step", "tag", "answer"]
    assert len(data) == 16 * header.count == 16 * view.scene["count"]
    assert view.scene["words"] is True
    answer, _ = view.answer({"ask": "alternatives", "id": 2, "index": 3})
    assert isinstance(answer, Alternatives) and answer.candidates == []
    assert view.trace is AS_TEXT
    assert Image.open(io.BytesIO(view.as_png())).size[0] > 0


ACCENT = "\u0301"


@pytest.mark.parametrize(
    "tokens", [["e" + ACCENT * 3_000], ["e", *[ACCENT] * 3_000]], ids=["one token", "many"]
)
def test_marks_that_would_climb_over_other_lines_are_not_drawn(tokens: list[str]):
    trace = make.trace(tokens=tokens)
    for view in (TokenView(trace), ForkView(trace)):
        page = view.as_html()
        assert 0 < page.count(ACCENT) <= 6
        assert "\u25cc" in page, "a dotted circle stands for what is not drawn"
        assert Image.open(io.BytesIO(view.as_png())).size[0] > 0, "a mark alone has no width to tint"


def test_blocks_hold_every_token_once_and_in_order():
    for trace in (make.trace(), make.long(600), make.trace("<think>\na\n\nb</think>\n\nc", opened=False)):
        blocks = TokenView(trace)._blocks
        assert [b.first for b in blocks] == [0, *(b.last for b in blocks)][:-1]
        assert blocks[-1].last == len(trace)
    assert [b.role for b in TokenView(make.trace())._blocks] == ["step"] * 4 + ["tag", "answer"]


# -- questions and answers -------------------------------------------------------------------------


def sent(view: TokenView) -> list[tuple[dict[str, Any], list[bytes]]]:
    """Collects what a view sends to the browser."""
    messages: list[tuple[dict[str, Any], list[bytes]]] = []
    view.send = lambda content, buffers=None: messages.append((content, buffers or []))  # type: ignore[method-assign]
    return messages


def test_columns_and_alternatives_say_what_the_trace_says():
    trace = make.trace()
    view = TokenView(trace)
    header, data = view.answer({"ask": "columns", "id": 1, "first": 3, "last": 10**9})
    assert isinstance(header, Columns)
    n = len(trace) - 3
    assert (header.first, header.count, header.texts) == (3, n, trace.tokens.texts[3:])
    assert memoryview(data)[: 4 * n].cast("f").tolist() == pytest.approx(trace.tokens.logprobs[3:])
    assert memoryview(data)[8 * n : 12 * n].cast("I").tolist() == trace.tokens.ids[3:]
    found, _ = view.answer({"ask": "alternatives", "id": 2, "index": 29})
    assert isinstance(found, Alternatives)
    assert [(c.id, c.text, c.logprob) for c in found.candidates] == [tuple(a) for a in trace.alternatives(29)]


@pytest.mark.parametrize(
    "ask", [{"ask": "alternatives", "id": 7, "index": 999}, {"ask": "fly", "id": 7}, {"id": 7}, "stop"]
)
def test_a_bad_question_gets_a_sentence(ask):
    view = TokenView(make.trace())
    messages = sent(view)
    view._reply(ask)
    reply, _ = messages[0]
    assert reply.pop("id") == (7 if isinstance(ask, dict) else None)
    Failure.model_validate(reply)


def test_stop_sets_the_event():
    stop = threading.Event()
    builder = make.builder(make.trace())
    view = TokenView.stream(builder, stop)
    view._reply({"ask": "stop", "id": 1})
    assert stop.is_set()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("text", r"cannot take trace='[\s\S]*Trace\.from_text\(prompt, text\)"),
        (None, r"cannot take trace=None[\s\S]*TokenView\(model\.think\(prompt\)\)"),
    ],
)
def test_what_is_no_trace_is_refused_in_words(wrong, says):
    with pytest.raises(LabkitError, match=says):
        TokenView(wrong)


def test_a_colour_that_is_none_is_refused_in_words():
    with pytest.raises(LabkitError, match="probability, surprisal, entropy"):
        TokenView(make.trace(), color="rainbow")  # type: ignore[arg-type]
    with pytest.raises(LabkitError, match="This TokenView cannot look at"):
        TokenView(make.trace()).focus = {"token": -1}


# -- streaming -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1, 7, 50])
def test_a_streamed_view_ends_like_a_view_of_the_whole(step):
    whole = make.trace()
    builder = make.builder(whole)
    view = TokenView.stream(builder, threading.Event())
    messages = sent(view)
    assert view.scene["running"]
    for first in range(0, len(whole), step):
        builder.extend(make.chunk(whole, first, first + step))
        view.update()
    assert view.trace.text == whole.text and view.trace.finish == "interrupted"
    assert view.trace.alternatives(29) == whole.alternatives(29)
    view.done(whole)
    assert view.trace is whole and not view.scene["running"]
    assert replay(messages) == (whole.tokens.texts, view._blocks)
    for mime in ("text/html", "image/png"):
        assert faces(view)[mime] == faces(TokenView(whole))[mime]


def replay(messages: list[tuple[dict[str, Any], list[bytes]]]) -> tuple[list[str], list[Any]]:
    """What the browser has after these messages."""
    texts: list[str] = []
    blocks: list[Any] = []
    for content, _ in messages:
        head = Columns.model_validate({k: v for k, v in content.items() if k != "id"})
        assert head.first in (0, len(texts))
        texts[head.first :] = head.texts
        blocks[head.keep :] = head.blocks
    return texts, blocks


def test_a_flood_of_tokens_is_a_trickle_of_messages():
    whole = make.long(2000)
    builder = make.builder(whole)
    view = TokenView.stream(builder, threading.Event())
    messages = sent(view)
    chunks = [make.chunk(whole, i, i + 1) for i in range(len(whole))]
    for tokens in chunks:
        builder.extend(tokens)
        view.update()
    assert len(messages) <= 25
    view.done(whole)
    assert replay(messages)[0] == whole.tokens.texts


def test_a_final_trace_that_differs_replaces_what_was_shown():
    whole = make.trace()
    builder = make.builder(whole)
    view = TokenView.stream(builder, threading.Event())
    messages = sent(view)
    builder.extend(make.chunk(whole, 0, 20))
    view.update()
    other = make.trace("Quite another thought.</think>42")
    view.done(other)
    assert replay(messages)[0] == other.tokens.texts


def test_an_extension_after_the_end_changes_nothing():
    whole = make.trace()
    builder = make.builder(whole)
    view = TokenView.stream(builder, threading.Event())
    view.done(whole)
    builder.extend(make.chunk(whole, 0, 5))
    view.update()
    assert view.trace is whole


def test_outside_jupyter_a_stream_shows_nothing_and_works(capsys):
    whole = make.trace()
    builder = make.builder(whole)
    view = show_stream(builder, threading.Event())
    builder.extend(make.chunk(whole, 0, 9))
    view.update()
    view.done(whole)
    assert view.trace is whole
    assert capsys.readouterr() == ("", "")


def test_stand_ins_for_half_characters_have_the_right_size():
    assert [len(visible_text("\ufffd", size).encode()) for size in (1, 2, 3, 4, 5)] == [1, 2, 3, 4, 5]
    assert visible_text("<eos>", 0) == "" and visible_text("é", 2) == "é"


def test_importing_the_views_imports_no_torch():
    code = (
        "import sys, labkit.views; sys.exit('torch' in sys.modules or 'IPython.display' not in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_how_far_a_long_prompt_is_read_is_told_once_a_piece() -> None:
    builder = make.builder(make.trace())
    view, sent = TokenView.stream(builder, threading.Event()), []
    view.observe(lambda change: sent.append(change["new"]["read"]), "scene")
    for read in (512, 512, 1024):
        view.show_prefill(read)
    assert sent == [512, 1024] and view.scene["asked"] == len(builder.head.prompt_ids)
    view.done(make.trace())
    assert view.scene["read"] == 0


def test_where_there_are_no_entropies_the_strip_shows_surprisals():
    whole = make.long(60)
    sent = whole.model_copy(update={"tokens": whole.tokens.model_copy(update={"entropies": []})})
    (local, remote) = (faces(TokenView(trace)) for trace in (whole, sent))
    assert "Entropy over" in local["text/html"] and "Surprisal over" in remote["text/html"]
    assert remote["text/html"].count("<img") == 1 and local["image/png"] != remote["image/png"]
