"""A scaling view's numbers are those of labkit.rewards, its faces hold them, and it refuses what it cannot show."""

from __future__ import annotations

import io
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import labkit
from labkit import LabkitError, ScalingPoint, ScalingView, Trace, TraceGroup
from labkit.rewards import bootstrap_interval, maj_at_k, pass_at_k
from labkit.views.core.color_scales import SERIES_DARK, SERIES_LIGHT
from labkit.views.core.saved import read_payload
from labkit.views.scaling import contract as wire
from labkit.views.scaling.data import colors_of, extent, span
from labkit.views.scaling.png import Frame, baseline, fitted
from labkit.views.scaling.sources import measure

from . import make

HOSTILE = "<script>alert(1)</script> & \x1b[31m\n" + "x" * 90
RIGHT = make.COUNTDOWN
WRONG = RIGHT.replace("(3 * 5) + 9", "(3 + 5) * 9")
OTHER = RIGHT.replace("(3 * 5) + 9", "3 + 5 + 9")
SILENT = "3 + 5 = 8: 8 + 9 = 17"
VOTES = labkit.data_path("pipeline", "votes", "metrics.json")
SERIAL = [
    ScalingPoint("budget forcing", None, 386.0, 0.16, 0.12, 0.2, 200),
    ScalingPoint("budget forcing", None, 138.0, 0.61, 0.56, 0.67, 200),
]


def group(*texts: str, **fields: object) -> TraceGroup:
    return TraceGroup(tuple(make.trace(text, **fields) for text in texts))


@pytest.fixture
def groups() -> list[TraceGroup]:
    """Three problems: two of four right, all right, none right."""
    return [group(RIGHT, RIGHT, WRONG, OTHER), group(*[RIGHT] * 4), group(WRONG, WRONG, OTHER, SILENT)]


def scene_of(view: ScalingView) -> wire.Scene:
    return wire.Scene.model_validate(view.scene)


# -- numbers -----------------------------------------------------------------------------------------


def test_the_values_are_those_of_the_statistics(groups: list[TraceGroup]) -> None:
    right = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]])
    answers = [["a", "a", "b", "c"], ["a"] * 4, ["b", "b", "c", ""]]
    points = {(p.label, p.k): p for p in ScalingView(groups).points}
    assert [*points] == [(name, k) for name in ("pass@k", "maj@k") for k in (1, 2, 4)]
    for k in (1, 2, 4):
        passed = pass_at_k(right, k)
        voted = [maj_at_k(a, r, k) for a, r in zip(answers, right.astype(bool).tolist(), strict=True)]
        for name, values in (("pass@k", passed), ("maj@k", voted)):
            point = points[name, k]
            assert point.value == pytest.approx(float(np.mean(values)))
            assert (point.low, point.high) == pytest.approx(bootstrap_interval(values))
            assert point.n == 3
    assert points["pass@k", 1].value == points["maj@k", 1].value == pytest.approx(0.5)


def test_k_samples_take_k_times_the_tokens_of_one(groups: list[TraceGroup]) -> None:
    one = np.mean([[len(trace) for trace in rollouts] for rollouts in groups])
    assert [p.tokens for p in ScalingView(groups).points[:3]] == pytest.approx([one, 2 * one, 4 * one])


def test_the_difference_is_paired(groups: list[TraceGroup]) -> None:
    """maj@4 is 1, 1 and 0, pass@1 is 0.5, 1 and 0: the gain is half a point of one problem in three."""
    (difference,) = measure(groups).differences
    gains = [0.5, 0.0, 0.0]
    assert difference.value == pytest.approx(np.mean(gains))
    assert difference.interval == pytest.approx(bootstrap_interval(gains)) and difference.n == 3
    assert ScalingView(groups).summary == (
        "maj@4 − pass@1 = +16.7 points (paired 95 % interval 0.0 to +50.0, 3 problems; the interval contains 0)."
    )


