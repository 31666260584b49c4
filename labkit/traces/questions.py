r"""Questions about many thoughts, as rules: in how many does something occur, and how often?

| a question is | yes means | an occurrence is |
|---|---|---|
| a regular expression, text or `re.compile(...)` | it matches in the completion | a match |
| `StepKind("check")` | the thought has a step of this kind | a step |
| a function that takes a `Trace` | it returns something true | the thought |

A regular expression searches the first 1,000,000 characters and cannot hang the kernel: `labkit.traces.bounded_search`
says how; a thought that takes more than 2 s of CPU time is listed as unanswered. No model answers here, so the
same question has the same answer each time.

>>> from labkit.traces import Trace, TraceGroup
>>> group = TraceGroup((Trace.from_text("", "<think>Add.\n\nWait, no.</think>4"), Trace.from_text("", "4")))
>>> group.ask({"waits": r"(?i)\bwait\b", "goes back": StepKind("back")})["goes back"]
Answer(goes back: 1 of 2 thoughts, 50.0%, 95 % interval 9.5% to 90.5%)
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from labkit._names import kind_of
from labkit._printable import printable
from labkit.errors import BadArgument
from labkit.traces.answers import Answer, Answers, Example, Unanswered
from labkit.traces.bounded_search import BoundedSearch
from labkit.traces.trace import Trace

AROUND = 40  # characters on each side of a match in an excerpt
EXAMPLES = 5  # examples of an answer
CHUNK = 32  # thoughts in memory at a time


@dataclass(frozen=True)
class StepKind:
    """A question: has the thought a step of this kind? `labkit.traces.steps` has the kinds."""

    kind: str


Question = str | re.Pattern[str] | StepKind | Callable[[Trace], Any]
Spans = Sequence[Sequence[int]]


@dataclass
class Verdict:
    """The answer for one thought: how often, and where first; `why_not` is the reason for no answer."""

    occurrences: int
    spans: Spans = ()
    why_not: str = ""


class Judge(Protocol):
    """Answers a question for several thoughts."""

    def __call__(self, traces: Sequence[Trace], /) -> Iterator[Verdict]:
        """One verdict a thought."""


def ask(
    traces: Iterable[Trace],
    questions: Mapping[str, Question],
    progress: Callable[[int], None] = lambda _: None,
) -> Answers:
    """The answers to several questions, in one pass over the thoughts.

    Args:
        traces: the thoughts.
        questions: by name.
        progress: called with the number of thoughts that are done.

    Raises:
        BadArgument: a question is not one, its name is not text, or a regular expression is wrong.
    """
    unnamed = next((name for name in questions if not isinstance(name, str)), None)
    if unnamed is not None:
        raise BadArgument(
            f"The name of a question is {unnamed!r:.80}, and not text.",
            why="the answers are listed by name.",
            next='traces.ask({"waits": r"\\bwait\\b"})',
        )
    tallies = [_Tally(name, _judge(question)) for name, question in questions.items()]
    done, rest = 0, iter(traces)
    while chunk := list(islice(rest, CHUNK)):
        for tally in tallies:
            tally.add(chunk, done)
        done += len(chunk)
        progress(done)
    return Answers([tally.answer() for tally in tallies])


class _Tally:
    """Counts the verdicts of one question."""

    def __init__(self, name: str, judge: Judge) -> None:
        self._name, self._judge = name, judge
        self._n = self._occurrences = 0
        self._indices = array("q")
        self._examples: list[Example] = []
        self._unanswered: list[Unanswered] = []

    def add(self, traces: Sequence[Trace], first: int) -> None:
        """Counts the verdicts about thoughts, of which the first has the number `first`."""
        for number, (trace, verdict) in enumerate(zip(traces, self._judge(traces), strict=True), first):
            if verdict.why_not:
                self._unanswered.append(Unanswered(number, verdict.why_not))
                continue
            self._n += 1
            self._occurrences += verdict.occurrences
            if verdict.occurrences:
                self._indices.append(number)
                self._add_examples(number, trace.text, verdict.spans)

    def _add_examples(self, number: int, text: str, spans: Spans) -> None:
        for start, end in spans[: EXAMPLES - len(self._examples)]:
            self._examples.append(example(number, text, start, end))

    def answer(self) -> Answer:
        """The counts so far."""
        return Answer(
            self._name,
            self._n,
            self._indices,
            self._occurrences,
            tuple(self._examples),
            tuple(self._unanswered),
        )


def _judge(question: Any) -> Judge:
    """The judge of a question.

    Raises:
        BadArgument: this is not a question.
    """
    if isinstance(question, str | re.Pattern):
        return _pattern_judge(question)
    if isinstance(question, StepKind):
        return _each(lambda trace: _steps_of_kind(trace, question.kind))
    if callable(question):
        return _each(lambda trace: _truth(trace, question))
    raise BadArgument(
        f"A question cannot be {kind_of(question)}.",
        why="it is a regular expression, StepKind(...), or a function that takes a trace.",
        next='traces.ask({"waits": r"\\bwait\\b", "checks": labkit.traces.StepKind("check")})',
    )


def _pattern_judge(pattern: str | re.Pattern[str]) -> Judge:
    bounded = BoundedSearch(pattern)

    def judge(traces: Sequence[Trace], /) -> Iterator[Verdict]:
        for matches in bounded.search([trace.text for trace in traces]):
            yield Verdict(matches.number, matches.spans, matches.why_not)

    return judge


def _each(verdict_of: Callable[[Trace], Verdict]) -> Judge:
    """A judge that looks at one thought at a time; an exception is the reason for no answer."""

    def judge(traces: Sequence[Trace], /) -> Iterator[Verdict]:
        for trace in traces:
            try:
                yield verdict_of(trace)
            except Exception as error:
                yield Verdict(0, why_not=f"{type(error).__name__}: {str(error)[:200]}")

    return judge


def _steps_of_kind(trace: Trace, kind: str) -> Verdict:
    spans = [(step.start, step.end) for step in trace.steps if step.kind == kind]
    return Verdict(len(spans), spans)


def _truth(trace: Trace, function: Callable[[Trace], Any]) -> Verdict:
    return Verdict(int(bool(function(trace))), [(0, 0)])


def example(number: int, text: str, start: int, end: int) -> Example:
    r"""A character range of a completion with some text around it, printable and in one line.

    >>> example(0, "First we add.\n\nWait, that is wrong.", 15, 19).excerpt
    'First we add. Wait, that is wrong.'
    """
    left, shown, right = max(start - AROUND, 0), min(end, start + 2 * AROUND), min(end + AROUND, len(text))
    return Example(
        number, start, end,
        ("…" if left else "") + _one_line(text[left:start]),
        _one_line(text[start:shown]) + ("…" if shown < end else ""),
        _one_line(text[end:right]) + ("…" if right < len(text) else ""),
    )  # fmt: skip


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", printable(text))
