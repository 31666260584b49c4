"""Converts a run to the scene of a training view."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from labkit.errors import BadArgument
from labkit.training.rl.diagnosis import diagnose
from labkit.training.run import KeptRollout, Run
from labkit.views.core.axes import percent
from labkit.views.core.packing import key_of
from labkit.views.core.wording import plural
from labkit.views.training import contract as wire

# Measure, title, unit, decimals, whether it is a share. Held-out pass@1 comes first; its data are the checks.
CURVES = (
    ("reward", "reward", "", 2, False),
    ("length", "length", "tokens", 0, False),
    ("entropy", "entropy", "nats a token", 3, False),
    ("kl", "KL to the start", "nats", 4, False),
    ("clipped", "past the clip", "of tokens", 1, True),
    ("same", "flat groups", "no spread", 0, True),
)
STATES = {
    "done": "done",
    "stopped": "stopped",
    "nan": "ended: a number was NaN or infinite",
    "running": "training",
}


def scene_of(run: Run, total_steps: int) -> wire.Scene:
    """The labels of a training view; `total_steps` is the number of steps at the run's end."""
    return wire.Scene(
        model=run.name, task=run.task, wanted=max(total_steps, len(run)), state=run.status, summary=summary(run),
        curves=[
            wire.Curve(name=name, title=title, unit=unit, digits=digits, percent=percent,
                       values=[finite(v) for v in run.columns[name]])
            for name, title, unit, digits, percent in CURVES
        ],
        checks=[
            wire.Check(step=c.step, value=c.pass1, low=c.low, high=c.high, problems=c.problems) for c in run.checks
        ],
        watched=thoughts(run.watched), kept=thoughts(run.kept),
        findings=[wire.Finding(**vars(f)) for f in diagnose(run)],
    )  # fmt: skip


def thoughts(rollouts: Sequence[KeptRollout]) -> list[wire.Thought]:
    """One line per thought."""
    return [
        wire.Thought(key=key_of(r.trace), step=r.step, right=r.right, reward=r.reward, advantage=r.advantage,
                     count=len(r.trace), prompt=r.trace.prompt)
        for r in rollouts
    ]  # fmt: skip


def thought_of(run: Run, which: wire.Which, index: int) -> KeptRollout:
    """A thought of the run.

    Raises:
        LabkitError: the thought does not exist.
    """
    rollouts = run.watched if which == "watched" else run.kept
    if index < len(rollouts):
        return rollouts[index]
    raise BadArgument(
        f"This run has no thought {index} of those {which}.",
        why=f"it has {len(rollouts)}, counted from 0.",
        next=f"run.{which}[0]",
    )


def first_and_last(run: Run) -> list[KeptRollout]:
    """The first and the last thought about the watched problem; one if there is one."""
    return [run.watched[i] for i in sorted({0, len(run.watched) - 1}) if run.watched]


def progress_text(run: Run) -> str:
    """The number of steps and the run's state."""
    return f"{plural(len(run), 'step')}, {STATES[run.status]}"


def summary(run: Run) -> str:
    """The run in one sentence: its progress in the main measure."""
    if not run.checks:
        return "No held-out problem was judged yet."
    first, last = run.checks[0], run.checks[-1]
    if last is first:
        return f"Before training, {percent(first.pass1)} of {first.problems} held-out problems are solved (pass@1)."
    points = round(100 * (last.pass1 - first.pass1))
    interval = f"({percent(last.low)} to {percent(last.high)}, {last.problems} problems)"
    if not points:
        return f"Held-out pass@1 stayed near {percent(last.pass1)} {interval}."
    change = f"rose by {points}" if points > 0 else f"fell by {-points}"
    ends = f"from {percent(first.pass1)} to {percent(last.pass1)}"
    paired = first.change_to(last)
    # Two intervals that overlap decide nothing: the problems are the same, so the difference has its own interval.
    difference = f"; the difference: {100 * paired[0]:+.0f} to {100 * paired[1]:+.0f}" if paired else ""
    return f"Held-out pass@1 {change} points, {ends} {interval}{difference}."


def number(curve: wire.Curve, value: float | None) -> str:
    """A value of a curve as text; a nonzero value is never shown as zero.

    >>> share = wire.Curve(name="cut", title="cut", unit="", digits=0, percent=True, values=[])
    >>> number(share, 0.25), number(share, 0.001), number(share, 0), number(share, None)
    ('25 %', '<1 %', '0 %', '–')
    """
    if value is None:
        return "–"
    scaled, unit = (100 * value, " %") if curve.percent else (value, "")
    if scaled == 0:
        return f"0{unit}"
    smallest = 10.0**-curve.digits
    if abs(scaled) < smallest / 2:
        return f"{'−' if scaled < 0 else ''}<{smallest:.{curve.digits}f}{unit}"
    rounded = Decimal(scaled).quantize(Decimal(1).scaleb(-curve.digits), ROUND_HALF_UP)  # as in the browser
    return f"{rounded:,}{unit}".replace("-", "−")


def finite(value: float) -> float | None:
    """The number, or None if it is NaN or infinite."""
    return value if math.isfinite(value) else None


def span(values: Sequence[float | None], percent: bool, digits: int) -> tuple[float, float]:
    """The range of an axis: from zero to slightly above the maximum, at least ten units of the last decimal."""
    known = [v for v in values if v is not None]
    if percent:
        return 0.0, max([0.05, *known])
    low, high = min([0.0, *known]), max([10.0 ** (1 - digits), *known])
    return low, high + 0.06 * (high - low)