def test_a_mapping_shows_several_sources_under_their_labels(groups: list[TraceGroup]) -> None:
    view = ScalingView({"T = 0.6": groups, "T = 1.0": groups[:2], "forced": SERIAL})
    scene = scene_of(view)
    assert [curve.name for curve in scene.curves] == [
        "pass@k, T = 0.6", "maj@k, T = 0.6", "pass@k, T = 1.0", "maj@k, T = 1.0", "forced",
    ]  # fmt: skip
    assert [curve.color for curve in scene.curves] == [0, 0, 1, 1, 2]
    assert view.focus["axis"] == "tokens" and scene.axes == ["k", "tokens"]
    assert scene.omitted == {"k": "Not on this axis: forced (has no k).", "tokens": ""}
    assert view.as_text() == "ScalingView(T = 0.6, T = 1.0, forced: k = 1 to 4, 2 to 200 problems)"
    assert [p.tokens for p in view.points[-2:]] == [138.0, 386.0], "from left to right"
    lines = view.summary.splitlines()
    assert lines[0].startswith("T = 0.6: maj@4") and lines[1].startswith("T = 1.0: maj@4")
    assert (
        lines[2] == "forced: 61.0 % (56.0 to 67.0) at 138 tokens, then 16.0 % (12.0 to 20.0) at 386 tokens."
    )


def test_points_of_several_labels_are_several_curves() -> None:
    points = [ScalingPoint(name, k, None, 0.5, None, None, 9) for name in ("a", "b") for k in (2, 1)]
    view = ScalingView(points)
    assert [(curve.name, [p.k for p in curve.points]) for curve in scene_of(view).curves] == [
        ("a", [1, 2]),
        ("b", [1, 2]),
    ]
    assert scene_of(view).axes == ["k"] and [c.color for c in scene_of(view).curves] == [0, 1]
    assert [c.name for c in scene_of(ScalingView({"m": points})).curves] == ["m, a", "m, b"]


def test_groups_of_different_sizes_share_the_k_of_the_smallest() -> None:
    view = ScalingView([group(*[RIGHT] * 7), group(*[WRONG] * 6)])
    assert [p.k for p in view.points] == [1, 2, 4, 6] * 2
    assert scene_of(view).note == "2 problems, 6 to 7 rollouts each"


# -- few rollouts, few problems ------------------------------------------------------------------------


def test_one_problem_has_no_interval(groups: list[TraceGroup]) -> None:
    view = ScalingView(groups[0])
    assert {(p.low, p.high) for p in view.points} == {(None, None)}
    assert view.summary == "maj@4 − pass@1 = +50.0 points (1 problem, so there is no interval over problems)."
    assert view.as_png() and "–" in view.as_html()


def test_one_rollout_has_no_majority() -> None:
    view = ScalingView([group(RIGHT), group(WRONG)])
    assert [(p.label, p.k, p.value) for p in view.points] == [("pass@k", 1, 0.5)]
    assert view.summary.startswith("pass@k: 50.0 %") and view.as_png()
    assert baseline(scene_of(view).curves[0]) is None


@pytest.mark.parametrize(("text", "value"), [(WRONG, 0.0), (SILENT, 0.0), (RIGHT, 1.0)])
def test_all_right_and_all_wrong_are_drawn(text: str, value: float) -> None:
    view = ScalingView([group(*[text] * 4)] * 3)
    assert {p.value for p in view.points} == {value}
    assert "without width" in scene_of(view).caution and "without width" in view.as_html()
    assert (
        "maj@4 − pass@1 = 0.0 points (paired 95 % interval 0.0 to 0.0, 3 problems; the interval"
        in view.summary
    )
    assert view.as_png()


def test_thoughts_that_came_as_text_have_no_tokens() -> None:
    prompt = "Using 3, 5 and 9, make 24."
    texts = ["<think>a</think>(3 * 5) + 9", "<think>b</think>(3 + 5) * 9"]
    view = ScalingView(TraceGroup(tuple(Trace.from_text(prompt, text) for text in texts)))
    assert {p.tokens for p in view.points} == {None} and scene_of(view).axes == ["k"]
    with pytest.raises(LabkitError, match="has no axis 'tokens'"):
        view.focus = {**view.focus, "axis": "tokens"}


