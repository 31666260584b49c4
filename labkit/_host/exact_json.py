"""JSON that preserves tuples and the types of keys, so that an entry of reasoning-gym survives a round trip.

A tuple is `{"__tuple__": [...]}`, a dict with other keys than strings `{"__items__": [[key, value], ...]}`. A set
becomes a sorted list, and any other type becomes its text. Plain JSON is unchanged.
"""

from __future__ import annotations

import json
from typing import Any

TUPLE, ITEMS = "__tuple__", "__items__"


def dumps(value: Any) -> str:
    """Encodes a value as JSON.

    >>> dumps({"at": (1, 2)})
    '{"at": {"__tuple__": [1, 2]}}'
    """
    return json.dumps(_plain(value))


def loads(text: str) -> Any:
    """Decodes the value.

    >>> loads(dumps({"at": (1, 2), "by": {3: "x"}}))
    {'at': (1, 2), 'by': {3: 'x'}}
    """
    return json.loads(text, object_hook=_restored)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {str(key): _plain(inner) for key, inner in value.items()}
        return {ITEMS: [[_plain(key), _plain(inner)] for key, inner in value.items()]}
    if isinstance(value, tuple):
        return {TUPLE: [_plain(inner) for inner in value]}
    if isinstance(value, set | frozenset):
        return sorted((_plain(inner) for inner in value), key=repr)
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _restored(entry: dict[str, Any]) -> Any:
    if entry.keys() == {TUPLE}:
        return tuple(entry[TUPLE])
    if entry.keys() == {ITEMS}:
        return dict(entry[ITEMS])
    return entry
