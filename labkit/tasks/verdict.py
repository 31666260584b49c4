"""What a judge gives an answer, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True)
class Verdict:
    """How good an answer is.

    Attributes:
        score: 0 to 1; None only where the problem has no gold, or its gold cannot be read.
        why: one sentence.
        span: characters `[start, end)` of the completion that were judged.
    """

    score: float | None
    why: str
    span: tuple[int, int] = (0, 0)

    @property
    def right(self) -> bool:
        """Whether the answer is fully right."""
        return self.score is not None and self.score >= 1.0

    def at(self, span: tuple[int, int]) -> Self:
        """The same verdict, with the place that it is about."""
        return replace(self, span=span)
