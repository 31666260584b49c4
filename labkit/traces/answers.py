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

SHOWN_EXCERPT = 70  # characters of an example in the plain table
SHOWN_REASON = 120  # characters of the reason for no answer, below the table
PADDING = "padding:0.25em 0.7em;vertical-align:top"
NUMBER = f"{PADDING};text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap"
TEXT = f"{PADDING};text-align:left;overflow-wrap:anywhere"
NAME = f"{TEXT};min-width:7em"
COLUMNS = {
    "question": NAME, "thoughts": NUMBER, "share": NUMBER, "95 % interval": NUMBER, "occurrences": NUMBER,
    "first in": NUMBER, "example": TEXT,
}  # fmt: skip


class Example(NamedTuple):
    """A place where a question is answered with yes.

    Attributes:
        number: the number of the thought.
        start, end: the character range in the completion.
        before, match, after: the text there, and some text around it, in one line.
    """

    number: int
    start: int
    end: int
    before: str
    match: str
    after: str

    @property
    def excerpt(self) -> str:
        """The text with the text around it."""
        return self.before + self.match + self.after


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
        return (
            f"Answer({printable(self.name)}: {self.thoughts:,} of {self.n:,} thoughts, {_percent(self.share)}, "
            f"95 % interval {_interval(self)})"
        )


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
                "unanswered": len(answer.unanswered),
                "example": answer.examples[0].excerpt if answer.examples else "",
            }
            for answer in self.values()
        ])  # fmt: skip

    def __repr__(self) -> str:
        names = [printable(name) for name in self]
        width = max(map(len, names), default=0)
        lines = [f"{'':{width}} {'thoughts':>10} {'share':>6}  {'95 % interval':<15} {'occurrences':>11}"]
        for name, answer in zip(names, self.values(), strict=True):
            example = (
                f"in {answer.examples[0].number}: {answer.examples[0].excerpt}" if answer.examples else ""
            )
            lines.append(
                f"{name:{width}} {answer.thoughts:10,} {_percent(answer.share):>6}  {_interval(answer):<15} "
                f"{answer.occurrences:11,}  {example[:SHOWN_EXCERPT]}".rstrip()
            )
        return "\n".join([*lines, *_footnotes(self)])

    def _repr_html_(self) -> str:
        head = "".join(f'<th style="{style}">{title}</th>' for title, style in COLUMNS.items())
        rows = "".join(f"<tr>{_cells(answer)}</tr>" for answer in self.values())
        notes = "".join(f'<div style="{PADDING}">{escape(note)}</div>' for note in _footnotes(self))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def _cells(answer: Answer) -> str:
    """The cells of a row."""
    number, example = (
        (f"{answer.examples[0].number}", _marked(answer.examples[0])) if answer.examples else ("", "")
    )
    cells = (
        escape(printable(answer.name)), f"{answer.thoughts:,}", _percent(answer.share), _interval(answer),
        f"{answer.occurrences:,}", number, example,
    )  # fmt: skip
    return "".join(
        f'<td style="{style}">{cell}</td>' for cell, style in zip(cells, COLUMNS.values(), strict=True)
    )


def _marked(example: Example) -> str:
    """The excerpt with the match in bold; `<bdi>` keeps the writing direction of a model's text within its cell."""
    return f"<bdi>{escape(example.before)}<b>{escape(example.match)}</b>{escape(example.after)}</bdi>"


def _footnotes(answers: Answers) -> list[str]:
    """A line for each question that has no answer for some thoughts."""
    return [
        f"{printable(answer.name)}: thoughts without an answer: {len(answer.unanswered):,}, "
        f"the first is {answer.unanswered[0].number}: {printable(answer.unanswered[0].why)[:SHOWN_REASON]}"
        for answer in answers.values()
        if answer.unanswered
    ]


def _interval(answer: Answer) -> str:
    low, high = answer.interval
    return f"{_percent(low)} to {_percent(high)}" if answer.n else "-"


def _percent(share: float) -> str:
    """A share with one digit behind the point.

    >>> _percent(0.125), _percent(1.0), _percent(float("nan"))
    ('12.5%', '100.0%', '-')
    """
    return f"{share:.1%}" if share == share else "-"
