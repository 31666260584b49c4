"""Argument checks for public functions: a clear error is raised before the function does any work.

Python itself reports "takes 2 positional arguments but 3 were given", and a value of a wrong type fails ten
calls deeper. The decorator reads the function's own annotations. It checks only the types that it knows
(`_is_a`, sequences and mappings of them); any other annotation is left to the function.
"""

from __future__ import annotations

import ast
import re
import reprlib
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, ParamSpec, TypeVar

from labkit._names import VARIABLES, WrongCallError, nearest

P = ParamSpec("P")
R = TypeVar("R")

SEQUENCES = ("Iterable", "Sequence", "list", "tuple")
MAPPINGS = ("Mapping", "dict")
SHORT = {"labkit.models.load.load": "labkit.load", "labkit.views.catalog.view.catalog": "labkit.catalog"}
# A type -> an expression that creates a value of this type.
MAKES = {"Trace": "model.think(prompt)", "TraceGroup": "model.sample(prompt, n=8)", "LanguageModel": "labkit.load()",
         "Run": "labkit.training.grpo(model)", "Comparison": "labkit.compare(a, b)"}  # fmt: skip
WORDS = {"Any": "anything", "None": "None", "Path": "a pathlib.Path", "int": "a whole number", "float": "a number",
         "str": "text", "bool": "True or False", "Callable": "a function",
         "LanguageModel": "a model", "Thinking": "True, False, an effort, a number of tokens or None"}  # fmt: skip
MANY = {"int": "whole numbers", "float": "numbers", "str": "texts"}
# An example value for each required argument, for a line that works when it is pasted.
EXAMPLES = {"prompt": '"Using 3, 5 and 9, make 24."', "n": "8", "k": "1", "limit": "200", "cache": "20", "layer": "0",
            "head": "0", "index": "0", "position": "0", "number": "1", "path": '"my.trace.json"', "step": "0",
            "folder": '"runs/mine"', "text": '"<think>3 * 5 + 9</think>24"'}  # fmt: skip


