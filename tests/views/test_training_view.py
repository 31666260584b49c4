"""A training view's faces, what it answers, and how it follows a run that trains."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from labkit import LabkitError
from labkit.rewards import bootstrap_interval
from labkit.training.run import METRICS, EvalPoint, KeptRollout, Run
from labkit.views import TrainingView
from labkit.views.core.axes import ticks
from labkit.views.core.contract import Ack
from labkit.views.training import contract as wire
from labkit.views.training.data import scene_of, span, summary

from . import make

HOSTILE = "<script>alert(1)</script> & \x1b[31m"


def run_of(steps: int, *, cut: float = 0.05, status: Any = "done") -> Run:
    """A run whose reward rises, with two checks and two kept rollouts a step."""
    settings = {"lr": 3e-4, "max_new_tokens": 500, "dtype": "float32", "chat": True}
    run = Run("r1-mini-cold", "countdown", settings, {"countdown_accuracy": 1.0}, status="running")
    trace = make.trace()
    for step in range(1, steps + 1):
        measures = dict.fromkeys(METRICS, 0.1) | {
            "reward": 0.5 + 0.02 * step, "length": 150.0 - step, "entropy": 0.03, "kl": 0.001 * step, "cut": cut,
            "moved": 1.0, "same": 0.25,
        }  # fmt: skip
        run.add(
            measures,
            {"countdown_accuracy": 0.4 + 0.02 * step},
            {"countdown_accuracy": "The answer leaves out 9."},
        )
        run.keep(
            [
                KeptRollout(step, 1.2, 0.9, True, trace),
                KeptRollout(step, 0.2, -1.1, False, make.trace(f"{step} " + trace.text)),
            ]
        )
    for step, share in ((0, 0.5), (steps, 0.75)):
        run.checks.append(EvalPoint(step, share, share - 0.08, share + 0.08, 100))
        run.watched.append(
            KeptRollout(step, None, 0.0, step > 0, make.trace(f"Thought at {step}. " + trace.text))
        )
    run.status = status
    return run


@pytest.fixture
def view() -> TrainingView:
    return TrainingView(run_of(8))


def test_its_text_is_the_same_before_and_after_any_step() -> None:
    texts = {TrainingView(run_of(n)).as_text() for n in (1, 2, 40)}
    assert texts == {"TrainingView(r1-mini-cold on countdown)"}


def test_the_scene_holds_the_curves_the_checks_and_a_line_a_thought(view: TrainingView) -> None:
    scene = wire.Scene.model_validate(view.scene)
    assert [c.name for c in scene.curves] == ["reward", "length", "entropy", "kl", "clipped", "same"]
    assert scene.curves[0].values == view.run.columns["reward"]
    assert [(c.step, c.value) for c in scene.checks] == [(0, 0.5), (8, 0.75)]
    assert [(k.step, k.right) for k in scene.kept[:2]] == [(1, True), (1, False)] and len(scene.kept) == 16
    assert scene.findings == [] and scene.wanted == 8 and scene.state == "done"


def test_a_number_that_is_none_leaves_a_gap() -> None:
    run = run_of(3)
    run.columns["kl"][1] = float("nan")
    scene = scene_of(run, 3)
    assert scene.curves[3].values == [0.001, None, 0.003]
    assert TrainingView(run).as_png()


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([], "No held-out problem was judged yet."),
        ([(0, 0.5, 0.4, 0.6)], "Before training, 50 % of 100 held-out problems are solved (pass@1)."),
        ([(0, 0.5, 0.4, 0.6), (4, 0.75, 0.66, 0.83)], "rose by 25 points, from 50 % to 75 % (66 % to 83 %, 100 problems)."),
        ([(0, 0.5, 0.4, 0.6), (4, 0.55, 0.45, 0.64)], "rose by 5 points, from 50 % to 55 % (45 % to 64 %, 100 problems)."),
        ([(0, 0.5, 0.4, 0.6), (4, 0.2, 0.1, 0.3)], "fell by 30 points"),
        ([(0, 0.5, 0.4, 0.6), (4, 0.5, 0.4, 0.6)], "stayed"),
    ],
)  # fmt: skip
def test_the_summary_says_what_was_learned_and_how_sure_that_is(checks: list[Any], said: str) -> None:
    run = run_of(4)
    run.checks = [EvalPoint(*c, problems=100) for c in checks]
    assert said in summary(run)


def test_the_summary_has_the_paired_interval_of_the_difference() -> None:
    run = run_of(4)
    before, after = [0.0, 0.5, 1.0, 0.5], [0.5, 0.75, 1.0, 0.75]
    run.checks = [EvalPoint(0, 0.5, 0.1, 0.9, 4, before), EvalPoint(4, 0.75, 0.4, 1.0, 4, after)]
    low, high = bootstrap_interval([0.5, 0.25, 0.0, 0.25])
    assert f"4 problems); the difference: {100 * low:+.0f} to {100 * high:+.0f}." in summary(run)
    run.checks[1] = EvalPoint(4, 0.75, 0.4, 1.0, 3, after[:3])  # other problems cannot be paired
    assert "difference" not in summary(run)


def test_axes_have_round_numbers_and_room() -> None:
    assert ticks(0, 1) == [0, 0.5, 1] and ticks(0, 0.037) == [0, 0.02] and ticks(120, 260) == [150, 200, 250]
    assert ticks(1, 1) == [1]
    assert span([None, 2.0], False, 2) == (0, pytest.approx(2.12)) and span([], False, 4) == (
        0,
        pytest.approx(0.00106),
    )
    assert span([0.01], True, 0) == (0, 0.05) and span([-1.0, 1.0], False, 2) == (-1, pytest.approx(1.12))


# -- what the browser asks ---------------------------------------------------------------------------


def test_a_thought_comes_whole_and_only_when_it_is_asked_for(view: TrainingView) -> None:
    head, data = view.answer({"ask": "text", "id": 1, "which": "kept", "at": 3})
    assert isinstance(head, wire.Text)
    trace = view.run.kept[3].trace
    assert "".join(head.texts) == "".join(trace.tokens.texts) and head.count == len(trace)
    assert np.frombuffer(data[: 4 * head.count], "<f4") == pytest.approx(trace.tokens.logprobs)
    assert trace.text not in str(view.scene)


@pytest.mark.parametrize("at", [16, 10**9])
def test_a_thought_that_is_not_there_is_refused_in_words(view: TrainingView, at: int) -> None:
    with pytest.raises(LabkitError, match="it has 16, counted from 0"):
        view.answer({"ask": "text", "id": 1, "which": "kept", "at": at})


def test_focus_is_checked(view: TrainingView) -> None:
    view.focus = {**view.focus, "step": 3, "which": "kept", "at": 4}
    for wrong in ({"step": 9}, {"at": 99}, {"which": "all"}, {"step": -1}, {"more": 1}):
        with pytest.raises(LabkitError, match="This TrainingView cannot look at"):
            view.focus = {**view.focus, **wrong}
    assert view.focus["at"] == 4


def test_what_is_no_run_is_refused_in_words() -> None:
    with pytest.raises(LabkitError, match=r"cannot take run=\["):
        TrainingView([0.1, 0.2])  # type: ignore[arg-type]


# -- while it trains ---------------------------------------------------------------------------------


def test_it_follows_a_run_and_sends_at_most_five_messages_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("labkit.views.training.view.time.monotonic", lambda: now)
    whole = run_of(4)
    run = Run(whole.name, whole.task, whole.settings, whole.rules)
    stop = threading.Event()
    view = TrainingView.stream(run, 4, stop)
    sent: list[Any] = []
    monkeypatch.setattr(view, "send", lambda content, buffers=None: sent.append(content))
    view.observe(lambda change: sent.append(change["new"]), "scene")
    for tick in range(100):  # four seconds of looks
        now = 0.04 * tick
        if tick % 25 == 24:
            step = whole.step(len(run) + 1)
            run.add(step.measures, step.rules, step.reasons)
        view.update(SimpleNamespace(step=len(run) + 1, doing="sampling", done=tick, total=128))
    assert 8 < len(sent) <= 20
    seen = [len(s["curves"][0]["values"]) for s in sent if "curves" in s]
    assert seen == [0, 1, 2, 3, 4][: len(seen)] and len(seen) >= 4
    assert view.scene["state"] == "running" and view.scene["wanted"] == 4
    assert isinstance(view.answer({"ask": "stop", "id": 2})[0], Ack) and stop.is_set()
    run.status = "stopped"
    view.done()
    assert view.scene["state"] == "stopped" and len(view.scene["curves"][0]["values"]) == 4


def test_stop_after_the_end_is_heard_and_changes_nothing(view: TrainingView) -> None:
    assert isinstance(view.answer({"ask": "stop", "id": 1})[0], Ack)


# -- saved faces -------------------------------------------------------------------------------------


def test_the_html_names_every_figure_and_escapes_what_the_model_wrote() -> None:
    run = run_of(8, cut=0.9)
    bad = make.trace(HOSTILE)
    run.watched[-1] = replace(run.watched[-1], trace=bad.model_copy(update={"prompt": HOSTILE}))
    run.reasons[-1]["countdown_accuracy"] = HOSTILE
    html = TrainingView(run).as_html()
    assert "<script" not in html and "&lt;script&gt;" in html and "<svg" not in html and "\x1b" not in html
    assert "rose by 25 points" in html and "90 % of the rollouts were cut off at 500 tokens" in html
    assert html.count("<img ") == 7 and html.count("alt=") == 7
    assert re.search(r'alt="reward: 0.52 to 0.66"', html) and "50 %" in html and "67 to 83" in html
    assert len(html) < 120_000


@pytest.mark.parametrize("steps", [0, 1, 8, 300])
def test_the_picture_is_drawn_whatever_the_length(steps: int) -> None:
    run = run_of(steps) if steps else Run("m", "countdown", {}, {})
    png = TrainingView(run).as_png()
    image = Image.open(io.BytesIO(png))
    assert image.width == 1520 and 500 < image.height < 4000 and len(png) < 200_000
    assert TrainingView(run).as_png() == png


def test_a_finding_is_in_the_picture() -> None:
    plain, warned = (Image.open(io.BytesIO(TrainingView(run_of(8, cut=c)).as_png())) for c in (0.0, 0.9))
    assert warned.height > plain.height + 60


@pytest.mark.slow
def test_it_needs_no_torch(tmp_path: Path) -> None:
    run_of(3).save(tmp_path)
    code = (
        "import sys, labkit; view = labkit.TrainingView(labkit.training.Run.load(sys.argv[1]))\n"
        "view.as_png(), view.as_html(); print(view, 'torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert out.stdout.strip() == "TrainingView(r1-mini-cold on countdown) False", out.stderr
