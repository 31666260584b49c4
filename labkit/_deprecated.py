"""Old public names: each works for one more version, with a DeprecationWarning that gives the new name."""

from __future__ import annotations

from typing import Any
from warnings import warn


def renamed(old: str, new: str) -> Any:
    """A read-only property `old` that returns the attribute `new` and warns.

    >>> class Point:
    ...     x = 3
    ...     left = renamed("left", "x")
    >>> Point().left
    3
    """

    def get(self: Any) -> Any:
        warn(f"{type(self).__name__}.{old} is now called {new}.", DeprecationWarning, stacklevel=2)
        return getattr(self, new)

    return property(get, doc=f"The old name of `{new}`.")
