"""Several rollouts of one prompt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from labkit._names import no_attribute
from labkit.traces.trace import Trace


@dataclass(frozen=True)
class TraceGroup:
    """The rollouts of one prompt, in order; acts as a sequence of `Trace`."""

    traces: tuple[Trace, ...]

    if not TYPE_CHECKING:  # a type checker must still see the declared names

        def __getattr__(self, name: str) -> Any:
            """Raises an error that names the nearest attribute; called for unknown names."""
            if name.startswith("_"):
                raise AttributeError(name)
            raise no_attribute(self, name)

    @property
    def prompt(self) -> str:
        """The prompt of all rollouts."""
        return self.traces[0].prompt if self.traces else ""

    def __len__(self) -> int:
        return len(self.traces)

    def __iter__(self) -> Iterator[Trace]:
        return iter(self.traces)

    @overload
    def __getitem__(self, index: int) -> Trace: ...
    @overload
    def __getitem__(self, index: slice) -> TraceGroup: ...
    def __getitem__(self, index: int | slice) -> Trace | TraceGroup:
        return TraceGroup(self.traces[index]) if isinstance(index, slice) else self.traces[index]

    def __repr__(self) -> str:
        ends = {finish: sum(t.finish == finish for t in self) for finish in ("stop", "length", "interrupted")}
        endings = ", ".join(f"{n} {finish}" for finish, n in ends.items() if n)
        return f"TraceGroup({len(self)} rollouts of {self.prompt!r}: {endings})"
