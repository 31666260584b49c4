"""Converts TRL reward functions to rules: `f(completions, **columns)` returns one number a completion."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from labkit.errors import BadArgument
from labkit.rewards.base import JudgedSpan, Rule


def rules_of(rules: Any) -> list[Rule]:
    """The rules, with TRL reward functions converted to rules.

    Raises:
        LabkitError: an element is neither, the list is empty, or two rules share a name.

    >>> def polite(completions, **columns):
    ...     return [float("please" in completion) for completion in completions]
    >>> rules_of([polite])[0](["yes, please", "no"])
    [1.0, 0.0]
    """
    given = list(rules) if isinstance(rules, Sequence) and not isinstance(rules, str) else [rules]
    wrong = [rule for rule in given if not isinstance(rule, Rule) and not _takes_completions(rule)]
    names = [str(getattr(rule, "__name__", "")) for rule in given]
    twice = [name for name in names if names.count(name) > 1]
    if wrong or twice or not given:
        raise BadArgument(
            f"{wrong[0]!r:.60} is not a rule." if wrong
            else f"The rule {twice[0]} is given twice." if twice else "There are no rules.",
            why="rules= is a list of different rules: each a labkit.rewards.Rule, or a function "
            "f(completions, **columns) that returns one number a completion.",
            next="rules=[labkit.rewards.countdown_accuracy, labkit.rewards.think_format]",
        )  # fmt: skip
    return [rule if isinstance(rule, Rule) else rule_of_function(rule) for rule in given]


def rule_of_function(function: Callable[..., Any]) -> Rule:
    """A rule that calls a reward function with one completion and one entry of each accepted column."""
    name = str(getattr(function, "__name__", type(function).__name__))
    takes = _parameters(function)

    def judge(text: str, *, columns: Mapping[str, Any]) -> Iterator[JudgedSpan]:
        given = {column: [value] for column, value in columns.items() if takes is None or column in takes}
        try:
            (value,) = function(completions=[text], **given)
            reward = None if value is None else float(value)
        except (TypeError, ValueError) as error:
            raise BadArgument(
                f"{name}() could not be called as a reward function: {str(error)[:120]}.",
                why="it gets completions= and columns by name, and returns a list with one number a completion.",
                next=f"print({name}(completions=['text']))  # what does it return?",
            ) from None
        yield (
            reward,
            (0, len(text)),
            f"{name}() gives {'no value' if reward is None else format(reward, '.3g')}.",
        )

    return Rule(judge, name=name, factory=(rule_of_function, (function,)))


def _takes_completions(function: Any) -> bool:
    """Whether the function accepts `completions=`, as TRL calls it."""
    if not callable(function):
        return False
    takes = _parameters(function)
    return takes is None or "completions" in takes


def _parameters(function: Callable[..., Any]) -> set[str] | None:
    """The keyword parameters of a function. Returns None if it accepts any keyword."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a builtin without a signature
        return set()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