# -- tables of judged rollouts -------------------------------------------------------------------------


def test_a_table_gives_what_its_rollouts_give(groups: list[TraceGroup]) -> None:
    outcomes = [[labkit.rewards.outcome_of(trace) for trace in rollouts] for rollouts in groups]
    table = {
        "right": [[int(bool(o.correct)) for o in row] for row in outcomes],
        "answer": [[o.answer or None for o in row] for row in outcomes],
        "tokens": [[len(trace) for trace in rollouts] for rollouts in groups],
        "form": [[1.0] * 4] * 3,
    }
    assert ScalingView(table).points == ScalingView(groups).points
    assert ScalingView({"T": table}).points == ScalingView({"T": groups}).points
    unknown = {name: column for name, column in table.items() if name != "answer"}
    assert ScalingView(unknown).points == ScalingView(groups).points[:3], (
        "without answers there is no majority"
    )


def test_the_recorded_groups_of_the_lessons_are_shown() -> None:
    recorded = json.loads(labkit.data_path("groups", "r1-mini-cold.json").read_text("utf-8"))
    view = ScalingView({f"T = {t}": table for t, table in recorded["temperatures"].items()})
    for t, table in recorded["temperatures"].items():
        right = np.array(table["right"], dtype=bool)
        votes = [maj_at_k(a, r.tolist(), 16) for a, r in zip(table["answer"], right, strict=True)]
        low, high = bootstrap_interval(np.array(votes) - right.mean(1))
        shown = {(p.label, p.k): p.value for p in view.points}
        assert shown[f"maj@k, T = {t}", 16] == pytest.approx(np.mean(votes))
        assert shown[f"pass@k, T = {t}", 16] == pytest.approx(right.any(1).mean())
        assert (
            f"T = {t}: maj@16 − pass@1 = +{100 * (np.mean(votes) - right.mean()):.1f} points" in view.summary
        )
        assert f"paired 95 % interval +{100 * low:.1f} to +{100 * high:.1f}, 100 problems" in view.summary


def test_a_point_is_measured_from_rollouts() -> None:
    right, tokens = [[1, 0], [1, 1], [0, 0]], [[90, 80], [70, 80], [100, 120]]
    point = ScalingPoint.measured("forced", right, tokens)
    assert (point.value, point.tokens, point.k, point.n) == (0.5, 90.0, None, 3)
    assert (point.low, point.high) == bootstrap_interval([0.5, 1.0, 0.0])
    assert ScalingPoint.measured("forced", right[:1], tokens[:1], k=4) == ScalingPoint(
        "forced", 4, 85.0, 0.5, None, None, 1
    )
    for bad in ([1, 0], [[1, 0]], [], "right", [[1, 0], [1]], [[1, 0], [1, 1], [0, 7]]):
        with pytest.raises(LabkitError, match="ScalingPoint"):
            ScalingPoint.measured("forced", bad, tokens)


GOOD_TABLE: dict[str, Any] = {"right": [[1, 0]], "answer": [["24", "23"]], "tokens": [[9, 9]]}


@pytest.mark.parametrize(
    "change",
    [{"right": [[2, 0]]}, {"right": [1, 0]}, {"right": []}, {"right": "yes"}, {"right": [[1], [1, 0]]}, {"tokens": [[9]]},
     {"tokens": [[-1, 9]]}, {"tokens": [[float("nan"), 9]]}, {"answer": [["24"]]}, {"answer": [["24"], ["1", "2"]]}],
)  # fmt: skip
def test_a_table_that_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    assert ScalingView(GOOD_TABLE).points
    with pytest.raises(LabkitError, match=rf"cannot read the column '(right|{next(iter(change))})'"):
        ScalingView(GOOD_TABLE | change)
    with pytest.raises(LabkitError, match="cannot read the column"):
        ScalingView({"label": GOOD_TABLE | change})


# -- evaluation files ----------------------------------------------------------------------------------


