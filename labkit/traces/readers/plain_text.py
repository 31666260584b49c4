"""A text: one completion, with its tags if it has any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labkit.traces.readers.completion import Completion
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import Trace


def recognises(record: Any, _: Options) -> bool:
    """Whether it is a text."""
    return isinstance(record, str)


def read(record: Any, options: Options) -> Iterator[Trace]:
    """One trace."""
    yield Completion(text=record).trace(options)


PLAIN_TEXT = register(Reader("a text", "a completion as text", recognises, read))
