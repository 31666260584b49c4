"""JSON that keeps tuples and the types of keys, so that an entry of reasoning-gym comes back as it was.

A tuple is `{"__tuple__": [...]}`, a dict whose keys are not all texts `{"__items__": [[key, value], ...]}`; a set
becomes a sorted list, and what is no JSON its text. Plain JSON reads as itself.
"""

from __future__ import annotations

import json
from typing import Any

TUPLE, ITEMS = "__tuple__", "__items__"


def dumps(value: Any) -> str:
    """A value as JSON.

    >>> dumps({"at": (1, 2)})
    '{"at": {"__tuple__": [1, 2]}}'
    """
    return json.dumps(_plain(value))


def loads(text: str) -> Any:
    """The value again.

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
