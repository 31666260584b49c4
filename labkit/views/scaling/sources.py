"""Reads what a scaling view can show: groups of rollouts, points, an evaluation file, and a mapping of these."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from labkit._host.untrusted import UntrustedError
from labkit.errors import BadArgument, FileDamaged
from labkit.rewards import Outcome, bootstrap_interval, maj_at_k, outcome_of, pass_at_k
from labkit.traces import Trace, TraceGroup
from labkit.traces.text import is_text_only
from labkit.training.evaluation.metrics import Metric, read_metrics
from labkit.views.core.wording import shorten
from labkit.views.scaling import contract as wire
from labkit.views.scaling.data import Curve, Difference, Measurement, ScalingPoint, merge

MAX_CURVES = 12
MAX_POINTS = 64  # in one curve
GROUP = "model.sample(labkit.tasks.countdown.problems(1)[0], n=16)"
NEXT = "labkit.ScalingView([model.sample(p, n=16) for p in labkit.tasks.countdown.problems(20)])"

# What `labkit eval --json` and the evaluations of test-time compute name their figures.
SAMPLED = re.compile(r"(pass|maj)@(\d{1,4})(?:, (.+))?")
BUDGET = re.compile(r"at most (\d{1,7}) tokens")
SENT_ON = re.compile(r"sent on \d{1,4} times")


def measure(source: Any) -> Measurement:
    """The curves of anything that a `ScalingView` takes.

    Raises:
        LabkitError: the source is of another kind, is empty, cannot be judged, or has too many curves.
    """
    result = _measure_mapping(source) if isinstance(source, Mapping) else _measure_one(source, "")
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
    if isinstance(source, TraceGroup):
        return measure_groups([source], label)
    items = list(source) if isinstance(source, Iterable) and not isinstance(source, Mapping | bytes) else None
    if items is None:
        raise _wrong(source)
    if not items:
        raise _nothing("the list is empty")
    if all(isinstance(item, TraceGroup) for item in items):
        return measure_groups(items, label)
    if all(isinstance(item, ScalingPoint) for item in items):
        return measure_points(items, label)
    raise _wrong(next((item for item in items if not isinstance(item, TraceGroup | ScalingPoint)), source))


def _nothing(why: str) -> BadArgument:
    return BadArgument("ScalingView has nothing to show.", why=f"{why}.", next=NEXT)


def _wrong(value: Any) -> BadArgument:
    group = isinstance(value, Trace)
    return BadArgument(
        f"ScalingView cannot show {reprlib.repr(value)}.",
        why="the rollouts of one problem are a TraceGroup." if group
        else "it takes a TraceGroup, a list of them, ScalingPoints, an evaluation file, or a dict of these by label.",
        next="labkit.ScalingView(labkit.TraceGroup(tuple(traces)))" if group else NEXT,
    )  # fmt: skip


# -- groups of rollouts ------------------------------------------------------------------------------


def measure_groups(groups: Sequence[TraceGroup], label: str = "") -> Measurement:
    """pass@k and maj@k of rollouts, one group for each problem, with bootstrap intervals over problems.

    k runs over the powers of two up to the number of rollouts of the smallest group, and that number.

    Args:
        groups: the rollouts of each problem; each problem travels with its traces.
        label: the name of this source; empty for a single source.

    Raises:
        LabkitError: a group is empty, has several prompts, or a rollout cannot be judged.
    """
    outcomes = [outcomes_of(group) for group in groups]
    counts = [len(group) for group in groups]
    ks, one = ks_up_to(min(counts)), tokens_of(groups)
    right = [[bool(outcome.correct) for outcome in row] for row in outcomes]
    answers = [[outcome.answer for outcome in row] for row in outcomes]
    passed = {k: [float(pass_at_k([row], k)[0]) for row in right] for k in ks}
    voted = {k: [maj_at_k(a, r, k) for a, r in zip(answers, right, strict=True)] for k in ks}
    curves = [
        curve_of(label, "pass@k", passed, one),
        *([curve_of(label, "maj@k", voted, one)] if len(ks) > 1 else []),
    ]
    differences = [difference_of(label, ks[-1], voted[ks[-1]], passed[1])] if len(ks) > 1 else []
    models = tuple(dict.fromkeys(trace.model for group in groups for trace in group))
    return Measurement(tuple(curves), tuple(differences), models, tuple(counts))


def outcomes_of(group: TraceGroup) -> list[Outcome]:
    """The outcome of each rollout, judged by the problem of its trace.

    Raises:
        LabkitError: the group is empty, has several prompts, or a rollout cannot be judged.
    """
    if not len(group):
        raise _nothing("a group has no rollouts")
    prompts = {trace.prompt for trace in group}
    if len(prompts) > 1:
        raise BadArgument(
            f"A group of {len(group)} rollouts has {len(prompts)} prompts.",
            why="a group holds the rollouts of one problem.",
            next="labkit.ScalingView([labkit.TraceGroup(tuple(traces)) for traces in by_problem])",
        )
    outcomes = [outcome_of(trace) for trace in group]
    for number, outcome in enumerate(outcomes):
        if outcome.correct is None:
            raise BadArgument(
                f"Rollout {number} of {shorten(group.prompt, 50)!r} cannot be judged.",
                why="its trace carries no problem of a registered task.",
                next=GROUP,
            )
    return outcomes


def ks_up_to(n: int) -> list[int]:
    """The powers of two below n, and n.

    >>> ks_up_to(16), ks_up_to(6), ks_up_to(1)
    ([1, 2, 4, 8, 16], [1, 2, 4, 6], [1])
    """
    return [*(2**i for i in range(n.bit_length()) if 2**i < n), n]


def tokens_of(groups: Sequence[TraceGroup]) -> float | None:
    """The mean number of tokens of one rollout, over problems; None if the traces came as text or are empty."""
    if any(is_text_only(trace) for group in groups for trace in group):
        return None
    return float(np.mean([np.mean([len(trace) for trace in group]) for group in groups])) or None


def curve_of(
    label: str, measure: wire.Measure, values: Mapping[int, list[float]], tokens: float | None
) -> Curve:
    """The mean over problems at each k, with its interval; k samples take k times the tokens of one."""
    name = f"{measure}, {label}" if label else measure
    points = [
        ScalingPoint(name, k, None if tokens is None else k * tokens, *mean_of(row), len(row))
        for k, row in values.items()
    ]
    return Curve(label, measure, tuple(points))


def mean_of(values: Sequence[float]) -> tuple[float, float | None, float | None]:
    """The mean over problems, and the ends of its 95 % bootstrap interval; one problem has no interval."""
    mean = min(1.0, max(0.0, float(np.mean(values))))
    if len(values) == 1:
        return mean, None, None
    low, high = bootstrap_interval(values)
    return mean, max(0.0, low), min(1.0, high)


def difference_of(label: str, k: int, voted: Sequence[float], one: Sequence[float]) -> Difference:
    """The difference of two measures on the same problems: problems are resampled in pairs."""
    gains = np.subtract(voted, one)
    interval = bootstrap_interval(gains) if len(gains) > 1 else None
    return Difference(label, k, float(gains.mean()), interval, len(gains))


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
    return Measurement(tuple(_file_curves(points, name)))


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


def _file_curves(points: Sequence[tuple[wire.Measure, ScalingPoint]], name: str) -> Iterator[Curve]:
    for label in dict.fromkeys(point.label for _, point in points):
        own = [(measure, replace(p, label=f"{p.label}, {name}")) for measure, p in points if p.label == label]
        yield Curve(name, own[0][0], tuple(sorted((p for _, p in own), key=_place)))
