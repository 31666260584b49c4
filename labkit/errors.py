"""The one exception that a reader can put right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit._printable import printable


class LabkitError(Exception):
    """Something went wrong that the reader can put right.

    Args:
        what: what happened, with the values that caused it.
        why: the reason, in one clause.
        next: what to type or do next; where it is code, it works when pasted.

    >>> print(LabkitError("No prompt.", why="a model continues text.", next='model.think("...")'))
    No prompt.
      Why:  a model continues text.
      Next: model.think("...")
    """

    def __init__(self, what: str, *, why: str, next: str) -> None:
        what, why, next = (
            printable(what),
            printable(why),
            printable(next),
        )  # they repeat names and foreign text
        super().__init__(f"{what}\n  Why:  {why}\n  Next: {next}")
        self.what, self.why, self.next = what, why, next

    def __reduce__(self) -> tuple[Callable[..., LabkitError], tuple[type[LabkitError], str, str, str]]:
        """Lets the error come back from another process; an exception alone would lose its keywords."""
        return _again, (type(self), self.what, self.why, self.next)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the sentence alone. Forty lines of our own code would only hide it."""
        return [f"{type(self).__name__}: {self}"]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What a notebook shows of one that was caught: the sentence, too."""
        printer.text(f"{type(self).__name__}: {self}")


def _again(kind: type[LabkitError], what: str, why: str, next: str) -> LabkitError:
    return kind(what, why=why, next=next)