def checks_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Decorates a function so that a misspelt, missing or wrong argument raises a clear `LabkitError`.

    The wrapper adds one stack frame between the caller and the function: `stacklevel` counts one more.
    """
    known = signature(function)
    types = {p.name: _annotation(p) for p in known.parameters.values()}

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            bound = known.bind(*args, **kwargs)
        except TypeError as error:
            raise _wrong_call(function, known, kwargs, str(error)) from None
        for name, value in bound.arguments.items():
            for one in _values(known.parameters[name].kind, value):
                if not _fits(types[name], one):
                    raise _wrong_type(function, known, name, types[name], one)
        return function(*args, **kwargs)

    return wrapper


def _annotation(parameter: Parameter) -> ast.expr:
    text = parameter.annotation
    return ast.parse(text if isinstance(text, str) else "Any", mode="eval").body


def _values(kind: Any, value: Any) -> Iterable[Any]:
    if kind is Parameter.VAR_POSITIONAL:
        return tuple(value)
    return tuple(value.values()) if kind is Parameter.VAR_KEYWORD else (value,)


def _fits(annotation: ast.expr, value: Any) -> bool:
    """Whether a value is of the annotated type; True for a type that is not checked."""
    match annotation:
        case ast.BinOp(left=left, right=right):
            return _fits(left, value) or _fits(right, value)
        case ast.Constant(value=None):
            return value is None
        case ast.Name(id=name):
            return _is_a(name, value)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return value in _choices(choices) if isinstance(value, str | int) else False
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            return _holds(name, inner, value)
    return True


def _choices(inner: ast.expr) -> list[Any]:
    value = ast.literal_eval(inner)
    return list(value) if isinstance(value, tuple) else [value]


def _is_a(name: str, value: Any) -> bool:
    match name:
        case "bool":
            return isinstance(value, bool) or type(value).__name__ == "bool"  # also numpy's bool
        case "int":
            return hasattr(value, "__index__") and not isinstance(value, bool)
        case "float":
            return hasattr(value, "__float__") and not isinstance(value, bool)
        case "str":
            return isinstance(value, str)
        case "Thinking":  # labkit.traces.families
            return value is None or isinstance(value, bool | int | str)
        case "Path":
            return hasattr(value, "__fspath__")
        case (
            "Trace" | "TraceGroup" | "Run" | "Step" | "LanguageModel" | "Comparison"
        ):  # by name: their modules are imported only when they are needed
            return any(c.__name__ == name for c in type(value).__mro__)
    return True


def _holds(name: str, inner: ast.expr, value: Any) -> bool:
    if name in MAPPINGS:
        return isinstance(value, Mapping)
    if name == "Callable":
        return callable(value)
    if name not in SEQUENCES:
        return True
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
        return False
    if not hasattr(value, "__len__"):  # an iterator can be read only once
        return name == "Iterable"
    if isinstance(inner, ast.Tuple) and not any(isinstance(e, ast.Constant) for e in inner.elts):
        return len(value) == len(inner.elts) and all(map(_fits, inner.elts, value))
    return isinstance(inner, ast.Tuple) or all(_fits(inner, one) for one in value)


def _in_words(annotation: ast.expr) -> str:
    """Describes a type in words.

    >>> _in_words(ast.parse("str | Path | None", mode="eval").body)
    'text, a pathlib.Path or None'
    >>> _in_words(ast.parse("Sequence[int]", mode="eval").body)
    'a sequence of whole numbers'
    """
    match annotation:
        case ast.BinOp():
            *most, last = [_in_words(a) for a in _members(annotation)]
            return f"{', '.join(most)} or {last}"
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Tuple(elts=elements)) if name in SEQUENCES:
            return f"a sequence of {', '.join(_in_words(e) for e in elements)}"
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in SEQUENCES:
            return f"a sequence of {MANY.get(ast.unparse(inner), f'{ast.unparse(inner)}s')}"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return " or ".join(map(repr, _choices(choices)))
        case ast.Subscript(value=ast.Name(id=name)) if name in MAPPINGS:
            return "a dict"
        case ast.Subscript(value=ast.Name(id="Callable")):
            return WORDS["Callable"]
    name = ast.unparse(annotation)
    return WORDS.get(name, f"a {name}")


def _members(annotation: ast.expr) -> list[ast.expr]:
    if isinstance(annotation, ast.BinOp):
        return [*_members(annotation.left), *_members(annotation.right)]
    return [annotation]


def _wrong_type(
    function: Callable[..., Any], known: Signature, name: str, annotation: ast.expr, value: Any
) -> WrongCallError:
    call, default = _path(function), known.parameters[name].default
    makes = next((MAKES[part] for part in map(ast.unparse, _members(annotation)) if part in MAKES), None)
    is_text = isinstance(value, str) and makes == MAKES["Trace"]
    of_text = ", and labkit.Trace.from_text(prompt, text) makes one of text" if is_text else ""
    examples = EXAMPLES | ({name: makes} if makes else {})
    arguments = [examples.get(required, required) for required in _required(known)]
    if isinstance(default, bool | int | float | str):
        arguments.append(f"{name}={default!r}")
    return WrongCallError(
        f"{call}() cannot take {name}={reprlib.repr(value)}.",
        why=f"{name} is {_in_words(annotation)}{f'; {makes} returns one' if makes else ''}{of_text}.",
        next=f"{call}({', '.join(arguments)})",
    )


def _required(known: Signature) -> list[str]:
    """The arguments of the shortest possible call, as source text."""
    return [
        f"{p.name}={p.name}" if p.kind is Parameter.KEYWORD_ONLY else p.name
        for p in known.parameters.values()
        if p.default is p.empty
        and p.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
        and p.name not in ("self", "cls")
    ]


def _wrong_call(
    function: Callable[..., Any], known: Signature, given: dict[str, Any], error: str
) -> WrongCallError:
    parameters = [p for p in known.parameters.values() if p.name not in ("self", "cls")]
    named = [p.name for p in parameters if p.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)]
    first = _required(known)
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
    rest = [n for n in first if n.split("=")[0] != near]
    return WrongCallError(
        f"{call}() has no argument {unknown!r}.",
        why=f"the name that is most like it is {near}." if near else f"it takes {', '.join(named)}.",
        next=f"{call}({', '.join([*rest, f'{near}={shown}'] if near else rest)})",
    )


def _path(function: Callable[..., Any]) -> str:
    """The public path of a function: `labkit.inside.fork`, `model.think`, `labkit.TokenView`."""
    owner, _, name = function.__qualname__.rpartition(".")
    if owner and next(iter(signature(function).parameters), "") == "cls":
        return f"{'labkit.training' if owner == 'Run' else 'labkit'}.{owner}.{name}"
    if name == "__init__":
        return f"labkit.{owner}"
    if owner:
        return f"{VARIABLES.get(owner, owner.lower())}.{name}"
    if (path := f"{function.__module__}.{name}") in SHORT:
        return SHORT[path]
    package = re.match(
        r"labkit\.(?:tasks\.(?=countdown|addition)|inside\.(?=bertviz))?\w+", function.__module__
    )
    return f"{package[0] if package else function.__module__}.{name}"
