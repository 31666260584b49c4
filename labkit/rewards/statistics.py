"""pass@k, maj@k, success rates and their confidence intervals, from n samples a problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.traces.intervals import wilson_interval


@checks_arguments
def pass_at_k(right: ArrayLike, k: int) -> NDArray[np.float64]:
    """The unbiased estimate of the chance that one of k samples is right, for each problem.

        pass@k = 1 - C(n - c, k) / C(n, k) = 1 - prod_{i = n-c+1..n} (1 - k / i)
                                                    (Chen et al., arXiv 2107.03374)

    Args:
        right: (problems, n) of 0 and 1, 1 for a right sample; a row has c ones.
        k: 1 to n.

    Returns:
        Shape (problems,); papers report its mean.

    Raises:
        LabkitError: k is not between 1 and n.

    >>> pass_at_k([[1, 1, 1, 1] + [0] * 12], 4).round(3).tolist()
    [0.728]
    """
    table = np.asarray(right, dtype=float)
    n = table.shape[1]
    if not 1 <= k <= n:
        raise BadArgument(f"pass@{k} cannot be estimated from {n} samples a problem.",
                          why="k runs from 1 to the number of samples.", next=f"pass_at_k(right, {n})")  # fmt: skip
    wrong = n - table.sum(1)
    drawn = np.arange(k)
    # C(n - c, k) / C(n, k) as a product of k fractions; a negative factor means c > n - k.
    return 1 - np.clip((wrong[:, None] - drawn) / (n - drawn), 0, 1).prod(1)


@checks_arguments
def maj_at_k(answers: Sequence[str | None], right: Sequence[bool | None], k: int) -> float:
    """The exact chance that the majority of k samples is right, over all draws of k from the n samples.

    The most frequent answer wins (self-consistency, arXiv 2203.11171; `cons@k` in R1). Ties are broken
    at random: each of three leading answers wins a third of the time. Samples without an answer do not
    vote; without votes, the outcome is wrong.

    Args:
        answers: (n,), in canonical spelling (`labkit.rewards.outcome_of`); empty or None for no answer.
        right: (n,), whether each answer is right; equal answers must agree.
        k: 1 to n.

    Raises:
        LabkitError: k is not between 1 and n, or answers and right differ in length.

    >>> maj_at_k(["24", "24", "23"], [True, True, False], 3), maj_at_k(["24", "23"], [True, False], 2)
    (1.0, 0.5)
    """
    n = len(answers)
    if not 1 <= k <= n or len(right) != n:
        raise BadArgument(
            f"maj@{k} cannot be computed from {n} answers, of which {len(right)} are judged.",
            why="k runs from 1 to the number of answers, and each is judged.",
            next="maj_at_k(answers, right, len(answers))",
        )
    votes = Counter(answer for answer in answers if answer)
    correct = {answer for answer, good in zip(answers, right, strict=True) if answer and good}
    silent = n - votes.total()
    won = sum(
        _wins(votes[answer], [v for other, v in votes.items() if other != answer], silent, k)
        for answer in correct
    )
    return won / comb(n, k)


def _wins(own: int, others: Sequence[int], silent: int, k: int) -> float:
    """The number of draws of k in which an answer with `own` votes leads; a tie with t others counts 1 / (1 + t)."""
    total = 0.0
    for lead in range(1, min(own, k) + 1):
        # ways[t][d]: ways in which the others and the samples without an answer fill d places, t tied at `lead`.
        ways = [[comb(silent, d) for d in range(k - lead + 1)]]
        for votes in others:
            ways = _add(ways, votes, lead)
        total += comb(own, lead) * sum(row[k - lead] / (1 + t) for t, row in enumerate(ways))
    return total


def _add(ways: list[list[int]], votes: int, lead: int) -> list[list[int]]:
    """Adds one answer: either fewer than `lead` of its votes are drawn, or exactly `lead`, which is a tie."""
    rows, width = len(ways), len(ways[0])
    below = [comb(votes, j) for j in range(min(lead, width))]
    out = [[0] * width for _ in range(rows + (votes >= lead and rows * lead < width))]
    for t, row in enumerate(ways):
        for d, count in enumerate(row):
            for j, choose in enumerate(below[: width - d]):
                out[t][d + j] += count * choose
            if votes >= lead and d + lead < width and count:
                out[t + 1][d + lead] += count * comb(votes, lead)
    return out


@checks_arguments
def bootstrap_interval(values: ArrayLike, *, draws: int = 4_000, seed: int = 0) -> tuple[float, float]:
    """The 95 % bootstrap interval of a mean over problems: problems are resampled with replacement.

    >>> bootstrap_interval([1.0] * 10)
    (1.0, 1.0)
    """
    x = np.asarray(values, dtype=float)
    resampled = np.random.default_rng(seed).integers(len(x), size=(draws, len(x)))
    low, high = np.quantile(x[resampled].mean(1), [0.025, 0.975])
    return float(low), float(high)


@checks_arguments
def wilson(right: int, n: int, *, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % Wilson interval of a share, valid for few samples: never empty, always within 0 to 1.

        (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)       (Wilson 1927)

    A bootstrap of eight right answers gives 100 % with an empty interval; the Wilson interval is realistic.

    Args:
        right: number of right samples, 0 to n.
        n: number of samples; 0 gives the interval (0, 1).

    >>> [round(edge, 2) for edge in wilson(8, 8)]
    [0.68, 1.0]
    """
    return wilson_interval(right, n, z)


@dataclass(frozen=True)
class SuccessRate:
    """The number of right rollouts of `n`, with the 95 % interval of the share (Wilson)."""

    right: int
    n: int

    @property
    def value(self) -> float:
        """The share, 0 to 1; nan if `n` is 0."""
        return self.right / self.n if self.n else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share."""
        return wilson(self.right, self.n)

    def __repr__(self) -> str:
        return f"SuccessRate({self})"

    def __str__(self) -> str:
        low, high = self.interval
        if not self.n:
            return "none sampled"
        return f"{self.right} of {self.n} correct ({self.value:.0%}, 95 % interval {low:.0%} to {high:.0%})"
