"""What a judge gives an answer, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """What a judge gives an answer.

    Attributes:
        value: 0 to 1; None only where the problem has no gold, or its gold cannot be read.
        why: one sentence.
    """

    value: float | None
    why: str
