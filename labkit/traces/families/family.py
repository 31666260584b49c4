"""`Family`: what labkit knows about a model family, and the registry of families.

A family has one module in this folder. `labkit.models.families` is the public door.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from labkit.errors import BadArgument
from labkit.traces.segmenter import KindRule, StepRule
from labkit.traces.step_rules import paragraphs

# Whether to think (True, False), how long (an effort, such as "low"; a budget in tokens), or as the template has it.
Thinking = bool | int | str | None


@dataclass(frozen=True)
class Tags:
    r"""The text that delimits the reasoning.

    Attributes:
        open, close: the tags by which a completion is split.
        after_open, after_close: what the model writes right after each tag.
        boundary: what the model writes right before the closing tag; it is not part of the thought.
        answer_end: what the model writes after its answer; it is not part of the answer.
        tool_calls: texts that begin a tool call, or a remark about one. A thought ends there if it has no closing tag;
            with a `boundary`, it ends there in any case.

    >>> Tags().think_open, Tags().think_close
    ('<think>\n', '</think>\n\n')
    """

    open: str = "<think>"
    close: str = "</think>"
    after_open: str = "\n"
    after_close: str = "\n\n"
    boundary: str = ""
    answer_end: str = ""
    tool_calls: tuple[str, ...] = ()

    @property
    def think_open(self) -> str:
        """The text that opens the reasoning, as the model or its template writes it."""
        return self.open + self.after_open

    @property
    def think_close(self) -> str:
        """The text that closes the reasoning; used to force the end, or to restore a tag that a server removed."""
        return self.boundary + self.close + self.after_close


THINK = Tags()


@dataclass(frozen=True)
class Family:
    """A model family. Every default is that of a model that thinks between `<think>` and `</think>`.

    Attributes:
        name: the name in the catalog, and in the field `family` of a trace.
        tags: the tags that delimit the reasoning.
        special_tokens: the special tokens of these tags; a tokenizer that has all of them is of this family.
        served_as: parts of names, in lower case, by which a model on a server is recognised.
        step_rule: splits a thought into steps.
        kind_rule: the kind of a step, from its text; None for the rule of `labkit.traces.step_kinds`.
        before_forced_close: the text that breaks off a sentence before a forced `tags.think_close`.
        answer_start: the text that begins an answer, after a forced end of the thought.
        switch: the chat template variable that turns thinking on and off; None if the template has none.
        switch_words: the values of `switch` for on and off, if they are not True and False.
        efforts: how long the model can be told to think, in place of a switch; OpenAI's `reasoning_effort`.
        effort_variable: the chat template variable for an effort.
        temperature, top_p, top_k: sampling settings that the authors advise for the family.
        closed_vocabulary: the model knows the words of its task alone, and every prompt is checked.
        source: the address of the template, the parser, the card or the paper that these facts are from.
    """

    name: str
    tags: Tags = THINK
    special_tokens: frozenset[str] = frozenset()
    served_as: tuple[str, ...] = ()
    step_rule: StepRule = paragraphs
    kind_rule: KindRule | None = None
    before_forced_close: str = "\n"
    answer_start: str = "The final answer is "
    switch: str | None = "enable_thinking"
    switch_words: tuple[str, str] | None = None
    efforts: tuple[str, ...] = ()
    effort_variable: str = "reasoning_effort"
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    closed_vocabulary: bool = False
    source: str = ""

    def switch_value(self, thinking: bool) -> bool | str:
        """The value of `switch` for a thought, or for none."""
        return thinking if self.switch_words is None else self.switch_words[0 if thinking else 1]

    @property
    def force_answer_suffix(self) -> str:
        """The text that makes a model answer in the middle of a thought."""
        return self.before_forced_close + self.tags.think_close + self.answer_start


UNKNOWN = Family("")
_FAMILIES: dict[str, Family] = {}


def register(family: Family) -> Family:
    """Adds a family under its name, and returns it.

    Raises:
        BadArgument: another family has this name.
    """
    if _FAMILIES.setdefault(family.name, family) != family:
        raise BadArgument(
            f"There is a family {family.name!r} already.",
            why="a trace names its family, and reads its tags and its rule for steps by that name.",
            next=f'register(Family("{family.name}-2", ...))',
        )
    return family


def registered() -> Iterator[Family]:
    """All families, in the order of their registration."""
    yield from _FAMILIES.values()


def named(name: str) -> Family:
    """The family of this name; the defaults for an unknown name."""
    return _FAMILIES.get(name, UNKNOWN)


def by_served_name(name: str) -> str:
    """The name of the family of a model on a server or in a log; "" if its name does not tell.

    >>> by_served_name("openai/gpt-oss-20b")
    'gpt-oss'
    """
    lower = name.lower()
    served = (f.name for f in registered() if any(part in lower for part in f.served_as))
    return next(served, name if name in _FAMILIES else "")


def of_tags(tags: Tags, name: str) -> Family:
    """The family of this name if these are its tags, otherwise the first family that has them.

    Returns the family of this name with these tags if no family has them.
    """
    families = (named(name), *registered(), UNKNOWN)
    return next((family for family in families if family.tags == tags), replace(named(name), tags=tags))


def of_tokens(tokens: frozenset[str], name: str) -> Family:
    """The family of a tokenizer: the named family if it has tags of its own, otherwise the family of its tokens.

    Args:
        tokens: the added tokens of the tokenizer.
        name: the family that the catalog or the configuration names.
    """
    family = named(name)
    if family.special_tokens <= tokens and family.tags != THINK:
        return family
    by_tokens = (f for f in registered() if f.special_tokens and f.special_tokens <= tokens)
    return next(by_tokens, family if family.special_tokens <= tokens else UNKNOWN)


def around(open_tag: str, close_tag: str, name: str) -> Tags:
    """The tags of the family of this name, if it has this opening and closing tag, otherwise of the first one.

    Returns these two tags, with what R1 writes around its own, if no family has them.
    """
    tags = (family.tags for family in (named(name), *registered()))
    return next((t for t in tags if (t.open, t.close) == (open_tag, close_tag)), Tags(open_tag, close_tag))