def test_an_evaluation_file_is_read() -> None:
    rows = {row["what"]: row for row in json.loads(VOTES.read_text("utf-8"))}
    view = ScalingView(VOTES)
    assert [(p.label, p.k) for p in view.points] == [
        (f"{name}@k", k) for name in ("pass", "maj") for k in (1, 2, 4, 8)
    ]
    for point in view.points:
        row = rows[f"{point.label[: point.label.index('@')]}@{point.k}"]
        assert (point.value, point.low, point.high, point.n) == (row["value"], row["low"], row["high"], 200)
    assert "paired" not in view.summary and scene_of(view).axes == ["k"]


@pytest.mark.parametrize(
    ("name", "label", "tokens"),
    [
        ("cut", "budget forcing, shorter", [25, 50, 100, 200, 400]),
        ("drawn-out-cold", "budget forcing, longer", [138.295, 270.3025, 386.215]),
    ],
)
def test_serial_measurements_of_a_file_are_read(name: str, label: str, tokens: list[float]) -> None:
    view = ScalingView(str(labkit.data_path("pipeline", name, "metrics.json")))
    assert [(p.label, p.tokens) for p in view.points] == [(label, t) for t in tokens]
    assert view.focus["axis"] == "tokens" and "points against tokens" in view.as_text()
    path = labkit.data_path("pipeline", name, "metrics.json")
    assert {p.label for p in ScalingView({"mine": path}).points} == {"mine"}


def test_tokens_of_a_model_card_are_those_of_k_samples() -> None:
    card = labkit.data_path("models", "r1-mini", "metrics.json")
    rows = {row["what"]: row["value"] for row in json.loads(card.read_text("utf-8"))}
    points = {(p.label, p.k): p.tokens for p in ScalingView({"mini": card}).points}
    assert points["pass@k, T = 0.6, mini", 4] == 4 * rows["tokens, T = 0.6"]
    assert points["greedy, mini", 1] == rows["tokens, greedy"]


