"""Several rollouts of one prompt.

Schema version 1, one JSON object in `*.group.json`: the version and the traces, each as in `*.trace.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from pydantic import ValidationError

from labkit._arguments import checks_arguments
from labkit._host.atomic_write import write_text
from labkit._host.paths import suffixed_path, typed_path
from labkit._host.untrusted import MB, read_json
from labkit._names import no_attribute
from labkit.errors import FileDamaged
from labkit.traces.selection import TraceSequence
from labkit.traces.trace import Trace

VERSION = 1
MAX_BYTES = 256 * MB  # bytes of a file
SUFFIX = ".group.json"


@dataclass(frozen=True)
class TraceGroup(TraceSequence):
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

    @checks_arguments
    def save(self, path: str | Path) -> Path:
        """Writes the group into `NAME.group.json`, whole or not at all, and returns the path.

        JupyterLab opens the file as a table of rollouts, in which two can be compared.

        Raises:
            LabkitError: the disk is full, or the folder missing or read-only, or `path` is not a path.
        """
        path = suffixed_path(path, SUFFIX, what="A group", next='group.save("my.group.json")')
        record = {"version": VERSION, "traces": [trace.as_record() for trace in self]}
        write_text(path, json.dumps(record) + "\n", what="group", retry_hint="group.save({})")
        return path

    @classmethod
    @checks_arguments
    def load(cls, path: str | Path) -> TraceGroup:
        """Reads a group that `save` wrote.

        Raises:
            LabkitError: the file is missing or broken.
        """
        path = typed_path(path, next='labkit.TraceGroup.load("my.group.json")')
        try:
            record = read_json(path, MAX_BYTES)
            if not isinstance(record, dict) or record.get("version") != VERSION:
                raise ValueError(f"it does not hold a group of version {VERSION}")
            return cls(tuple(Trace.model_validate(trace) for trace in record["traces"]))
        except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
            raise FileDamaged(
                f"{path.name} is not a group that can be read.",
                why=str(error).splitlines()[0] if str(error) else type(error).__name__,
                next="group.save(...) writes a good one",
            ) from None

    def __repr__(self) -> str:
        ends = {finish: sum(t.finish == finish for t in self) for finish in ("stop", "length", "interrupted")}
        endings = ", ".join(f"{n} {finish}" for finish, n in ends.items() if n)
        return f"TraceGroup({len(self)} rollouts of {self.prompt!r}: {endings})"
