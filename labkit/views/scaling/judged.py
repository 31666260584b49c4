"""Judged rollouts of many problems, and their curves: pass@k and maj@k with intervals over problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.errors import BadArgument
from labkit.rewards import Outcome, bootstrap_interval, maj_at_k, outcome_of, pass_at_k
from labkit.traces import TraceGroup
from labkit.traces.text import is_text_only
from labkit.views.core.wording import shorten
from labkit.views.scaling import contract as wire
from labkit.views.scaling.data import Curve, Difference, Measurement, ScalingPoint, mean_of

GROUP = "model.sample(labkit.tasks.countdown.problems(1)[0], n=16)"
GROUPS = "labkit.ScalingView([model.sample(p, n=16) for p in labkit.tasks.countdown.problems(20)])"
TABLE = 'labkit.ScalingView({"right": [[1, 0]], "answer": [["24", "23"]], "tokens": [[90, 80]]})'
COLUMNS = ("right", "tokens")  # what makes a mapping a table


@dataclass(frozen=True)
class Judged:
    """The rollouts of each problem, (problems, n); n may differ between problems.

    Attributes:
        right: whether each rollout is right.
        answers: its answer in canonical spelling, empty if it has none; None if the answers are not known.
        tokens: mean number of tokens of one rollout, over problems; None if it is not known.
        models: names of the models.
    """

    right: list[list[bool]]
    answers: list[list[str]] | None
    tokens: float | None
    models: tuple[str, ...] = ()

    def passed(self, k: int) -> list[float]:
        """pass@k of each problem."""
        return [float(pass_at_k([row], k)[0]) for row in self.right]

    def voted(self, k: int) -> list[float]:
        """maj@k of each problem."""
        return [maj_at_k(a, r, k) for a, r in zip(self.answers or [], self.right, strict=True)]


def measure_judged(judged: Judged, label: str) -> Measurement:
    """pass@k, maj@k and their paired difference.

    k runs over the powers of two up to the number of rollouts of the problem with the fewest, and that number.
    There is no maj@k if that number is 1 or the answers are not known.
    """
    counts = tuple(map(len, judged.right))
    ks = ks_up_to(min(counts))
    curves = [curve_of(label, "pass@k", {k: judged.passed(k) for k in ks}, judged.tokens)]
    differences = []
    if len(ks) > 1 and judged.answers is not None:
        voted = {k: judged.voted(k) for k in ks}
        curves.append(curve_of(label, "maj@k", voted, judged.tokens))
        differences.append(difference_of(label, ks[-1], voted[ks[-1]], judged.passed(1)))
    return Measurement(tuple(curves), tuple(differences), judged.models, counts)


def ks_up_to(n: int) -> list[int]:
    """The powers of two below n, and n.

    >>> ks_up_to(16), ks_up_to(6), ks_up_to(1)
    ([1, 2, 4, 8, 16], [1, 2, 4, 6], [1])
    """
    return [*(2**i for i in range(n.bit_length()) if 2**i < n), n]


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


def difference_of(label: str, k: int, voted: Sequence[float], one: Sequence[float]) -> Difference:
    """The difference of two measures on the same problems: problems are resampled in pairs."""
    gains = np.subtract(voted, one)
    interval = bootstrap_interval(gains) if len(gains) > 1 else None
    return Difference(label, k, float(gains.mean()), interval, len(gains))


# -- rollouts as traces ------------------------------------------------------------------------------


def judge_groups(groups: Sequence[TraceGroup]) -> Judged:
    """Judges the rollouts of each problem; the problem travels with the traces.

    Raises:
        LabkitError: a group is empty, has several prompts, or a rollout cannot be judged.
    """
    outcomes = [outcomes_of(group) for group in groups]
    return Judged(
        [[bool(outcome.correct) for outcome in row] for row in outcomes],
        [[outcome.answer for outcome in row] for row in outcomes],
        tokens_of(groups),
        tuple(dict.fromkeys(trace.model for group in groups for trace in group)),
    )


def outcomes_of(group: TraceGroup) -> list[Outcome]:
    """The outcome of each rollout, judged by the problem of its trace.

    Raises:
        LabkitError: the group is empty, has several prompts, or a rollout cannot be judged.
    """
    if not len(group):
        raise BadArgument("ScalingView has nothing to show.", why="a group has no rollouts.", next=GROUPS)
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


def tokens_of(groups: Sequence[TraceGroup]) -> float | None:
    """The mean number of tokens of one rollout, over problems; None if the traces came as text or are empty."""
    if any(is_text_only(trace) for group in groups for trace in group):
        return None
    return float(np.mean([np.mean([len(trace) for trace in group]) for group in groups])) or None


# -- rollouts as a table -----------------------------------------------------------------------------


def is_table(source: Any) -> bool:
    """Whether a mapping is a table of judged rollouts, not one of labels."""
    return isinstance(source, Mapping) and all(name in source for name in COLUMNS)


def judge_table(table: Mapping[str, Any]) -> Judged:
    """Reads a table of rollouts that were judged before; other columns are left out.

    Args:
        table: `"right"` of 0 and 1, `"tokens"`, and perhaps `"answer"`: (problems, n) each.

    Raises:
        LabkitError: a column has another shape, or other values.
    """
    right, tokens = column(table, "right"), column(table, "tokens")
    answers = None if table.get("answer") is None else column(table, "answer", object)
    for name, given in (("tokens", tokens), ("answer", answers)):
        if given is not None and given.shape != right.shape:
            raise bad_column(name, f"its shape is {given.shape}, and that of right is {right.shape}")
    if not np.isin(right, (0, 1)).all():
        raise bad_column("right", "a rollout is right, 1, or wrong, 0")
    if not (np.isfinite(tokens).all() and (tokens >= 0).all()):
        raise bad_column("tokens", "tokens are counted from 0")
    one = float(tokens.mean()) or None
    return Judged(right.astype(bool).tolist(), None if answers is None else spelled(answers), one)


def spelled(answers: NDArray[Any]) -> list[list[str]]:
    """Answers as texts; None becomes empty, which does not vote."""
    return [["" if answer is None else str(answer) for answer in row] for row in answers.tolist()]


def column(table: Mapping[str, Any], name: str, kind: type = float) -> NDArray[Any]:
    """One column as an array, (problems, n)."""
    try:
        values: NDArray[Any] = np.array(table[name], dtype=kind)
    except (TypeError, ValueError):
        raise bad_column(name, "it is not a table of numbers with rows of one length") from None
    if values.ndim != 2 or not values.size:
        raise bad_column(name, f"its shape is {values.shape}, and a column has the shape (problems, n)")
    return values


def bad_column(name: str, why: str) -> BadArgument:
    """The error for a column of a table."""
    return BadArgument(f"ScalingView cannot read the column {name!r}.", why=f"{why}.", next=TABLE)
