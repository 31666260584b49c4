"""A thought and its forks as words and lines, shared by the live view and the saved outputs. No torch here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.rewards import outcome_of
from labkit.traces import Alternative, Trace, blocks
from labkit.views.core.color_scales import level
from labkit.views.core.packing import texts_of
from labkit.views.core.wording import ENDS, plural
from labkit.views.fork.contract import Branch, Choice, Choices, ForkSummary, ImportanceBar, Row, Text, Tree

if TYPE_CHECKING:
    from labkit.inside import Fork, Importance

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PREFIX = 160  # characters of the unchanged text that are shown before a change
VERDICTS = {True: "right", False: "wrong", None: ""}
PACE = 0.006  # assumed seconds per token of eight rollouts, before a measurement exists


def letter(number: int) -> str:
    """The name of a fork: A, B, ... Z, A2, ...

    >>> letter(0), letter(27)
    ('A', 'B2')
    """
    cycle, index = divmod(number, len(LETTERS))
    return LETTERS[index] + (str(cycle + 1) if cycle else "")


def fork_summary(fork: Fork) -> ForkSummary:
    """A fork's line in the list."""
    judged = fork.share
    low, high = judged.interval if judged else (0.0, 1.0)
    return ForkSummary(
        where=fork.description, n=len(fork.rollouts), right=judged.right if judged else 0,
        share=judged.value if judged and judged.n else None, low=low, high=high, answers=len(fork.groups),
        cut=sum(t.finish == "interrupted" for t in fork.rollouts),
    )  # fmt: skip


def share_text(line: ForkSummary) -> str:
    """The number of right answers, and its interval.

    >>> share_text(ForkSummary(where="", n=8, right=7, share=0.875, low=0.529, high=0.978, answers=2, cut=0))
    '7 of 8 correct, 53 to 98 %'
    """
    if not line.n:
        return "stopped before a token"
    if line.share is None:
        return f"{plural(line.answers, 'different answer')} of {line.n}"
    return f"{line.right} of {line.n} correct, {100 * line.low:.0f} to {100 * line.high:.0f} %"


def importance_bar(importance: Importance) -> ImportanceBar:
    """An importance for display beside its step."""
    known = not math.isnan(importance.change) and bool(importance.without_step)
    low, high = importance.interval
    return ImportanceBar(
        step=importance.step, name=importance.name, change=importance.change if known else None, low=low,
        high=high, said=str(importance),
    )  # fmt: skip


def own_outcome(trace: Trace) -> str:
    """The outcome of the trunk itself."""
    outcome = outcome_of(trace)
    if not outcome.answer:
        return "no answer"
    return {True: "right answer", False: "wrong answer", None: "answered"}[outcome.correct]


def rows_of(trace: Trace, first: int, last: int) -> list[Row]:
    """Rows `[first, last)`, with the texts of their tokens."""
    texts, logprobs = texts_of(trace), trace.tokens.logprobs
    return [
        Row(
            role=block.role, first=block.first, number=block.number, kind=block.kind,
            texts=texts[block.first : block.last],
            doubts=[level("probability", p, None) for p in logprobs[block.first : block.last]],
        )
        for block in blocks(trace)[first:last]
    ]  # fmt: skip


def choices_of(trace: Trace, token: int) -> Choices:
    """The likeliest tokens at a position."""
    alternatives: Sequence[Alternative] = trace.token(token).alternatives
    choices = [Choice(token=a.id, text=a.text, share=math.exp(a.logprob)) for a in alternatives]
    return Choices(token=token, choices=choices)


def tree_of(fork: Fork, number: int, model: str) -> Tree:
    """The outcomes of a fork; `model` is the extra argument of its call, or empty."""
    branches = [
        Branch(answer=g.outcome.answer, correct=g.outcome.correct, members=list(g.members))
        for g in fork.groups
    ]
    call, hash_, comment = fork.code.partition("  # ")
    if model:
        call = f"{call[:-1]}, model={model})"
    change = fork.replacement or "chosen again"
    code = f"fork = {call}{hash_}{comment}\nprint(fork.tree())"
    return Tree(fork=number, at=fork.at, change=change, branches=branches, code=code)


def importance_code(arguments: Sequence[str], needs_model: bool) -> str:
    """The call that reproduces importances."""
    model = ["model=model"] if needs_model else []
    return f"labkit.inside.step_importance({', '.join(['trace', *arguments, *model])})"


def text_of(fork: Fork, rollout: int) -> Text:
    """One rollout, with the end of the kept text."""
    trace = fork.rollouts[rollout]
    change, start = trace.char_starts[fork.at], trace.char_starts[fork.start]
    prefix = trace.text[:change]
    return Text(
        kept=prefix if len(prefix) <= PREFIX else "…" + prefix[-PREFIX:], put=trace.text[change:start],
        wrote=trace.text[start:], tokens=len(trace) - fork.start, ended=ENDS[trace.finish],
    )  # fmt: skip


def seconds_for(trace: Trace, pace: float) -> list[float]:
    """The estimated time for the importances of all steps with 4, 8 and 16 rollouts.

    At each step boundary, rollouts run to the end of the thought and are forced to answer; twice the rollouts
    take 1.5 times as long.
    """
    ends = [b.last for b in blocks(trace) if b.role == "step"]
    tokens = sum(len(trace) - keep + 15 for keep in [0, *ends])
    return [round(pace * tokens * factor, 2) for factor in (0.75, 1.0, 1.5)]
