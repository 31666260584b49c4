"""The verdict of a judge on an answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True)
class Verdict:
    """The score of an answer, with its reason.

    Attributes:
        score: 0 to 1; None only if the gold of the problem is missing or unreadable.
        why: the reason, one sentence.
        span: characters `[start, end)` of the completion that were judged.
    """

    score: float | None
    why: str
    span: tuple[int, int] = (0, 0)

    @property
    def right(self) -> bool:
        """Whether the answer has the full score."""
        return self.score is not None and self.score >= 1.0

    def at(self, span: tuple[int, int]) -> Self:
        """A copy with the given span."""
        return replace(self, span=span)
