"""The texts and the geometry of a reward view's saved outputs; the live view has the same."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.rewards import has_signal
from labkit.rewards.advantages import Kind

NAMES: dict[Kind, str] = {"grpo": "GRPO", "dr-grpo": "Dr. GRPO", "rloo": "RLOO"}
UNJUDGED = "cannot be judged"

Bars = list[tuple[int, float, float]]  # (rule, from, to), in units of reward


def number(value: float | None, *, sign: bool = False) -> str:
    """A value with two decimals and a minus sign (U+2212); `?` if it cannot be judged.

    >>> number(-0.5), number(0.25, sign=True), number(None)
    ('−0.50', '+0.25', '?')
    """
    if value is None:
        return "?"
    value = 0.0 if abs(value) < 0.005 else value
    return f"{value:{'+' if sign and value else ''}.2f}".replace("-", "−")


def lesson(rewards: Sequence[float | None], kind: Kind) -> str:
    """What the policy learns from the group, in one sentence."""
    known = [r for r in rewards if r is not None]
    if not known:
        return "None of these rollouts can be judged by these rules: the group teaches nothing."
    if len(known) < 2:
        return "Only one rollout can be judged, and there is nothing to compare it with: it teaches nothing."
    mean = sum(known) / len(known)
    spread = (sum((r - mean) ** 2 for r in known) / len(known)) ** 0.5
    if not has_signal(rewards):
        rollouts = "Both" if len(known) == 2 else f"All {len(known)}"
        return f"{rollouts} earned {number(known[0])}: every advantage is 0, so this group teaches nothing."
    formula = {
        "grpo": f"A = (reward − {number(mean)}) / {number(spread)}",
        "dr-grpo": f"A = reward − {number(mean)}",
        "rloo": "A = reward − mean of the others",
    }[kind]
    return f"Mean {number(mean)}, spread {number(spread)}. {NAMES[kind]}: {formula}."


def bars(values: Sequence[float | None], weights: Sequence[float]) -> Bars:
    """The stacked bars of a rollout: rewards to the right of 0, penalties to the left."""
    stacked: Bars = []
    up = down = 0.0
    for rule, (value, weight) in enumerate(zip(values, weights, strict=True)):
        amount = weight * value if value is not None else 0.0
        if amount > 0:
            stacked.append((rule, up, up + amount))
            up += amount
        elif amount < 0:
            stacked.append((rule, down + amount, down))
            down += amount
    return stacked


def extent(rows: Sequence[Bars]) -> tuple[float, float]:
    """The lowest and highest end of all bars, 0 included."""
    ends = [edge for row in rows for _, a, b in row for edge in (a, b)]
    return min([0.0, *ends]), max([0.0, *ends]) or 1.0


def order(
    rewards: Sequence[float | None], advantages: Sequence[float], counts: Sequence[int], sort: str, down: bool
) -> list[int]:
    """The rows sorted by a column; rows that cannot be judged come last, and the sort is stable."""
    column: dict[str, Sequence[float | None]] = {"reward": rewards, "advantage": advantages, "tokens": counts}
    values = column.get(sort, list(range(len(rewards))))

    def key(row: int) -> tuple[bool, float]:
        value = values[row]
        unjudged_last = rewards[row] is None and sort not in ("number", "tokens")
        return unjudged_last, 0 if value is None else -value if down else value

    return sorted(range(len(rewards)), key=key)