BAD_FILES = {
    "not JSON": "{",
    "no list": "3",
    "no figures": "[]",
    "another list": '[{"a": 1}]',
    "other figures": '[{"what": "format kept", "value": 1, "low": 1, "high": 1, "problems": 5}]',
    "a share above one": '[{"what": "pass@1", "value": 7, "low": 1, "high": 1, "problems": 5}]',
    "text as a number": '[{"what": "pass@1", "value": "x", "low": 1, "high": 1, "problems": 5}]',
    "a name that is a number": '[{"what": 3, "value": 1, "low": 1, "high": 1, "problems": 5}]',
    "NaN": '[{"what": "pass@1", "value": NaN, "low": 1, "high": 1, "problems": 5}]',
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
def test_a_damaged_file_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    path.write_text(content, "utf-8")
    with pytest.raises(labkit.FileDamaged, match=r"evaluation\.json[\s\S]*Next: labkit eval r1-mini --json"):
        ScalingView(path)
    with pytest.raises(labkit.FileDamaged, match="is not an evaluation file"):
        ScalingView(tmp_path / "missing.json")


# -- what is refused -----------------------------------------------------------------------------------

NO_PROBLEM = Trace(model="m", prompt="What is love?", text="</think>4", finish="stop")
REFUSED: dict[str, tuple[Any, str]] = {
    "nothing": (None, r"cannot show None"),
    "a number": (3, r"cannot show 3"),
    "an empty list": ([], r"the list is empty"),
    "an empty mapping": ({}, r"the mapping has no entry"),
    "an empty group": ([TraceGroup(())], r"a group has no rollouts"),
    "traces": ([make.trace()], r"a TraceGroup[\s\S]*Next: labkit\.ScalingView\(labkit\.TraceGroup\(tuple\(traces"),
    "a trace": (make.trace(), r"cannot show"),
    "points beside groups": ([*SERIAL, group(RIGHT)], r"cannot show"),
    "a mapping in a mapping": ({"a": {"b": group(RIGHT)}}, r"cannot show"),
    "two prompts": (TraceGroup((make.trace(), make.trace(prompt="Using 1, 2 and 3, make 6."))), r"2 prompts"),
    "no problem": (TraceGroup((NO_PROBLEM,)), r"Rollout 0 of 'What is love\?' cannot be judged"),
    "many curves": ({str(i): SERIAL for i in range(13)}, r"13 curves"),
    "many points": ([ScalingPoint("a", i, None, 0.5, None, None, 9) for i in range(1, 70)], r"up to 69 points"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_shown_is_refused_with_a_next_step(source: Any, message: str) -> None:
    with pytest.raises(LabkitError, match=message) as caught:
        ScalingView(source)
    assert caught.value.next.startswith(("labkit.", "model.sample("))


GOOD: dict[str, Any] = {"label": "a", "k": 1, "tokens": 9.0, "value": 0.5, "low": 0.4, "high": 0.6, "n": 9}


@pytest.mark.parametrize(
    "change",
    [{"value": 1.2}, {"value": float("nan")}, {"value": "x"}, {"value": None}, {"low": 0.7}, {"low": None}, {"high": 1.1},
     {"k": 0}, {"k": 1.5}, {"tokens": 0}, {"tokens": float("inf")}, {"k": None, "tokens": None}, {"n": 0}, {"n": None}],
)  # fmt: skip
def test_a_point_outside_its_range_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(LabkitError, match=r"ScalingPoint cannot take [\s\S]*Next: labkit\.ScalingPoint\("):
        ScalingPoint(**(GOOD | change))


def test_a_point_takes_numbers_of_numpy() -> None:
    point = ScalingPoint("a", np.int64(4), np.float32(8), np.float64(0.5), None, None, np.int32(3))  # type: ignore[arg-type]
    assert (type(point.k), type(point.tokens), type(point.n)) == (int, float, int)
    assert ScalingView([point]).as_png()


def test_focus_is_checked(groups: list[TraceGroup]) -> None:
    view = ScalingView(groups)
    view.focus = {"axis": "tokens", "curve": 1, "point": 2, "hidden": [0]}
    for change, word in (
        ({"curve": 2}, "curve=2"),
        ({"curve": 0, "point": 3}, "point=3"),
        ({"curve": None, "point": 1}, "needs its curve"),
        ({"hidden": [5]}, "hidden=5"),
        ({"axis": "time"}, "axis"),
    ):
        with pytest.raises(LabkitError, match=word):
            view.focus = {**view.focus, **change}
    assert view.focus == {"axis": "tokens", "curve": 1, "point": 2, "hidden": [0]}
    with pytest.raises(LabkitError, match="it knows k, tokens"):
        ScalingView(groups, axis="time")


# -- faces ---------------------------------------------------------------------------------------------


def test_the_four_faces(groups: list[TraceGroup]) -> None:
    view = ScalingView(groups)
    bundle, metadata = view._repr_mimebundle_()
    assert bundle["text/plain"] == "ScalingView(k = 1 to 4, 3 problems)"
    assert bundle["image/png"].startswith(b"\x89PNG") and metadata["image/png"]["width"] == 760
    assert "application/vnd.jupyter.widget-view+json" in bundle and "export{" in view._bundle
    saved = read_payload(bundle["application/vnd.labkit.view+json"])
    assert saved is not None and saved["scene"]["title"] == view.scene["title"]
    assert len(view._bundle.encode()) <= 40_000


def test_the_table_holds_every_point(groups: list[TraceGroup]) -> None:
    view = ScalingView({"T = 0.6": groups})
    html = view.as_html()
    assert html.count("<tr") == 1 + len(view.points) and "<svg" not in html and html.count("<img ") == 1
    rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in html.split("<tr")[2:]]
    assert rows[0][0] == "pass@k, T = 0.6" and [row[1] for row in rows] == ["1", "2", "4"] * 2
    assert [row[3] for row in rows] == [f"{100 * p.value:.1f} %" for p in view.points]
    assert "maj@4 − pass@1 = +16.7 points" in html and len(html) < 60_000


def test_labels_are_hostile() -> None:
    points = [ScalingPoint(HOSTILE, k, None, 0.5, 0.4, 0.6, 9) for k in (1, 2)]
    for view in (
        ScalingView(points, title=HOSTILE),
        ScalingView({HOSTILE: points}),
        ScalingView({"": points}),
    ):
        html, text = view.as_html(), view.as_text()
        assert (
            "<script" not in html and "\x1b" not in html + text + json.dumps(view.scene) and "\n" not in text
        )
        assert len(text) < 140 and view.as_png()
    assert "&lt;script&gt;" in ScalingView(points).as_html()
    model = TraceGroup((make.trace(model=HOSTILE),) * 2)
    assert "<script" not in ScalingView(model).as_html()


def test_the_picture_is_the_same_every_time_and_follows_the_focus(groups: list[TraceGroup]) -> None:
    view = ScalingView({"a": groups, "b": groups})
    first = view.as_png()
    assert ScalingView({"a": groups, "b": groups}).as_png() == first and len(first) < 100_000
    assert Image.open(io.BytesIO(first)).width == 1520
    view.focus = {**view.focus, "axis": "tokens"}
    tokens = view.as_png()
    view.focus = {**view.focus, "hidden": [0, 1, 2, 3]}
    assert len({first, tokens, view.as_png()}) == 3


def test_a_point_is_drawn_at_its_place() -> None:
    frame = Frame(0, 0, 100, 50, (1, 16), (0.5, 1.0))
    assert frame.at(4, 0.75) == pytest.approx((2 * 50, 2 * 25))
    assert frame.at(1, 0.5) == pytest.approx((0, 100)) and frame.at(16, 1.0) == pytest.approx((200, 0))
    assert fitted("maj@k, T = 0.6", 200, 11) == "maj@k, T = 0.6" and fitted("maj@k" * 20, 80, 11).endswith(
        "…"
    )


def test_the_axes_cover_all_values(groups: list[TraceGroup]) -> None:
    view = ScalingView({"a": groups, "b": SERIAL})
    scene = scene_of(view)
    values = [v for p in view.points for v in (p.value, p.low, p.high) if v is not None]
    assert scene.span[0] <= min(values) and max(values) <= scene.span[1] and span(view.points) == scene.span
    assert extent(scene, "k") == (1, 4) and extent(scene, "tokens")[1] == 386.0
    alone = scene_of(ScalingView([ScalingPoint("a", 4, None, 0.5, None, None, 9)]))
    assert extent(alone, "k") == (2, 8) and alone.span == (0.5, 0.7)
    assert colors_of(measure({"x": SERIAL, "y": SERIAL}).curves) == [0, 1]


# -- colours -------------------------------------------------------------------------------------------

# From linear sRGB to what protan, deutan and tritan eyes see (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip


def linear(rgb: tuple[int, int, int]) -> np.ndarray:
    share = np.array(rgb) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("series", [SERIES_LIGHT, SERIES_DARK], ids=["light", "dark"])
def test_every_eye_tells_the_series_apart(eye: str, series: list[tuple[int, int, int]]) -> None:
    labs = [TO_LAB @ np.cbrt(TO_LMS @ np.clip(EYES[eye] @ linear(rgb), 0, 1)) for rgb in series]
    assert min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(labs, 2)) >= 0.13


@pytest.mark.parametrize(("series", "page"), [(SERIES_LIGHT, (255, 255, 255)), (SERIES_DARK, (17, 17, 17))])
def test_every_series_stands_out_from_its_page(
    series: list[tuple[int, int, int]], page: tuple[int, int, int]
) -> None:
    weights = np.array([0.2126, 0.7152, 0.0722])
    for rgb in series:
        high, low = sorted((float(linear(c) @ weights) for c in (rgb, page)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 3


@pytest.mark.slow
def test_it_needs_no_torch() -> None:
    code = (
        "import sys, labkit; view = labkit.ScalingView(labkit.data_path('pipeline', 'votes', 'metrics.json'))\n"
        "view.as_png(), view.as_html(); print(view, 'torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.strip() == "ScalingView(votes: k = 1 to 8, 200 problems) False", out.stderr
