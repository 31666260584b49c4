"""The answers to questions about many thoughts, as a table with intervals and examples."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import nan
from typing import Any, NamedTuple

from labkit._names import nearest
from labkit._printable import printable
from labkit.errors import BadArgument
from labkit.traces import tables
from labkit.traces.intervals import wilson_interval

SHOWN_EXCERPT = 60  # characters of an example in the plain table
CELL = "text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap"
LEFT = "text-align:left"


class Example(NamedTuple):
    """A place where a question is answered with yes.

    Attributes:
        number: the number of the thought.
        start, end: the character range in the completion.
        excerpt: the text there with some text around it, in one line.
    """

    number: int
    start: int
    end: int
    excerpt: str


class Unanswered(NamedTuple):
    """A thought for which a question has no answer: its number, and why."""

    number: int
    why: str


@dataclass(frozen=True)
class Answer:
    """The answer to one question about many thoughts.

    Attributes:
        name: the name of the question.
        n: the thoughts for which there is an answer, yes or no.
        indices: the numbers of the thoughts with yes; `traces.select(answer.indices)` are these.
        occurrences: matches or steps in all of them; for a function, the thoughts.
        examples: the first ones.
        unanswered: the thoughts for which there is no answer, such as those for which a function raised an exception.
    """

    name: str
    n: int
    indices: array[int]
    occurrences: int
    examples: Sequence[Example]
    unanswered: Sequence[Unanswered]

    @property
    def thoughts(self) -> int:
        """The number of thoughts with yes."""
        return len(self.indices)

    @property
    def share(self) -> float:
        """The share of the thoughts with yes, 0 to 1; NaN if no thought has an answer."""
        return self.thoughts / self.n if self.n else nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share (Wilson).

        It treats the thoughts as independent; it is too narrow for several rollouts of each of a few prompts.
        """
        return wilson_interval(self.thoughts, self.n)

    def __repr__(self) -> str:
        return f"Answer({printable(self.name)}: {self.thoughts:,} of {self.n:,} thoughts, {_share(self)})"


class Answers(Mapping[str, Answer]):
    """The answers to several questions, by name; its display is a table."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = {answer.name: answer for answer in answers}

    def __getitem__(self, name: str) -> Answer:
        if name not in self._answers:
            near = nearest(str(name), self._answers) or next(iter(self._answers), "")
            raise BadArgument(
                f"There was no question {name!r}.",
                why=f"the questions are {', '.join(self._answers)}.",
                next=f"answers[{near!r}]",
            )
        return self._answers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._answers)

    def __len__(self) -> int:
        return len(self._answers)

    def to_frame(self) -> Any:
        """A `pandas.DataFrame` with one row a question.

        The columns are `question`, `thoughts`, `n`, `share`, `low` and `high` (of the interval), `occurrences`,
        `unanswered`, and the `example`.

        Raises:
            LabkitError: pandas is not installed.
        """
        return tables.frame([
            {
                "question": answer.name, "thoughts": answer.thoughts, "n": answer.n, "share": answer.share,
                "low": answer.interval[0], "high": answer.interval[1], "occurrences": answer.occurrences,
                "unanswered": len(answer.unanswered), "example": _example(answer),
            }
            for answer in self.values()
        ])  # fmt: skip

    def __repr__(self) -> str:
        names = [printable(name) for name in self]
        width = max(map(len, names), default=0)
        lines = [f"{'':{width}} {'thoughts':>10} {'share':>6}  {'95 % interval':<13} {'occurrences':>11}"]
        for name, answer in zip(names, self.values(), strict=True):
            lines.append(
                f"{name:{width}} {answer.thoughts:10,} {_percent(answer.share):>6}  {_interval(answer):<13} "
                f"{answer.occurrences:11,}  {_example(answer)[:SHOWN_EXCERPT]}".rstrip()
            )
        return "\n".join([*lines, *_footnotes(self)])

    def _repr_html_(self) -> str:
        titles = ("question", "thoughts", "share", "95 % interval", "occurrences", "first example")
        styles = (LEFT, CELL, CELL, CELL, CELL, LEFT)
        head = "".join(
            f'<th style="{style}">{title}</th>' for title, style in zip(titles, styles, strict=True)
        )
        rows = "".join(f"<tr>{_cells(answer, styles)}</tr>" for answer in self.values())
        notes = "".join(f"<div>{escape(note)}</div>" for note in _footnotes(self))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def _cells(answer: Answer, styles: Sequence[str]) -> str:
    """The cells of a row. `<bdi>` keeps the writing direction of a model's text within its cell."""
    texts = (
        printable(answer.name), f"{answer.thoughts:,}", _percent(answer.share), _interval(answer),
        f"{answer.occurrences:,}", _example(answer),
    )  # fmt: skip
    return "".join(
        f'<td style="{style}"><bdi>{escape(text)}</bdi></td>'
        for text, style in zip(texts, styles, strict=True)
    )


def _footnotes(answers: Answers) -> list[str]:
    """A line for each question that has no answer for some thoughts."""
    return [
        f"{printable(answer.name)}: thoughts without an answer: {len(answer.unanswered):,}, "
        f"the first is {answer.unanswered[0].number}: {printable(answer.unanswered[0].why)}"
        for answer in answers.values()
        if answer.unanswered
    ]


def _example(answer: Answer) -> str:
    if not answer.examples:
        return ""
    first = answer.examples[0]
    return f"{first.number}: {first.excerpt}"


def _share(answer: Answer) -> str:
    return f"{_percent(answer.share)}, 95 % interval {_interval(answer)}"


def _interval(answer: Answer) -> str:
    low, high = answer.interval
    return f"{_percent(low)} to {_percent(high)}"


def _percent(share: float) -> str:
    """A share with one digit behind the point.

    >>> _percent(0.125), _percent(1.0), _percent(float("nan"))
    ('12.5%', '100.0%', '-')
    """
    return f"{share:.1%}" if share == share else "-"
