"""labkit's own records: a trace, a group of traces, and a trace inside a record of `labkit.traces.writers`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit._host.untrusted import parse_json
from labkit.traces.families import named
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.trace import VERSION, Trace
from labkit.traces.trace_file import newer_version


def recognises(record: Any, _: Options) -> bool:
    """Whether it is a trace or a group, or holds a trace under the key `labkit`."""
    own = isinstance(record, Mapping) and "version" in record and bool({"tokens", "traces"} & {*record})
    return own or _inner(record) is not None


def read(record: Any, options: Options) -> Iterator[Trace]:
    """The trace, or the traces of the group, with the family and the tags of the options, if there are any."""
    inner = _inner(record)
    if isinstance(inner, str):
        inner = parse_json(inner)
    for each in [inner] if inner else record.get("traces") or [record]:
        if newer := newer_version(each, VERSION):
            raise ValueError(f"it is {newer}")
        yield _with_options(Trace.model_validate(each), options)


def _with_options(trace: Trace, options: Options) -> Trace:
    """The trace with the family and the tags that the user gave."""
    if not options.family and options.tags is None:
        return trace
    family = options.family or trace.family
    tags = options.tags or named(family).tags
    return trace.model_copy(update={"family": family, "open_tag": tags.open, "close_tag": tags.close})


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
