"""A fork view's faces, what it answers, and that its code gives what was clicked."""

from __future__ import annotations

import ast
import html
import io
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

import labkit
import labkit.inside
from labkit import LabkitError, Trace
from labkit.views import ForkView
from labkit.views.core.contract import Failure
from labkit.views.fork import contract as wire

from . import make

PROMPT = "Using 10, 12 and 14, make 5."
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def trace() -> Trace:
    return labkit.load().think(PROMPT, show=False)


@pytest.fixture
def view(trace: Trace) -> ForkView:
    return ForkView(trace)


@pytest.fixture
def unhurried(trace: Trace) -> Iterator[None]:
    """Each token takes at least so long, as with a large model: what is to be stopped must not end by itself."""
    assert trace.language_model is not None
    hook = trace.language_model.network.register_forward_hook(lambda *_: time.sleep(0.02))
    yield
    hook.remove()


class Sent(list):
    """What a view sends to the browser, without one."""

    def __init__(self, view: ForkView, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(view, "send", lambda head, buffers=None: self.append(head))

    def until_over(self) -> list[dict[str, Any]]:
        """The progress of a job, to its end."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            found = [m for m in self if m["id"] == 0]
            if found and found[-1]["over"]:
                return found
            time.sleep(0.01)
        raise AssertionError(f"the job did not end: {self}")


def asked(view: ForkView, sent: Sent, **ask: Any) -> dict[str, Any]:
    view._reply({"id": 7, **ask})
    return next(m for m in reversed(sent) if m["id"] == 7)


SAMPLE = {
    "ask": "sample",
    "at": None,
    "step": None,
    "text": None,
    "put": None,
    "n": 2,
    "seed": 0,
    "temperature": 0.6,
}


def words_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", page)).replace("\u200b", "")


def test_the_text_face_is_one_line_and_the_same_before_and_after_a_fork(view: ForkView) -> None:
    before = view._repr_mimebundle_()[0]["text/plain"]
    view.fork(1, n=2, max_new_tokens=5)
    assert (
        before == view._repr_mimebundle_()[0]["text/plain"] == f"ForkView(r1-mini: '{PROMPT}')" == repr(view)
    )


def test_two_views_with_the_same_forks_have_equal_faces(trace: Trace) -> None:
    fork = labkit.inside.fork(trace, 1, n=4)
    one, two = (ForkView(trace, forks=[fork])._repr_mimebundle_()[0] for _ in range(2))
    for mime in ("text/plain", "text/html", "image/png", "application/vnd.labkit.view+json"):
        assert one[mime] == two[mime]


def test_the_saved_faces_tell_the_thought_the_forks_and_the_call(view: ForkView) -> None:
    bundle, metadata = view._repr_mimebundle_()
    empty = Image.open(io.BytesIO(bundle["image/png"])).size
    assert metadata["image/png"] == {"width": empty[0] // 2, "height": empty[1] // 2}
    assert "No fork yet" in bundle["text/html"]
    fork = view.fork(step=1, replace="First 12 and 14, leaving 10.", n=4)
    page = words_of(view.as_html())
    for line in view.trace.text.split("\n"):
        assert line.strip() in page
    for said in ("step 1 edited", "of 4 correct", fork.groups[0].outcome.answer, fork.code):
        assert said in page
    assert Image.open(io.BytesIO(view.as_png())).size[1] > empty[1]


def test_hostile_text_stays_text() -> None:
    view = ForkView(make.trace(EVIL, tokens=[EVIL[:9], EVIL[9:]], prompt=EVIL, model=EVIL))
    page = view.as_html()
    assert "<img src=x" not in page and words_of(page).count(EVIL) == 3
    assert not re.search(r"<(script|svg|iframe|style|object)", page)
    assert view.as_png()[:4] == b"\x89PNG"


def test_rows_travel_a_window_at_a_time_whatever_the_length() -> None:
    long = ForkView(make.long(8000))
    assert len(repr(long.scene)) < 12_000, "the scene holds a number a row, and no text"
    head, _ = long.answer({"ask": "rows", "id": 1, "first": 20, "last": 40})
    assert isinstance(head, wire.Rows) and len(head.rows) == 20
    assert head.rows[0].first == long.scene["starts"][20]
    assert len(head.model_dump_json()) < 60_000
    whole, _ = long.answer({"ask": "rows", "id": 1, "first": 0, "last": 10**6})
    assert sum(len(r.texts) for r in whole.rows) == len(long.trace) and len(whole.rows) == len(
        long.scene["starts"]
    )


def test_a_click_samples_beside_the_kernel_and_tells_how_far_it_is(
    view: ForkView, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Sent(view, monkeypatch)
    [came] = [c for c in view.trace.alternatives(1) if c.id == view.trace.tokens.ids[1]]
    other = next(c for c in view.trace.alternatives(1) if c.id != came.id)
    assert asked(view, sent, **SAMPLE | {"at": 1, "put": other.id}) == {"id": 7}, "an answer at once"
    told = sent.until_over()
    assert told[-1]["total"] == told[-1]["done"] == 2 and not told[-1]["failed"]
    assert [line["where"] for line in view.scene["forks"]] == [f"at 1: '10' replaced by {other.text!r}"]
    assert view.focus["fork"] == 0 and len(view.forks) == 1
    same = labkit.inside.fork(view.trace, 1, replace=other, n=2)
    assert [t.text for t in view.forks[0].rollouts] == [t.text for t in same.rollouts]


CHANGES = [
    {"at": 1}, {"at": 12, "text": "23"}, {"at": 20, "put": 20}, {"step": 5}, {"at": 2, "seed": 9, "temperature": 1.1},
    {"step": 4, "text": "Go back. Now 10 and 14, leaving 12."}, {"at": 8, "text": "12 - 10 = 2: "},
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_the_code_gives_what_was_clicked(
    view: ForkView, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    sent = Sent(view, monkeypatch)
    asked(view, sent, **SAMPLE | change)
    assert not sent.until_over()[-1]["failed"]
    code = asked(view, sent, ask="tree", fork=0)["code"]
    tree = ast.parse(code)
    assert isinstance(tree.body[0], ast.Assign)
    call = tree.body[0].value
    assert isinstance(call, ast.Call) and ast.unparse(call.func) == "labkit.inside.fork"
    assert [ast.unparse(a) for a in call.args] == ["trace"]
    given = {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg}
    again = labkit.inside.fork(view.trace, **given)
    assert [t.tokens.ids for t in again.rollouts] == [t.tokens.ids for t in view.forks[0].rollouts]
    assert again.description == view.forks[0].description


def test_the_code_names_the_model_where_the_view_was_given_one(trace: Trace, tmp_path: Any) -> None:
    loaded = Trace.load(trace.save(tmp_path / "a.trace.json"))
    view = ForkView(loaded, labkit.load())
    view.fork(1, n=2, max_new_tokens=9)
    head, _ = view.answer({"ask": "tree", "id": 1, "fork": 0})
    first = head.code.splitlines()[0]
    assert first == "fork = labkit.inside.fork(trace, at=1, n=2, seed=0, max_new_tokens=9, model=model)"


def test_stop_keeps_what_there_is(view: ForkView, monkeypatch: pytest.MonkeyPatch, unhurried: None) -> None:
    sent = Sent(view, monkeypatch)
    asked(view, sent, **SAMPLE | {"at": 1, "n": 4, "temperature": 2.5})
    while not any(m["id"] == 0 for m in sent):
        time.sleep(0.005)
    assert asked(view, sent, ask="stop") == {"id": 7}
    assert sent.until_over()[-1]["stopped"]
    ends = {t.finish for t in view.forks[0].rollouts}
    assert "interrupted" in ends and view.scene["forks"][0]["cut"] > 0
    assert view._job is None, "and the next one can begin"


def test_one_thing_at_a_time(view: ForkView, monkeypatch: pytest.MonkeyPatch) -> None:
    from labkit.models.runtime.generation_thread import GENERATION_EXECUTOR

    sent, gate = Sent(view, monkeypatch), threading.Event()
    GENERATION_EXECUTOR.submit(gate.wait)  # somebody else is thinking
    asked(view, sent, **SAMPLE | {"at": 1})
    refused = asked(view, sent, **SAMPLE | {"at": 1})
    gate.set()
    assert "sampling already" in refused["error"]
    sent.until_over()
    assert len(view.forks) == 1


@pytest.mark.slow
def test_importances_become_bars_beside_the_steps(view: ForkView, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent(view, monkeypatch)
    asked(view, sent, ask="weigh", n=1)
    assert not sent.until_over()[-1]["failed"]
    bars = view.scene["bars"]
    assert {b["step"] for b in bars} == set(range(1, 9)) and len(bars) == 24
    again = labkit.inside.step_importance(view.trace, n=1)
    assert view.scene["weighed"] == "labkit.inside.step_importance(trace, n=1)"
    assert repr(view.importances) == repr(again)
    assert (
        ForkView(view.trace).importance([1], n=1).of(1, "resampling").with_step
        == again.of(1, "resampling").with_step
    )


def test_a_tree_and_a_text_tell_what_became_of_a_fork(view: ForkView) -> None:
    fork = view.fork(12, replace="23", n=3)
    tree, _ = view.answer({"ask": "tree", "id": 1, "fork": 0})
    assert sorted(m for b in tree.branches for m in b.members) == [0, 1, 2] and tree.change == "23"
    text, _ = view.answer({"ask": "text", "id": 1, "fork": 0, "rollout": 2})
    assert text.put == "23" and text.wrote == fork.continuation(2)
    assert fork.rollouts[2].text == (text.kept + text.put + text.wrote)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        ({"ask": "tree", "fork": 4}, "no fork E"),
        ({"ask": "text", "fork": 4, "rollout": 0}, "no fork E"),
        ({"ask": "choices", "token": 99_999}, "no token 99999"),
        (SAMPLE | {"at": 99_999}, "no token 99999"),
        (SAMPLE | {"step": 99}, "no step 99"),
        (SAMPLE | {"at": 1, "text": "Hallo"}, "no tokens for 'Hallo'"),
        (SAMPLE | {"at": 1, "put": 10**9}, "no token 1,000,000,000"),
        (SAMPLE | {"at": 1, "temperature": -1}, "temperature=-1"),
        (SAMPLE | {"at": 1, "n": 1000}, "less than or equal to 64"),
        ({"ask": "dance"}, "dance"),
        ({}, "ask"),
    ],
)
def test_a_question_that_cannot_be_answered_gets_a_sentence(
    view: ForkView, monkeypatch: pytest.MonkeyPatch, ask: dict[str, Any], said: str
) -> None:
    sent = Sent(view, monkeypatch)
    reply = asked(view, sent, **ask)
    failure = Failure.model_validate({name: value for name, value in reply.items() if name != "id"})
    assert said in failure.error
    assert failure.kind == ("invalid" if said in ("dance", "ask", "less than or equal to 64") else "refused")
    assert view.forks == [] and view._job is None


def test_without_its_model_a_trace_can_be_read_and_not_changed(
    trace: Trace, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = ForkView(Trace.load(trace.save(tmp_path / "a.trace.json")))
    assert 'labkit.ForkView(trace, labkit.load("r1-mini"))' in view.scene["unable"]
    sent = Sent(view, monkeypatch)
    assert asked(view, sent, ask="rows", first=0, last=3)["rows"][0]["texts"][0] == "First "
    assert "came without its model" in asked(view, sent, **SAMPLE | {"at": 1})["error"]


def test_what_is_no_trace_and_a_fork_of_another_are_refused(trace: Trace) -> None:
    with pytest.raises(LabkitError, match="cannot take trace='First 3 and 5'"):
        ForkView("First 3 and 5")  # type: ignore[arg-type]
    with pytest.raises(LabkitError, match="its trunk is another trace"):
        ForkView(make.trace(), forks=[labkit.inside.fork(trace, 1, n=1, max_new_tokens=2)])


@pytest.mark.parametrize("focus", [{"token": 10**6}, {"fork": 0}, {"token": -1}, {"name": "none"}, {"x": 1}])
def test_a_focus_that_is_nowhere_is_refused(view: ForkView, focus: dict[str, Any]) -> None:
    with pytest.raises(LabkitError, match="This ForkView cannot look at"):
        view.focus = focus


@pytest.mark.slow
def test_the_class_brings_no_torch() -> None:
    code = "import sys, labkit; labkit.ForkView; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
