"""Model families: `register` a `Family`, and what needs a tokenizer, a prompt or the catalog to tell.

What differs between families (reasoning tags, the rule for steps, the template's switch, sampling settings) is in
`labkit.traces.families`, one module a family.
"""

from __future__ import annotations

import re
from typing import TypeVar

from transformers import PreTrainedTokenizerBase

from labkit.errors import BadArgument, Unsupported
from labkit.models import catalog
from labkit.traces import Trace
from labkit.traces.families import Family as Family
from labkit.traces.families import Tags as Tags
from labkit.traces.families import Thinking as Thinking
from labkit.traces.families import by_served_name as by_served_name
from labkit.traces.families import family as registry
from labkit.traces.families import named as named
from labkit.traces.families import register as register
from labkit.traces.families.family import THINK as THINK

T = TypeVar("T")
TEMPERATURE, TOP_P = 0.6, 0.95  # of a model without advice: recommended by the READMEs of R1 and Qwen3


def tags_of(tok: PreTrainedTokenizerBase, family: str) -> Tags:
    """The tags of a model: from its special tokens if they show them, otherwise from its family."""
    added = frozenset(token.content for token in tok.added_tokens_decoder.values())
    return registry.of_tokens(added, family).tags


def tags_of_trace(trace: Trace) -> Tags:
    """The tags of a trace, with what its family writes around them."""
    return registry.around(trace.open_tag, trace.close_tag, trace.family)


def prompt_opens_thinking(prompt_text: str, tags: Tags) -> bool:
    """Whether the prompt, template included, ends with the opening tag."""
    return prompt_text.rstrip().endswith(tags.open)


def think_prefix(prompt_text: str, tags: Tags) -> str:
    """The text that a thought must begin with after a prompt: its opening, unless the template has written it."""
    return "" if prompt_opens_thinking(prompt_text, tags) else tags.think_open


def force_answer_suffix(tags: Tags, family: str) -> str:
    """The text that makes a model answer in the middle of a thought: the closing tag and the start of an answer."""
    return registry.of_tags(tags, family).force_answer_suffix


def text_special_ids(tok: PreTrainedTokenizerBase, tags: Tags) -> set[int]:
    """Ids of special tokens that count as text, because tags contain them; other special tokens add no text."""
    ids = tok.encode(tags.open + tags.boundary + tags.close, add_special_tokens=False)
    return {*ids} & {*tok.all_special_ids}


def thinking_kwargs(
    tok: PreTrainedTokenizerBase, thinking: Thinking, name: str, family: str = ""
) -> dict[str, bool | int | str]:
    """The chat template variables that tell a model whether to think, or how long; None leaves the default.

    Args:
        tok: the tokenizer, for its chat template.
        thinking: True or False; an effort, such as "low", where the template takes one; or a budget in tokens.
        name: the name of the model, for errors.
        family: the name of its family, whose template variable is looked for.

    Raises:
        LabkitError: the template has no such variable, or `thinking` is of another type.
    """
    if thinking is None:
        return {}
    template, group = str(tok.chat_template or ""), named(family)

    def has(variable: str) -> bool:
        return re.search(rf"\b{variable}\b", template) is not None

    switch = str(group.switch or registry.UNKNOWN.switch)
    if not has(switch):
        thinking = as_effort(thinking, group, name)
    if isinstance(thinking, bool):
        if not has(switch):
            refuse_thinking(thinking, name, f"its chat template knows no {switch}: that of Qwen3 does.")
        return {switch: group.switch_value(thinking)}
    check_effort(thinking, group, name)
    efforts = (group.effort_variable, "reasoning_effort", "thinking_effort")
    variables = ("thinking_budget",) if isinstance(thinking, int) else efforts
    known = next((variable for variable in variables if has(variable)), None)
    if known is None:
        raise BadArgument(
            f"thinking={thinking!r} is not possible with {name}.",
            why=f"its chat template knows no {variables[0]}; it is True, False or None (as the template has it).",
            next="model.think(prompt)  # as it is",
        )
    return {known: thinking, **({switch: group.switch_value(not is_off(thinking))} if has(switch) else {})}


def is_off(thinking: Thinking) -> bool:
    """Whether a value of `thinking=` turns thinking off: False, a budget of no tokens, or an effort that says so.

    >>> is_off(False), is_off(0), is_off("none"), is_off("low"), is_off(None)
    (True, True, True, False, False)
    """
    return thinking in (False, "none", "no_think")


def as_effort(thinking: bool | int | str, group: Family, name: str) -> bool | int | str:
    """True or False as an effort, for a family that has efforts in place of a switch; anything else is unchanged.

    Raises:
        BadArgument: none of its efforts turns thinking off.

    >>> as_effort(False, named("mistral-small-4"), ""), as_effort(True, named("hy3"), "")
    ('none', 'high')
    """
    if not isinstance(thinking, bool) or group.switch is not None or not group.efforts:
        return thinking
    off = next((effort for effort in group.efforts if is_off(effort)), None)
    if off is None:
        raise effort_error(thinking, group, name)
    return group.efforts[-1] if thinking else off


def check_effort(thinking: object, group: Family, name: str) -> None:
    """Refuses what is neither a budget nor an effort, and an effort that the family does not know.

    Raises:
        BadArgument: as above.
    """
    if not isinstance(thinking, int | str):
        check_switch(thinking)
    if isinstance(thinking, str) and group.efforts and thinking not in group.efforts:
        raise effort_error(thinking, group, name)


def effort_error(thinking: object, group: Family, name: str) -> BadArgument:
    """The error for an effort that the family does not know; the message lists its efforts."""
    *most, last = (f'"{effort}"' for effort in group.efforts)
    always = "it always thinks; " if group.switch is None else ""
    return BadArgument(
        f"thinking={thinking!r} is not possible with {name}.",
        why=f"{always}how long is {', '.join(most)} or {last}.",
        next=f'model.think(prompt, thinking="{group.efforts[0]}")',
    )


def check_switch(thinking: object) -> None:
    """Refuses a value that is not True or False.

    Raises:
        BadArgument: as above.
    """
    if not isinstance(thinking, bool):
        raise BadArgument(
            f"thinking={thinking!r} is not possible.",
            why="it is True, False or None (as the template has it).",
            next="model.think(prompt, thinking=False)",
        )


def refuse_thinking(thinking: Thinking, name: str, why: str) -> None:
    """Refuses to turn thinking on or off for a model without a switch.

    Raises:
        Unsupported: `thinking` is not None.
    """
    if thinking is not None:
        raise Unsupported(
            f"{name} has no switch for its thinking.", why=why, next="model.think(prompt)  # as it is"
        )


def sampling(
    name: str, temperature: float | None, top_p: float | None, top_k: int | None, *, family: str = ""
) -> tuple[float, float, int]:
    """Temperature, top-p and top-k: the given values, else those that the model's authors advise in the catalog, else
    those of the family, else R1's 0.6 and 0.95 with no top-k.
    """
    entry = catalog.find(name)
    group = named(entry.family if entry else family)
    advised = (entry.temperature, entry.top_p, entry.top_k) if entry else (None, None, None)
    return (
        _first(temperature, advised[0], group.temperature, TEMPERATURE),
        _first(top_p, advised[1], group.top_p, TOP_P),
        _first(top_k, advised[2], group.top_k, 0),
    )


def _first(*values: T | None) -> T:
    """The first value that is not None."""
    return next(value for value in values if value is not None)
