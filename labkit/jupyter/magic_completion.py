"""Tab completion for the magics: options, values, models of the catalog, names of rules and groups.

IPython 8.6 and newer ask a matcher, which can hide the other suggestions; older ones call the hook `complete_command`.
"""

from __future__ import annotations

from typing import Any

from labkit.jupyter.magic_options import Option, Syntax, is_option
from labkit.jupyter.magic_syntax import LABKIT, REWARD, SUBJECTS, THINK

SYNTAXES = {syntax.magic: syntax for syntax in (THINK, REWARD, LABKIT)}


def suggestions(line: str, namespace: dict[str, Any]) -> list[str] | None:
    """The words that may stand at the cursor. Returns None if the line does not begin with a magic of labkit.

    Args:
        line: the line up to the cursor.
        namespace: the user's variables.

    >>> suggestions("%%think --t", {})
    ['--temperature', '--top-p', '--top-k', '--thinking']
    """
    words = line.split()
    syntax = SYNTAXES.get(words[0]) if words else None
    if syntax is None or line.rstrip() == words[0] == line.lstrip():
        return None
    last = "" if line[-1].isspace() else words[-1]
    before = words[1:] if not last else words[1:-1]
    return [word for word in _possible(syntax, before, last, namespace) if word.startswith(last)]


def _possible(syntax: Syntax, before: list[str], last: str, namespace: dict[str, Any]) -> list[str]:
    if syntax is LABKIT:
        return [*SUBJECTS] if not before else _models() if before == ["model"] else []
    name, equals, _ = last.partition("=")
    option = syntax.option(before[-1]) if before and is_option(before[-1]) else None
    if option is not None:
        return _values(option, namespace)
    assigned = syntax.option(name) if equals and is_option(name) else None
    if assigned is not None:
        return [f"{name}={value}" for value in _values(assigned, namespace)]
    options = [
        o.name for o in syntax.options if all(syntax.option(word.split("=")[0]) is not o for word in before)
    ]
    return options if last.startswith("-") else [*_operands(syntax, before, namespace), *options]


def _operands(syntax: Syntax, before: list[str], namespace: dict[str, Any]) -> list[str]:
    values = [i + 1 for i, word in enumerate(before) if is_option(word) and "=" not in word]
    if any(not is_option(word) and i not in values for i, word in enumerate(before)):
        return []  # the operand is there
    return _models() if syntax is THINK else _holding("Rule", namespace)


def _values(option: Option, namespace: dict[str, Any]) -> list[str]:
    """The values of an option; one example if there are too many to list."""
    return (
        _holding("TraceGroup", namespace) if option.key == "group" else [*option.choices] or [option.example]
    )


def _models() -> list[str]:
    from labkit.models import catalog

    return [entry.name for entry in catalog.entries() if not entry.server_only]


def _holding(kind: str, namespace: dict[str, Any]) -> list[str]:
    """The variables that hold a value of a type, which is given by name: its module is perhaps not imported yet."""
    return [n for n, value in namespace.items() if type(value).__name__ == kind and not n.startswith("_")]


def install(shell: Any) -> None:
    """Adds the completion to an IPython shell, replacing that of an earlier call."""
    remove(shell)
    try:
        matcher = _matcher(shell)
    except ImportError:
        install_hook(shell)
    else:
        shell.Completer.custom_matchers.append(matcher)


def install_hook(shell: Any) -> None:
    """Adds the completion to an IPython older than 8.6."""
    for magic in SYNTAXES:
        shell.set_hook("complete_command", _complete_command, str_key=magic)


def remove(shell: Any) -> None:
    """Removes the completion."""
    matchers = getattr(shell.Completer, "custom_matchers", [])
    matchers[:] = [m for m in matchers if getattr(m, "__module__", "") != __name__]
    hooks = shell.strdispatchers.get("complete_command")
    for magic in SYNTAXES if hooks is not None else ():
        hooks.strs.pop(magic, None)


def _matcher(shell: Any) -> Any:
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher()  # type: ignore[untyped-decorator]
    def labkit_matcher(context: Any) -> dict[str, Any]:
        """The completion of labkit's magics."""
        line = context.text_until_cursor
        words = suggestions(line, shell.user_ns)
        fragment = "" if not line or line[-1].isspace() else line.split()[-1]
        completions = [SimpleCompletion(word, type="magic option") for word in words or ()]
        return {"completions": completions, "suppress": words is not None, "matched_fragment": fragment}

    return labkit_matcher


def _complete_command(shell: Any, event: Any) -> list[str]:
    """The completion of labkit's magics, for IPython's hook, to which the word begins after an equals sign."""
    line = event.text_until_cursor
    word = "" if not line or line[-1].isspace() else line.split()[-1]
    known = len(word) - len(event.symbol)  # characters before what IPython completes
    return [suggestion[known:] for suggestion in suggestions(line, shell.user_ns) or []]
