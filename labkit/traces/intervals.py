"""The Wilson interval of a share, for `labkit.rewards.wilson` and for answers about many thoughts."""

from __future__ import annotations


def wilson_interval(right: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """The Wilson interval of the share `right / n`, by default of 95 %; (0, 1) if n is 0.

        (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)       (Wilson 1927)

    >>> [round(edge, 2) for edge in wilson_interval(8, 8)]
    [0.68, 1.0]
    """
    if n == 0:
        return 0.0, 1.0
    p, w = right / n, z * z / n
    half = z * (p * (1 - p) / n + w / (4 * n)) ** 0.5
    return max(0.0, (p + w / 2 - half) / (1 + w)), min(1.0, (p + w / 2 + half) / (1 + w))
