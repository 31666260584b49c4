"""The text that a chat template makes of messages.

The environment is that of `transformers` (`utils/chat_template_utils.py`): the same filters, globals and
blocks, so that the text is the same. It is made here from jinja2 alone, which is imported in a tenth of a
second. A template is a program of somebody else: jinja2's sandbox keeps it from Python, and the bounded process
keeps it from using up time and memory.
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
    """Renders a template."""
    answer({"template": "{{ messages }}", "messages": [], "variables": {}})


def answer(question: dict[str, Any]) -> dict[str, str]:
    """`{"text": ...}`, or `{"refused": ...}` where the template refuses the messages in its own words.

    Args:
        question: `template`; `messages`, each a dict; `variables`, everything else that the template knows.

    Raises:
        Exception: whatever a template that is wrong raises.
    """
    try:
        template = _compiled(question["template"])
        text = template.render({**question["variables"], "messages": question["messages"]})
    except _RefusedError as error:
        return {"refused": str(error)[:500]}
    return {"text": text}


def restore() -> None:
    """A template keeps nothing from one rendering to the next."""


class _RefusedError(TemplateError):
    """A template called `raise_exception`."""


class _Generation(Extension):
    """`{% generation %}` marks what an assistant wrote, for training. The marks are not part of the text."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_written"), [], [], body).set_lineno(line)

    def _written(self, caller: Callable[[], str]) -> str:
        return caller()


class _Dict:
    """`dict(...)` in a template, without the methods of the class."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(*args, **kwargs)

    def fromkeys(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict.fromkeys(*args, **kwargs)


class _Namespace(Namespace):
    """`namespace(...)` in a template; a name that begins with _ would lead to Python's own."""

    def __init__(*args: Any, **kwargs: Any) -> None:  # so that namespace(self=...) is possible
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
    """jinja2's own would escape the signs of HTML."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _strftime_now(form: str) -> str:
    return datetime.now().strftime(form)


@lru_cache(maxsize=8)
def _compiled(template: str) -> Template:
    made = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
    )
    made.filters["tojson"] = _tojson
    made.globals |= {
        "raise_exception": _raise_exception, "strftime_now": _strftime_now, "dict": _Dict(), "namespace": _Namespace,
    }  # fmt: skip
    return made.from_string(template)
