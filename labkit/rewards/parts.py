"""A reward that says why: rules, the parts that they give, and what these add up to.

A `Rule` judges one completion and yields `Part`s: a value, the characters that earned or lost it, and
one sentence why. Called with a list of completions it is a reward function with the signature of TRL's
`GRPOTrainer`; `breakdown` shows the parts. There is one judging code and two ways to look at it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import update_wrapper
from math import fsum
from typing import Any

from labkit.errors import LabkitError


@dataclass(frozen=True)
class Part:
    """What one rule gave for one place of a completion.

    Attributes:
        rule: name of the rule.
        weight: what its value counts in the sum.
        value: what was earned; 0 or less was lost, and None means that it cannot be judged.
        span: characters `[start, end)` of the completion; empty where no place is to blame.
        why: one sentence.
    """

    rule: str
    weight: float
    value: float | None
    span: tuple[int, int]
    why: str


Finding = tuple[float | None, tuple[int, int], str]  # value, span and sentence, before rule and weight
Judge = Callable[..., Iterable[Finding]]


class Rule:
    """One rule, from a function that judges one completion.

    The function takes the text and, by name, what else it needs to know of the problem or the
    completion (`needs`; those with a default are welcome but not needed), and yields findings:
    `(value, (start, end), "One sentence.")`. Their values add up to the reward; none, or a value of
    None, means that the rule cannot judge.

    >>> @Rule
    ... def short(text, *, limit):
    ...     yield float(len(text) <= limit), (0, len(text)), f"{len(text)} of {limit} characters."
    >>> short(["ab", "abcdef"], limit=[4, 4])
    [1.0, 0.0]
    """

    __name__: str

    def __init__(self, judge: Judge, *, name: str = "") -> None:
        update_wrapper(self, judge)
        self.judge = judge
        self.name = self.__name__ = name or judge.__name__
        named = inspect.signature(judge).parameters.values()
        keywords = [p for p in named if p.kind is p.KEYWORD_ONLY]
        self.needs = tuple(p.name for p in keywords if p.default is p.empty)
        self.takes = tuple(p.name for p in keywords)

    def __call__(self, completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """The reward of each completion, as TRL asks for it; None where this rule cannot judge.

        Args:
            completions: texts, or lists of messages with `role` and `content`.
            columns: one entry a completion of each column of the data set; those not needed are ignored.

        Raises:
            LabkitError: a column that the rule needs is missing or has another length.
        """
        known = {name: columns[name] for name in self.takes if columns.get(name) is not None}
        missing = [name for name in self.needs if name not in columns]
        short = [name for name, column in known.items() if len(column) != len(completions)]
        if missing or short:
            what = (
                f"needs {' and '.join(f'{m}=' for m in missing)}" if missing
                else f"got {len(completions)} completions and {len(known[short[0]])} entries of {short[0]}="
            )  # fmt: skip
            raise LabkitError(
                f"{self.name}() {what}.",
                why="a reward function gets one entry a completion of each column that it judges by.",
                next=f"{self.name}(completions, {', '.join(f'{n}=[...]' for n in self.needs or short)})",
            )
        return [
            total_of(self.parts(text_of(said), {name: column[i] for name, column in known.items()}))
            for i, said in enumerate(completions)
        ]

    def parts(self, text: str | None, known: Mapping[str, Any], weight: float = 1.0) -> list[Part]:
        """The parts that this rule gives one completion; a single one of value None where it cannot judge."""
        missing = [name for name in self.needs if known.get(name) is None]
        if text is None:
            return [Part(self.name, weight, None, (0, 0), "There is no text to judge.")]
        if missing:
            return [Part(self.name, weight, None, (0, 0), f"It needs {' and '.join(missing)} to judge by.")]
        given = {name: known[name] for name in self.takes if known.get(name) is not None}
        return [
            Part(self.name, weight, value, span, why) for value, span, why in self.judge(text, **given)
        ] or [Part(self.name, weight, None, (0, 0), "There is nothing here that it can judge.")]

    def __repr__(self) -> str:
        return f"Rule({self.name})"


@dataclass(frozen=True)
class Breakdown:
    """The parts of one completion's reward; iterates over them.

    `total` is the sum of weight times value over what could be judged, None where nothing could.
    """

    parts: tuple[Part, ...]

    @property
    def total(self) -> float | None:
        """The reward."""
        return total_of(self.parts)

    def value(self, rule: str) -> float | None:
        """What one rule gave, before its weight."""
        return total_of(replace(part, weight=1.0) for part in self.parts if part.rule == rule)

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def __repr__(self) -> str:
        lines = [
            f"{_signed(part.value):>6} x {part.weight:<5g} {part.rule:<20} {part.why}" for part in self.parts
        ]
        return "\n".join([*lines, f"{_signed(self.total):>6} in all"])


def breakdown(
    completion: Any,
    problem: Any = None,
    *,
    rules: Sequence[Rule] | None = None,
    weights: Sequence[float] | Mapping[str, float] | None = None,
) -> Breakdown:
    """The reward of one completion, part by part.

    Args:
        completion: a `Trace`, a text, or a list of messages.
        problem: what was asked: a problem of `labkit.tasks`, or a mapping such as
            `{"numbers": [3, 5, 9], "target": 24}`; by default that of the trace's prompt.
        rules: which rules; by default a right answer and the form, as in R1-Zero.
        weights: one a rule in their order, or by name (1 where none is given); by default those of
            the recipe of `r1-mini`, 1.0 and 0.2, and 1.0 for other rules.

    Raises:
        LabkitError: something is no rule, or the weights do not fit the rules.

    >>> breakdown("...</think><answer>3 * 5</answer>", {"numbers": [3, 5, 9], "target": 24})
         0 x 1     countdown_accuracy   The answer leaves out 9.
        +1 x 0.2   think_format         A thought, its closing tag and one answer, in this order.
      +0.2 in all
    """
    chosen = default_rules() if rules is None else list(rules)
    each = weights_of(chosen, weights)
    text, known = facts(completion, problem)
    return Breakdown(
        tuple(part for r, w in zip(chosen, each, strict=True) for part in r.parts(text, known, w))
    )


def default_rules() -> list[Rule]:
    """Those of R1-Zero (R1 section 2.2.2), for Countdown."""
    from labkit.rewards.rules import countdown_accuracy, think_format

    return [countdown_accuracy, think_format]


RECIPE = {"countdown_accuracy": 1.0, "think_format": 0.2}  # of r1-mini


def weights_of(rules: Sequence[Rule], weights: Sequence[float] | Mapping[str, float] | None) -> list[float]:
    """One weight a rule, in their order; see `breakdown`."""
    names = [rule.name if isinstance(rule, Rule) else None for rule in rules]
    if None in names or not names or len(set(names)) < len(names):
        raise LabkitError(
            f"{list(rules)!r} is no list of different rules.",
            why="a rule is labkit.rewards.Rule: a function that yields (value, span, why) for one text.",
            next="rules=[labkit.rewards.countdown_accuracy, labkit.rewards.think_format]",
        )
    if weights is None:
        return [RECIPE.get(str(name), 1.0) for name in names]
    unknown = sorted({*weights} - {*names}) if isinstance(weights, Mapping) else []
    given = [weights.get(str(n), 1.0) for n in names] if isinstance(weights, Mapping) else list(weights)
    if unknown or len(given) != len(names):
        raise LabkitError(
            f"The weights {weights!r} do not fit the rules {', '.join(map(str, names))}.",
            why=f"there is no rule {unknown[0]!r}." if unknown else "each rule has one weight.",
            next=f"weights={dict.fromkeys(map(str, names), 1.0)!r}",
        )
    return [float(w) for w in given]


def facts(completion: Any, problem: Any) -> tuple[str | None, dict[str, Any]]:
    """The text of a completion and all that is known for its rules."""
    from labkit.tasks.countdown import problem_in
    from labkit.traces import Trace

    known: dict[str, Any] = {}
    text = completion.text if isinstance(completion, Trace) else text_of(completion)
    if isinstance(completion, Trace):
        known = {"opened": completion.opened}
        if len(completion):
            known |= {"completion_ids": completion.tokens.ids, "token_starts": completion.char_starts}
        problem = problem or problem_in(completion.prompt)
    if problem is not None:
        known |= dict(problem) if isinstance(problem, Mapping) else getattr(problem, "columns", {})
    return text, known


def text_of(completion: Any) -> str | None:
    """The text of a completion: itself, or the last message's content; None where there is none.

    >>> text_of([{"role": "assistant", "content": "Hello"}])
    'Hello'
    """
    if isinstance(completion, Sequence) and not isinstance(completion, str | bytes) and completion:
        last = completion[-1]
        completion = last.get("content") if isinstance(last, Mapping) else None
        if isinstance(completion, list):  # typed pieces, as multimodal templates have them
            pieces = [piece.get("text") for piece in completion if isinstance(piece, Mapping)]
            completion = "".join(piece for piece in pieces if isinstance(piece, str))
    return completion if isinstance(completion, str) else None


def total_of(parts: Iterable[Part]) -> float | None:
    """Weight times value over what could be judged; None where nothing could."""
    known = [part.weight * part.value for part in parts if part.value is not None]
    return fsum(known) if known else None


def _signed(value: float | None) -> str:
    return "?" if value is None else f"{value:+.3g}" if value else "0"
