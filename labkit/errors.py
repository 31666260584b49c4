"""The error for problems that the user can fix, and its six kinds.

Every error of labkit is a `LabkitError`. The kinds are for programs, which catch one and let the others pass:

    try:
        model = labkit.load("http://127.0.0.1:8000/v1")
    except labkit.ServerError:
        model = labkit.load("r1-mini")

A notebook shows all of them as `LabkitError`.
"""

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

    def __init_subclass__(cls) -> None:
        """Gives every kind the display name `LabkitError`: notebooks print and save `__name__`.

        `__qualname__` is still the kind's own name; a plain traceback, `repr` and `pickle` use that.
        """
        super().__init_subclass__()
        cls.__name__ = "LabkitError"

    def __reduce__(self) -> tuple[Callable[..., LabkitError], tuple[type[LabkitError], str, str, str]]:
        """Makes the error picklable across processes, as its public kind; the default loses keyword arguments."""
        kind = next(kind for kind in type(self).__mro__ if kind.__module__ == __name__)
        return _restore, (kind, self.what, self.why, self.next)

    def _render_traceback_(self) -> list[str]:
        """The traceback that IPython shows: the message alone, without forty lines of labkit's code."""
        return [f"LabkitError: {self}"]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The display of a caught error in a notebook: also the message alone."""
        printer.text(f"LabkitError: {self}")


class ModelNotFound(LabkitError):
    """No model has this name: neither labkit nor the hub, this machine or the server has it.

    Example: `labkit.load("r1-maxi")`.
    """


class NotEnoughMemory(LabkitError):
    """A model or a call needs more memory than the machine or the GPU has left; nothing was allocated.

    Example: `labkit.load("r1-distill-qwen-7b")` on a machine with 4 GB.
    """


class ServerError(LabkitError):
    """A server does not answer, refuses, breaks off, or sends what a model server does not send.

    Example: `labkit.load("http://127.0.0.1:8000/v1")` while no server runs there.
    """


class BadArgument(LabkitError):
    """An argument is misspelt, missing, of a wrong type, or outside the values that are possible.

    Example: `model.think(prompt, temperature=-1)`.
    """


class Unsupported(LabkitError):
    """The model, the server or the engine cannot do what was asked, whatever the arguments.

    Example: `model.think(prompt, capture="qk")` where the model runs on a server.
    """


class FileDamaged(LabkitError):
    """A file is not what it should be: cut off, changed, of another version, or of another kind.

    Example: `labkit.Trace.load("half.trace.json")`.
    """


def _restore(kind: type[LabkitError], what: str, why: str, next: str) -> LabkitError:
    return kind(what, why=why, next=next)
