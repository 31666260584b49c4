"""labkit's own records: a trace, a group of traces, and a trace inside a record of `labkit.traces.writers`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import Trace


def recognises(record: Any, _: Options) -> bool:
    """Whether it is a trace or a group, or holds a trace under the key `labkit`."""
    own = isinstance(record, Mapping) and "version" in record and bool({"tokens", "traces"} & {*record})
    return own or _inner(record) is not None


def read(record: Any, _: Options) -> Iterator[Trace]:
    """The trace, or the traces of the group."""
    try:
        inner = _inner(record)
        if isinstance(inner, str):
            yield Trace.model_validate_json(inner)
            return
        for each in [inner] if inner else record.get("traces") or [record]:
            yield Trace.model_validate(each)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _inner(record: Any) -> Any:
    """labkit's own record in a row (as JSON), in trackio's metadata, or in verifiers' info; otherwise None."""
    if not isinstance(record, Mapping):
        return None
    places = (record, record.get("metadata"), record.get("info"))
    inner = (place.get("labkit") for place in places if isinstance(place, Mapping))
    return next((each for each in inner if _is_record(each)), None)


def _is_record(value: Any) -> bool:
    """Whether it is a trace as JSON or as an object; a notebook of labkit has other things under this key."""
    return value.startswith("{") if isinstance(value, str) else isinstance(value, Mapping) and "text" in value


LABKIT = register(Reader("labkit", "a trace or a group", recognises, read))
