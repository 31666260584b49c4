"""The interface of a problem of any task."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Problem(Protocol):
    """A question for a model, whose answers can be judged."""

    @property
    def prompt(self) -> str:
        """The question in the wording for the model."""

    @property
    def columns(self) -> dict[str, Any]:
        """The columns for reward functions, by name."""

    def verify(self, answer: str, /) -> bool:
        """Whether a completion gives the right answer; accepts any text."""
