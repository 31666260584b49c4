"""What a problem of any task has."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Problem(Protocol):
    """A question that a model can be asked and whose answers can be judged."""

    @property
    def prompt(self) -> str:
        """The question as the model is asked it."""

    @property
    def columns(self) -> dict[str, Any]:
        """What reward functions need to know of it, by name."""

    def verify(self, answer: str, /) -> bool:
        """Whether a completion answers it rightly; takes any text at all."""
