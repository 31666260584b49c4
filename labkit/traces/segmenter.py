"""`Segmenter`: how a thought is cut into steps, and how the kind of a step is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.errors import BadArgument

StepRule = Callable[[str], Sequence[tuple[int, int]]]  # gives the character ranges of the steps of a thought
KindRule = Callable[[str], str]  # gives the kind of a step, from its text

MAX_KIND = 40  # characters


@dataclass(frozen=True)
class Segmenter:
    r"""Rules of your own for steps; `trace.with_steps(segmenter)` uses them everywhere.

    The steps of the trace, its views, importances, tables and comparisons then follow these rules, and so do the
    rollouts that continue it. A thought has its own rules while it is generated if its family has them: register a
    `labkit.models.families.Family` with `step_rule` and `kind_rule`, and load the model with `family=`.

    Attributes:
        cut: gives the character ranges of the steps of a thought, in order and without overlap; by default the rule
            of the model's family. Text between two ranges belongs to no step.
        kind: gives the kind of a step from its text, as a short name; by default `labkit.traces.steps.kind_of`.
            A kind that labkit does not know gets a colour of its own in the views.
        name: a name for errors; by default that of the functions.

    >>> from labkit.traces import Trace
    >>> trace = Trace.from_text("2 + 2?", "<think>Is it 4?\n\nYes.</think>4")
    >>> asks = Segmenter(kind=lambda text: "question" if "?" in text else "statement")
    >>> [step.kind for step in trace.with_steps(asks).steps]
    ['question', 'statement']
    """

    cut: StepRule | None = None
    kind: KindRule | None = None
    name: str = ""

    @classmethod
    def of(cls, rule: StepRule | Segmenter | None) -> Segmenter:
        """The segmenter of a rule: a segmenter, a function that gives ranges, or None for the rules of the family."""
        return rule if isinstance(rule, Segmenter) else cls(cut=rule)

    def spans(self, text: str, default: StepRule) -> list[tuple[int, int]]:
        """The ranges of the steps of a thought.

        Raises:
            BadArgument: `cut` raises, or its ranges overlap, are out of order or outside of the text.
        """
        if self.cut is None:
            return list(default(text))
        spans = self._result(self.cut, text)
        try:
            pairs = [(int(start), int(end)) for start, end in spans]
        except (TypeError, ValueError):
            raise self._wrong(self.cut, f"returned {spans!r:.80}", "it returns pairs (start, end)") from None
        reached = 0
        for start, end in pairs:
            if not reached <= start < end <= len(text):
                raise self._wrong(
                    self.cut, f"gave the range ({start}, {end})",
                    f"the ranges are in order, do not overlap and lie in a text of {len(text)} characters",
                )  # fmt: skip
            reached = end
        return pairs

    def kind_of(self, text: str, default: KindRule) -> str:
        """The kind of a step.

        Raises:
            BadArgument: `kind` raises, or gives no name.
        """
        if self.kind is None:
            return default(text)
        kind = self._result(self.kind, text)
        if not is_kind(kind):
            raise self._wrong(
                self.kind, f"gave {kind!r:.80}", f"a kind is a text of one line, 1 to {MAX_KIND} characters"
            )
        return str(kind)

    def _result(self, rule: Callable[[str], Any], text: str) -> Any:
        try:
            return rule(text)
        except Exception as error:
            raise self._wrong(
                rule, f"raised {type(error).__name__}", f"{error!s:.200}" or "no reason"
            ) from error

    def _wrong(self, rule: Callable[[str], Any], what: str, why: str) -> BadArgument:
        name = self.name or getattr(rule, "__qualname__", type(rule).__name__)
        return BadArgument(
            f"The rule {name} for steps {what}.",
            why=f"{why}.",
            next="trace = trace.with_steps(None)  # the rules of its family",
        )


def is_kind(kind: object) -> bool:
    """Whether a value can be the kind of a step."""
    return isinstance(kind, str) and 0 < len(kind) <= MAX_KIND and kind.isprintable() and bool(kind.strip())
