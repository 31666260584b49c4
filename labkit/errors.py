"""The one exception type for problems that the user can fix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit._printable import printable


class LabkitError(Exception):
    """A problem that the user can fix.

    Args:
        what: what happened, with the values that caused it.
        why: the reason, in one clause.
        next: what to type or do next; code in it works when pasted.

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
        )  # these sentences contain names and text from outside
        super().__init__(f"{what}\n  Why:  {why}\n  Next: {next}")
        self.what, self.why, self.next = what, why, next

    def __reduce__(self) -> tuple[Callable[..., LabkitError], tuple[type[LabkitError], str, str, str]]:
        """Makes the error picklable across processes; the default would lose its keyword arguments."""
        return _again, (type(self), self.what, self.why, self.next)

    def _render_traceback_(self) -> list[str]:
        """The traceback that IPython shows: the message alone, without forty lines of labkit's code."""
        return [f"{type(self).__name__}: {self}"]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The display of a caught error in a notebook: also the message alone."""
        printer.text(f"{type(self).__name__}: {self}")


def _again(kind: type[LabkitError], what: str, why: str, next: str) -> LabkitError:
    return kind(what, why=why, next=next)
