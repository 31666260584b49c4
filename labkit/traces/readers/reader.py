"""`Reader`: how one format becomes traces, and the registry of readers.

A record is what one file, one line or one row holds: a mapping with text keys, or text. A reader recognises its
records by their content, and gives the traces of one record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.errors import BadArgument, Unsupported
from labkit.traces.families import Tags
from labkit.traces.trace import Trace

ROLES = ("prompt", "text", "thought", "answer", "model", "messages")  # what a column can hold
SHOWN, SHOWN_NAME = 8, 40  # keys of an unknown record that the error lists, characters of a key


@dataclass(frozen=True)
class Options:
    """What the user knows about the records.

    Attributes:
        prompt: the prompt of records that hold none, such as the answer of a server.
        family: the family of the model; by default its name tells.
        columns: which column of a row holds the prompt, the text, the thought, the answer, the model or the messages.
        tags: the tags of the thoughts, in place of those of the family; None if the user gave none.
    """

    prompt: str = ""
    family: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    tags: Tags | None = None


@dataclass(frozen=True)
class Reader:
    """A format.

    Attributes:
        name: the name of the format, for messages.
        mark: what a record of this format has, for the message about an unknown record.
        recognises: whether a record is of this format.
        read: the traces of a record; raises a `ValueError` with a clause that says what is wrong with the record.
        note: what its traces lack, as a clause, for the display of a set.
    """

    name: str
    mark: str
    recognises: Callable[[Any, Options], bool]
    read: Callable[[Any, Options], Iterator[Trace]]
    note: str = ""


_READERS: dict[str, Reader] = {}


def register(reader: Reader) -> Reader:
    """Adds a reader under its name, and returns it. The reader that was registered first is asked first.

    Raises:
        BadArgument: another reader has this name.
    """
    if _READERS.setdefault(reader.name, reader) != reader:
        raise BadArgument(
            f"There is a reader {reader.name!r} already.",
            why="a format has one reader.",
            next=f'register(Reader("{reader.name} 2", ...))',
        )
    return reader


def registered() -> tuple[Reader, ...]:
    """All readers, in the order in which they are asked."""
    return tuple(_READERS.values())


def reader_of(record: Any, options: Options) -> Reader:
    """The reader of a record.

    Raises:
        Unsupported: no reader recognises the record; the message says what was seen, and what would be read.
    """
    for reader in _READERS.values():
        if _recognises(reader, record, options):
            return reader
    names = ", ".join(reader.name for reader in _READERS.values())
    raise Unsupported(
        f"labkit does not know this form: {seen(record)}.",
        why=f"labkit reads {names}. labkit.traces.readers has the marks of each form.",
        next=advice(record),
    )


def _recognises(reader: Reader, record: Any, options: Options) -> bool:
    """Whether a reader recognises a record; False if a part of it has a type that the reader does not expect."""
    try:
        return reader.recognises(record, options)
    except (AttributeError, KeyError, OverflowError, TypeError):
        return False


def advice(record: Any) -> str:
    """What to type to have an unknown record read, with the names that it has.

    >>> advice({"q": "2 + 2?", "out": "Two and two are four."})
    'labkit.open(source, columns={"prompt": "q", "text": "out"})'
    >>> advice({"data": [{"q": "2 + 2?"}]})
    'labkit.open(record["data"])  # the list of records in it'
    """
    if isinstance(record, str):
        return "labkit.Trace.from_text(prompt, text)"
    message = record[0] if isinstance(record, list) and record else record
    if isinstance(message, Mapping) and {"role", "content"} <= {*message}:
        return 'labkit.open({"messages": messages})'
    if not isinstance(record, Mapping):
        return 'labkit.open([{"prompt": prompt, "text": text} for prompt, text in pairs])'
    lists = [
        name
        for name, value in record.items()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    ]
    texts = sorted((n for n, v in record.items() if isinstance(v, str)), key=lambda name: len(record[name]))
    if len(texts) > 1:
        roles = dict(zip(("text", "prompt"), map(_short_name, reversed(texts)), strict=False))
        columns = ", ".join(
            f'"{role}": {json.dumps(roles[role])}' for role in ("prompt", "text") if role in roles
        )
        return f"labkit.open(source, columns={{{columns}}})"
    if len(lists) == 1:
        return f"labkit.open(record[{json.dumps(_short_name(lists[0]))}])  # the list of records in it"
    return 'labkit.open(source, columns={"prompt": "NAME", "text": "NAME"})  # name the columns of a row'


def _short_name(name: Any) -> str:
    return str(name)[:SHOWN_NAME]


def seen(record: Any) -> str:
    """What a record is, in a few words, for a message.

    >>> seen({"a": 1, "b": 2}), seen([1, 2])
    ("an object with the keys 'a' and 'b'", 'a value of type list')
    """
    if isinstance(record, Mapping) and record.get("error"):
        error = record["error"]
        text = error.get("message") if isinstance(error, Mapping) else error
        return f"an error of a server, and no answer ({text!r:.200})"
    if isinstance(record, Mapping) and isinstance(record.get("messages"), list):
        return "a conversation in which no assistant answers"
    if isinstance(record, Mapping):
        names = [repr(_short_name(key)) for key in list(record)[:SHOWN]]
        more = [f"{len(record) - SHOWN} more"] if len(record) > SHOWN else []
        *most, last = names + more or [""]
        if not last:
            return "an object without keys"
        return (
            f"an object with the keys {', '.join(most)} and {last}"
            if most
            else f"an object with the key {last}"
        )
    return "a text" if isinstance(record, str) else f"a value of type {type(record).__name__}"
