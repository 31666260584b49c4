"""A reward with reasons: rules, their parts, and the weighted sum.

A `Rule` judges one completion and yields `Part`s: a value, the characters that earned or lost it, and
one sentence why. Called with a list of completions, a rule is a reward function with the signature of
TRL's `GRPOTrainer`; `breakdown` shows the parts. Both use the same judging code.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import update_wrapper
from math import fsum
from numbers import Real
from typing import Any

from labkit._arguments import checks_arguments
from labkit._deprecated import renamed
from labkit.errors import BadArgument, LabkitError
from labkit.traces.readers.openai_chat import thought_of
from labkit.traces.split import CLOSE, OPEN, split


@dataclass(frozen=True)
class Part:
    """The value that one rule gave to one span of a completion.

    Attributes:
        rule: name of the rule.
        weight: weight of the value in the sum.
        value: the value; 0 or less is a loss, and None means that the rule cannot judge.
        span: characters `[start, end)` of the completion; empty if the value has no specific place.
        why: one sentence.
    """

    rule: str
    weight: float
    value: float | None
    span: tuple[int, int]
    why: str


JudgedSpan = tuple[float | None, tuple[int, int], str]  # value, span and reason, without rule and weight
ScoreFunction = Callable[..., Iterable[JudgedSpan | float] | float | None]
PROVIDED = ("parts", "open_tag", "close_tag", "columns")  # arguments that a judge may take besides columns
READING = ("opened", "open_tag", "close_tag")  # columns that control the split of a text


class Rule:
    """One rule, made from a function that judges one completion.

    The function takes the text and named arguments: columns of the problem; `parts`, the thought and the
    answer part of the text (`labkit.traces.Parts`); `open_tag` and `close_tag`, the tags of the split; or
    `columns`, a mapping of all columns. It yields findings: `(value, (start, end), "One sentence.")`. The
    reward is the sum of their values; no finding, or a value of None, means that the rule cannot judge. A
    bare number is also a finding.

    `required` are the columns without a default, `accepted` all columns. A rule can be pickled if its judge is a
    module-level name, or if `factory` gives the call that makes the rule.

    >>> @Rule
    ... def short(text, *, limit):
    ...     yield float(len(text) <= limit), (0, len(text)), f"{len(text)} of {limit} characters."
    >>> short(["ab", "abcdef"], limit=[4, 4])
    [1.0, 0.0]
    """

    __name__: str
    __qualname__: str

    def __init__(
        self,
        score_fn: ScoreFunction,
        *,
        name: str = "",
        required: Sequence[str] | None = None,
        factory: tuple[Callable[..., Rule], tuple[Any, ...]] | None = None,
        needs: Sequence[str] | None = None,
    ) -> None:
        if needs is not None:  # the old name, for one version
            warnings.warn("Rule(needs=...) is now Rule(required=...).", DeprecationWarning, stacklevel=2)
            required = needs
        update_wrapper(self, score_fn)
        self.score_fn, self.factory = score_fn, factory
        self.name = self.__name__ = name or score_fn.__name__
        named = inspect.signature(score_fn).parameters.values()
        keywords = [p for p in named if p.kind is p.KEYWORD_ONLY]
        self.provided = tuple(p.name for p in keywords if p.name in PROVIDED)
        columns = [p for p in keywords if p.name not in PROVIDED]
        self.required = tuple(required or (p.name for p in columns if p.default is p.empty))
        self.accepted = tuple(required or (p.name for p in columns))

    def __call__(self, completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """The reward of each completion, as TRL expects it; None if this rule cannot judge it.

        Args:
            completions: texts, or lists of messages with `role` and `content` (and `reasoning_content`).
            columns: one entry a completion for each column of the data set; other columns are ignored.
                `opened` (whether the template of the prompt wrote the opening tag), `open_tag` and
                `close_tag` control the split of a text, for each completion or for all; if `prompts`
                holds texts, `opened` is derived from the end of each.

        Raises:
            LabkitError: a column that the rule needs is missing or has another length.
        """
        known = {name: columns[name] for name in self.accepted if columns.get(name) is not None}
        missing = [name for name in self.required if name not in columns]
        short = [name for name, column in known.items() if len(column) != len(completions)]
        if missing or short:
            what = (
                f"needs {' and '.join(f'{m}=' for m in missing)}" if missing
                else f"got {len(completions)} completions and {len(known[short[0]])} entries of {short[0]}="
            )  # fmt: skip
            raise BadArgument(
                f"{self.name}() {what}.",
                why="a reward function gets one entry a completion of each column that it judges by.",
                next=f"{self.name}(completions, {', '.join(f'{n}=[...]' for n in self.required or short)})",
            )
        if "columns" in self.provided:
            known = {
                n: c for n, c in columns.items() if isinstance(c, Sequence) and len(c) == len(completions)
            }
        readings = readings_of(columns, len(completions))
        return [
            total_of(
                self.parts(
                    text_of(c, reading.get("open_tag", OPEN), reading.get("close_tag", CLOSE)),
                    {**reading, **{name: column[i] for name, column in known.items()}},
                )
            )
            for i, (c, reading) in enumerate(zip(completions, readings, strict=True))
        ]

    def parts(self, text: str | None, known: Mapping[str, Any], weight: float = 1.0) -> list[Part]:
        """The parts that this rule gives one completion; a single part with value None if it cannot judge.

        Args:
            text: the completion.
            known: columns of the problem; `parts` of a trace, or `opened`, `open_tag` and `close_tag`.
            weight: weight of the values in the sum.
        """
        missing = [name for name in self.required if known.get(name) is None]
        if text is None:
            return [Part(self.name, weight, None, (0, 0), "There is no text to judge.")]
        if missing:
            return [Part(self.name, weight, None, (0, 0), f"It needs {' and '.join(missing)} to judge by.")]
        given = {name: known[name] for name in self.accepted if known.get(name) is not None}
        if self.provided:
            provided = provided_for(text, known)
            given |= {name: provided[name] for name in self.provided}
        return [
            Part(self.name, weight, value, span, why)
            for value, span, why in self._findings(self.score_fn(text, **given))
        ] or [Part(self.name, weight, None, (0, 0), "There is nothing here that it can judge.")]

    def _findings(self, judged: Any) -> Iterator[JudgedSpan]:
        """The result of a judge as findings: a bare number becomes a finding without span and reason.

        Raises:
            LabkitError: the result is neither a number nor findings.
        """
        for finding in [judged] if isinstance(judged, Real | None) else judged:
            if isinstance(finding, Real | None):
                yield None if finding is None else float(finding), (0, 0), f"{self.name} gives no reason."
            elif isinstance(finding, tuple) and len(finding) == 3:
                yield finding
            else:
                raise LabkitError(
                    f"The rule {self.name} gave {finding!r:.60}.",
                    why="a rule gives a number, or yields (value, (start, end), 'One sentence.').",
                    next=f"@labkit.rewards.Rule  # def {self.name}(text): yield 1.0, (0, len(text)), 'It is good.'",
                )

    judge = renamed("judge", "score_fn")
    needs = renamed("needs", "required")
    takes = renamed("takes", "accepted")

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Pickles a rule by its name, or by the call that made it."""
        return self.factory or self.__qualname__

    def __repr__(self) -> str:
        return f"Rule({self.name})"


