"""labkit's own records: a trace, or a group of traces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import Trace


def recognises(record: Any, _: Options) -> bool:
    """Whether it has the version and the tokens of a trace, or traces."""
    return isinstance(record, Mapping) and "version" in record and bool({"tokens", "traces"} & {*record})


def read(record: Any, _: Options) -> Iterator[Trace]:
    """The trace, or the traces of the group."""
    try:
        for each in record.get("traces") or [record]:
            yield Trace.model_validate(each)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


LABKIT = register(Reader("labkit", "a trace or a group", recognises, read))
