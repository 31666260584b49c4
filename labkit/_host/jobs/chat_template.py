"""Renders a chat template.

The environment copies that of `transformers` (`utils/chat_template_utils.py`): the same filters, globals and
blocks, so that the text is the same. This module needs only jinja2, which is imported in a tenth of a second. A
template is an untrusted program: jinja2's sandbox isolates it from Python, and the bounded process limits its time
and memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace


def load() -> None:
    """Renders an example template."""
    answer({"template": "{{ messages }}", "messages": [], "variables": {}})


def answer(question: dict[str, Any]) -> dict[str, str]:
    """`{"text": ...}`, or `{"refused": ...}` with the template's own message if it refuses the messages.

    Args:
        question: `template`; `messages`, each a dict; `variables`, all other variables of the template.

    Raises:
        Exception: the error of a faulty template.
    """
    try:
        template = _compiled(question["template"])
        text = template.render({**question["variables"], "messages": question["messages"]})
    except _RefusedError as error:
        return {"refused": str(error)[:500]}
    return {"text": text}


def restore() -> None:
    """Does nothing: rendering leaves no state."""


class _RefusedError(TemplateError):
    """Raised if a template calls `raise_exception`."""


class _Generation(Extension):
    """`{% generation %}` marks the assistant's text for training. The marks are not part of the text."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_written"), [], [], body).set_lineno(line)

    def _written(self, caller: Callable[[], str]) -> str:
        return caller()


class _Dict:
    """`dict(...)` in a template, without the class methods."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(*args, **kwargs)

    def fromkeys(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict.fromkeys(*args, **kwargs)


class _Namespace(Namespace):
    """`namespace(...)` in a template; rejects names that begin with _, which would reach Python's internals."""

    def __init__(*args: Any, **kwargs: Any) -> None:  # allows namespace(self=...)
        self, values = args[0], dict(*args[1:], **kwargs)
        for name in values:
            _Namespace._check(name)
        Namespace.__init__(self, values)

    def __setitem__(self, name: str, value: Any) -> None:
        _Namespace._check(name)
        Namespace.__setitem__(self, name, value)

    @staticmethod
    def _check(name: Any) -> None:
        if isinstance(name, str) and name.startswith("_"):
            raise SecurityError(f"a namespace cannot hold {name!r}.")


def _raise_exception(message: str) -> None:
    raise _RefusedError(message)


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: Any = None,
    sort_keys: bool = False,
) -> str:
    """`tojson` without HTML escapes, which jinja2's own filter adds."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _strftime_now(form: str) -> str:
    return datetime.now().strftime(form)


@lru_cache(maxsize=8)
def _compiled(template: str) -> Template:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
    )
    environment.filters["tojson"] = _tojson
    environment.globals |= {
        "raise_exception": _raise_exception, "strftime_now": _strftime_now, "dict": _Dict(), "namespace": _Namespace,
    }  # fmt: skip
    return environment.from_string(template)