@dataclass(frozen=True)
class Breakdown:
    """The parts of one completion's reward; iterable.

    `total` is the sum of weight times value over the judged parts, None if there are none.
    """

    parts: tuple[Part, ...]

    @property
    def total(self) -> float | None:
        """The reward."""
        return total_of(self.parts)

    @checks_arguments
    def value(self, rule: str) -> float | None:
        """The value of one rule, without its weight."""
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


def readings_of(columns: Mapping[str, Any], n: int) -> list[dict[str, Any]]:
    """The split arguments of each of `n` texts: `opened`, `open_tag` and `close_tag`, if the columns have them."""
    readings: list[dict[str, Any]] = [{} for _ in range(n)]
    prompts = columns.get("prompts")
    if isinstance(prompts, Sequence) and len(prompts) == n and "opened" not in columns:
        for reading, prompt in zip(readings, prompts, strict=True):
            reading["opened"] = isinstance(prompt, str) and prompt.rstrip().endswith(
                columns.get("open_tag") or OPEN
            )
    for name in READING:
        value = columns.get(name)
        if value is None:
            continue
        entries = [value] * n if isinstance(value, str | bool) else list(value)
        if len(entries) != n:
            raise BadArgument(
                f"There are {n} completions and {len(entries)} entries of {name}=.",
                why="how a text is read is given once for all, or for each completion.",
                next=f"rule(completions, {name}={[value[0]] * n if entries else [True] * n!r})"[:200],
            )
        for reading, entry in zip(readings, entries, strict=True):
            reading[name] = entry
    return readings


def provided_for(text: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a judge besides single columns: the split of the text, its tags, all columns."""
    reading = {name: known[name] for name in READING if known.get(name) is not None}
    return {
        "parts": known.get("parts") or split(text, **reading),
        "open_tag": reading.get("open_tag", OPEN),
        "close_tag": reading.get("close_tag", CLOSE),
        "columns": {
            name: value for name, value in known.items() if name not in (*READING, "parts", "token_starts")
        },
    }


def text_of(completion: Any, open_tag: str = OPEN, close_tag: str = CLOSE) -> str | None:
    """The text of a completion: the text itself, or the last message. Returns None if there is no text.

    A message with separate reasoning (`reasoning_content`, `reasoning`, `thinking`, or a part of the content) becomes
    one text, with tags.

    >>> text_of([{"role": "assistant", "content": "Hello"}])
    'Hello'
    >>> text_of([{"role": "assistant", "reasoning_content": "2 and 2", "content": "4"}])
    '<think>2 and 2</think>4'
    """
    if isinstance(completion, Sequence) and not isinstance(completion, str | bytes) and completion:
        message = completion[-1]
        if not isinstance(message, Mapping):
            return None
        content, reasoning = _joined(message.get("content")), thought_of(message)
        return f"{open_tag}{reasoning}{close_tag}{content or ''}" if reasoning else content
    return completion if isinstance(completion, str) else None


def _joined(content: Any) -> str | None:
    """The content of a message: a text, or typed parts as in multimodal templates."""
    if isinstance(content, list):
        pieces = [piece.get("text") for piece in content if isinstance(piece, Mapping)]
        return "".join(piece for piece in pieces if isinstance(piece, str))
    return content if isinstance(content, str) else None


def total_of(parts: Iterable[Part]) -> float | None:
    """The sum of weight times value over the judged parts. Returns None if there are none."""
    known = [part.weight * part.value for part in parts if part.value is not None]
    return fsum(known) if known else None


def _signed(value: float | None) -> str:
    return "?" if value is None else f"{value:+.3g}" if value else "0"
