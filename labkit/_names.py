"""What a misspelt name was meant to be: of an argument, of an attribute, of an option."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, ParamSpec, TypeVar

from labkit.errors import LabkitError

P = ParamSpec("P")
R = TypeVar("R")

# What other libraries call it -> what labkit calls it.
ELSEWHERE = {"max_tokens": "max_new_tokens", "max_length": "max_new_tokens", "max_completion_tokens": "max_new_tokens",
             "num_return_sequences": "n", "num_generations": "group", "num_samples": "n", "temp": "temperature",
             "completion": "answer", "thought": "thinking", "reasoning": "thinking"}  # fmt: skip
VARIABLES = {
    "TraceGroup": "group",
    "RemoteModel": "model",
    "LlamaModel": "model",
}  # type -> its usual variable


class WrongCallError(LabkitError, TypeError):
    """A `TypeError` too, for programs that expect one."""


class NoSuchAttributeError(LabkitError, AttributeError):
    """An `AttributeError` too, so that `hasattr` answers False."""


for _kind in (WrongCallError, NoSuchAttributeError):  # a reader meets one kind of error
    _kind.__name__ = _kind.__qualname__ = "LabkitError"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` was probably meant to be; None where none is like it.

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


def checks_names(function: Callable[P, R]) -> Callable[P, R]:
    """A function whose callers hear of a misspelt or missing argument in a sentence, with the nearest name.

    The frame of the check stands between the caller and the function: a warning counts one level more.
    """
    known = signature(function)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            known.bind(*args, **kwargs)
        except TypeError as error:
            raise _wrong_call(function, known, kwargs, str(error)) from None
        return function(*args, **kwargs)

    return checked


def no_attribute(owner: object, name: str) -> NoSuchAttributeError:
    """The error for an attribute that an object does not have, with the nearest one that it has."""
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


def _wrong_call(
    function: Callable[..., Any], known: Signature, given: dict[str, Any], error: str
) -> WrongCallError:
    parameters = [p for p in known.parameters.values() if p.name not in ("self", "cls")]
    named = [p.name for p in parameters if p.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)]
    first = [p.name for p in parameters if p.kind is Parameter.POSITIONAL_OR_KEYWORD and p.default is p.empty]
    call = _path(function)
    unknown = next((name for name in given if name not in named), None)
    if unknown is None or any(p.kind is Parameter.VAR_KEYWORD for p in parameters):
        return WrongCallError(
            f"{call}() was called with other arguments than it takes.",
            why=f"{error}; it takes {', '.join(named)}.",
            next=f"{call}({', '.join(first)})",
        )
    near = nearest(unknown, named)
    value = given[unknown]
    shown = repr(value) if isinstance(value, bool | int | float | str) and len(repr(value)) < 40 else "..."
    rest = [n for n in first if n != near]
    return WrongCallError(
        f"{call}() has no argument {unknown!r}.",
        why=f"the name that is most like it is {near}." if near else f"it takes {', '.join(named)}.",
        next=f"{call}({', '.join([*rest, f'{near}={shown}'] if near else rest)})",
    )


def _path(function: Callable[..., Any]) -> str:
    """How a reader calls a function: `labkit.inside.fork`, `model.think`, `labkit.TokenView`."""
    owner, _, name = function.__qualname__.rpartition(".")
    if name == "__init__":
        return f"labkit.{owner}"
    if owner:
        return f"{VARIABLES.get(owner, owner.lower())}.{name}"
    package = re.match(r"labkit\.(?:tasks\.)?\w+", function.__module__)
    return f"{package[0] if package else function.__module__}.{name}"
