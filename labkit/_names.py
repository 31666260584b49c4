"""Suggestions for misspelt names of arguments, attributes and options."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from labkit.errors import BadArgument, LabkitError

# The name in other libraries -> labkit's name.
ELSEWHERE = {"max_tokens": "max_new_tokens", "max_length": "max_new_tokens", "max_completion_tokens": "max_new_tokens",
             "num_return_sequences": "n", "num_generations": "group", "num_samples": "n", "temp": "temperature",
             "completion": "answer", "thought": "thinking", "reasoning": "thinking"}  # fmt: skip
VARIABLES = {
    "TraceGroup": "group",
    "LocalModel": "model",
    "RemoteModel": "model",
    "LlamaModel": "model",
    "TraceSequence": "traces",
    "TraceSet": "traces",
    "TraceSelection": "traces",
}  # type -> its usual variable


class WrongCallError(BadArgument, TypeError):
    """Also a `TypeError`, for programs that expect one."""


class NoSuchAttributeError(LabkitError, AttributeError):
    """Also an `AttributeError`, so that `hasattr` returns False."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The entry of `names` that is most similar to `name`; None if no entry is similar.

    >>> nearest("temprature", ["temperature", "seed"]), nearest("xyz", ["temperature", "seed"])
    ('temperature', None)
    """
    known = list(names)
    if ELSEWHERE.get(name) in known:
        return ELSEWHERE[name]
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.6)), None)


def kind_of(value: object) -> str:
    """The type of a value, with its article.

    >>> kind_of(3), kind_of("x"), kind_of(None)
    ('an int', 'a str', 'None')
    """
    name = type(value).__name__
    return "None" if value is None else f"a{'n' if name[0].lower() in 'aeiou' else ''} {name}"


def no_attribute(owner: object, name: str) -> NoSuchAttributeError:
    """The error for a missing attribute; the error suggests the nearest existing attribute."""
    kind = type(owner).__name__
    fields = getattr(type(owner), "model_fields", {})
    names = [n for n in {*dir(type(owner)), *fields, *vars(owner)} if not n.startswith(("_", "model_"))]
    near = nearest(name, sorted(names))
    variable = VARIABLES.get(kind, kind.lower())
    return NoSuchAttributeError(
        f"A {kind} has no {name!r}.",
        why=f"the name that is most like it is {near}." if near else f"it has {', '.join(sorted(names))}.",
        next=f"{variable}.{near}" if near else f"help({variable})",
    )
