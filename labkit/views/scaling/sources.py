"""Reads what a scaling view can show: groups of rollouts, tables, points, an evaluation file, and a mapping."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from labkit._host.untrusted import UntrustedError
from labkit.errors import BadArgument, FileDamaged
from labkit.traces import Trace, TraceGroup
from labkit.training.evaluation.metrics import Metric, read_metrics
from labkit.views.core.wording import shorten
from labkit.views.scaling import contract as wire
from labkit.views.scaling.data import Curve, Measurement, ScalingPoint, merge
from labkit.views.scaling.judged import GROUPS, is_table, judge_groups, judge_table, measure_judged

MAX_CURVES = 12
MAX_POINTS = 64  # in one curve

# What `labkit eval --json` and the evaluations of test-time compute name their figures.
SAMPLED = re.compile(r"(pass|maj)@(\d{1,4})(?:, (.+))?")
BUDGET = re.compile(r"at most (\d{1,7}) tokens")
SENT_ON = re.compile(r"sent on \d{1,4} times")


def measure(source: Any) -> Measurement:
    """The curves of anything that a `ScalingView` takes.

    Raises:
        LabkitError: the source is of another kind, is empty, cannot be judged, or has too many curves.
    """
    labelled = isinstance(source, Mapping) and not is_table(source)
    result = _measure_mapping(source) if labelled else _measure_one(source, "")
    longest = max(len(curve.points) for curve in result.curves)
    if len(result.curves) > MAX_CURVES or longest > MAX_POINTS:
        raise BadArgument(
            f"ScalingView cannot show {len(result.curves)} curves of up to {longest} points.",
            why=f"it shows at most {MAX_CURVES} curves of at most {MAX_POINTS} points.",
            next="labkit.ScalingView({label: source for label, source in list(sources.items())[:6]})",
        )
    return result


def _measure_mapping(sources: Mapping[Any, Any]) -> Measurement:
    if not sources:
        raise _nothing("the mapping has no entry")
    return merge(_measure_one(source, str(label)) for label, source in sources.items())


def _measure_one(source: Any, label: str) -> Measurement:
    """The curves of one source; `label` is its key in a mapping."""
    if isinstance(source, str | Path):
        return measure_file(Path(source), label)
    if is_table(source):
        return measure_judged(judge_table(source), label)
    if isinstance(source, TraceGroup):
        return measure_judged(judge_groups([source]), label)
    items = list(source) if isinstance(source, Iterable) and not isinstance(source, Mapping | bytes) else None
    if items is None:
        raise _wrong(source)
    if not items:
        raise _nothing("the list is empty")
    if all(isinstance(item, TraceGroup) for item in items):
        return measure_judged(judge_groups(items), label)
    if all(isinstance(item, ScalingPoint) for item in items):
        return measure_points(items, label)
    raise _wrong(next((item for item in items if not isinstance(item, TraceGroup | ScalingPoint)), source))


def _nothing(why: str) -> BadArgument:
    return BadArgument("ScalingView has nothing to show.", why=f"{why}.", next=GROUPS)


def _wrong(value: Any) -> BadArgument:
    group = isinstance(value, Trace)
    return BadArgument(
        f"ScalingView cannot show {reprlib.repr(value)}.",
        why="the rollouts of one problem are a TraceGroup." if group
        else "it takes TraceGroups, a table of judged rollouts, ScalingPoints, an evaluation file, or a dict of these.",
        next="labkit.ScalingView(labkit.TraceGroup(tuple(traces)))" if group else GROUPS,
    )  # fmt: skip


# -- points and files --------------------------------------------------------------------------------


def measure_points(points: Sequence[ScalingPoint], label: str = "") -> Measurement:
    """Points as they are, one curve for each of their labels; the key of a mapping replaces a single label."""
    names = list(dict.fromkeys(point.label for point in points))
    curves = []
    for name in names:
        new = name if not label else label if len(names) == 1 else f"{label}, {name}"
        own = [replace(point, label=new) for point in points if point.label == name]
        curves.append(Curve(label or name, "accuracy", tuple(sorted(own, key=_place))))
    return Measurement(tuple(curves))


def _place(point: ScalingPoint) -> tuple[float, float]:
    return (point.k or 0, point.tokens or 0)


def measure_file(path: Path, label: str = "") -> Measurement:
    """The figures of an evaluation file: pass@k, maj@k, and budget forcing both ways.

    The file holds means over problems, so there is no paired difference. Other figures are left out.

    Raises:
        LabkitError: the file cannot be read, or it has no such figure.
    """
    name = label or (path.parent.name if path.stem == "metrics" else path.stem)
    try:
        metrics = read_metrics(path)
        points = list(points_of(metrics))
    except (OSError, UntrustedError, TypeError, KeyError, ValueError, BadArgument) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FileDamaged(
            f"{str(path)!r} is not an evaluation file ({first}).",
            why="labkit eval writes a list of figures, each with what, value, low, high and problems.",
            next="labkit eval r1-mini --json evaluation.json",
        ) from None
    if not points:
        raise FileDamaged(
            f"{str(path)!r} has no pass@k, no maj@k and no accuracy at a number of tokens.",
            why=f"its figures are {shorten(', '.join(metrics), 80) or 'none'}.",
            next="labkit eval r1-mini --json evaluation.json",
        )
    return Measurement(tuple(_file_curves(points, name, label)))


def points_of(metrics: Mapping[str, Metric]) -> Iterator[tuple[wire.Measure, ScalingPoint]]:
    """The points of an evaluation, each with its measure; labels are the settings that the figures name."""
    for what, metric in metrics.items():
        bounds = (metric.value, metric.low, metric.high, metric.problems)
        if match := SAMPLED.fullmatch(what):
            kind, k, setting = match[1], int(match[2]), match[3] or ""
            one = metrics.get(f"tokens, {setting}")
            tokens = None if one is None else k * one.value
            measure: wire.Measure = "pass@k" if kind == "pass" else "maj@k"
            yield measure, ScalingPoint(f"{measure}, {setting}" if setting else measure, k, tokens, *bounds)
        elif match := BUDGET.fullmatch(what):
            yield "accuracy", ScalingPoint("budget forcing, shorter", None, float(match[1]), *bounds)
        elif SENT_ON.fullmatch(what) and f"tokens, {what}" in metrics:
            yield (
                "accuracy",
                ScalingPoint("budget forcing, longer", None, metrics[f"tokens, {what}"].value, *bounds),
            )
        elif what == "greedy" and "tokens, greedy" in metrics:
            yield "accuracy", ScalingPoint("greedy", 1, metrics["tokens, greedy"].value, *bounds)


def _file_curves(
    points: Sequence[tuple[wire.Measure, ScalingPoint]], name: str, suffix: str
) -> Iterator[Curve]:
    """One curve for each label; `suffix` is the key of a mapping, and the name of a file with one serial curve."""
    labels = list(dict.fromkeys(point.label for _, point in points))
    serial = len(labels) == 1 and points[0][0] == "accuracy"
    for label in labels:
        new = (suffix if serial else f"{label}, {suffix}") if suffix else label
        own = [(measure, replace(point, label=new)) for measure, point in points if point.label == label]
        yield Curve(name, own[0][0], tuple(sorted((point for _, point in own), key=_place)))
