"""The data of a reward view: a group with its rewards; no drawing."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Literal

from labkit.rewards import Breakdown, Outcome, Rule, group_advantages
from labkit.rewards.advantages import Kind
from labkit.traces import Trace, blocks
from labkit.views.core.packing import UNKNOWN, key_of, texts_of
from labkit.views.core.wording import prompt_shown
from labkit.views.reward import contract as wire

MARKS = 400  # maximum marks shown per rollout


@dataclass(frozen=True)
class Judged:
    """The rollouts of one prompt, and the values of the rules for each rollout.

    `now` and `reference` hold, for each rollout, log p of its tokens under the policy and under the
    reference; the lists are empty if these are the sampling policy.
    """

    traces: tuple[Trace, ...]
    outcomes: tuple[Outcome, ...]
    rules: tuple[Rule, ...]
    breakdowns: tuple[Breakdown, ...]
    now: tuple[list[float], ...]
    reference: tuple[list[float], ...]
    policy: str
    referee: str

    def values(self, row: int) -> list[float | None]:
        """The value of each rule for a rollout."""
        return [self.breakdowns[row].value(rule.name) for rule in self.rules]


def totals(judged: Judged, weights: Sequence[float]) -> list[float | None]:
    """The reward of each rollout; None if no rule can judge it."""
    found: list[float | None] = []
    for row in range(len(judged.traces)):
        known = [w * v for w, v in zip(weights, judged.values(row), strict=True) if v is not None]
        found.append(fsum(known) if known else None)
    return found


def advantages(rewards: Sequence[float | None], kind: Kind) -> list[float]:
    """The advantage of each rollout; a single rollout has no group to compare with."""
    return group_advantages(rewards, kind=kind).tolist() if len(rewards) > 1 else [0.0] * len(rewards)


def scene_of(judged: Judged) -> wire.Scene:
    """The labels of a reward view."""
    first = judged.traces[0]
    return wire.Scene(
        prompt=prompt_shown(first),
        model=first.model,
        rules=[rule.name for rule in judged.rules],
        rollouts=[rollout_of(judged, row) for row in range(len(judged.traces))],
        limit=max(first.settings.max_new_tokens, *(len(trace) for trace in judged.traces), 1),
        policy=judged.policy,
        reference=judged.referee,
    )


def rollout_of(judged: Judged, row: int) -> wire.Rollout:
    """One rollout as a line."""
    trace = judged.traces[row]
    outcome = judged.outcomes[row]
    return wire.Rollout(
        key=key_of(trace), count=len(trace), finish=trace.finish, answer=outcome.answer, right=outcome.correct,
        values=judged.values(row), strip=strip_of(trace),
    )  # fmt: skip


def strip_of(trace: Trace) -> list[wire.Stretch]:
    """The thought as a strip: its steps by kind, its tags and its answer, with lengths in tokens."""
    return [
        wire.Stretch(kind=b.kind if b.role == "step" else _other(b.role), tokens=b.last - b.first)
        for b in blocks(trace)
    ]


def _other(role: str) -> Literal["answer", "tag"]:
    return "answer" if role == "answer" else "tag"


def opened(judged: Judged, row: int) -> tuple[wire.Opened, bytes]:
    """A complete rollout, in the format of `Opened`."""
    trace = judged.traces[row]
    starts = trace.char_starts[:-1]
    number = {rule.name: i for i, rule in enumerate(judged.rules)}
    marks = []
    for part in judged.breakdowns[row]:
        first, last = tokens_of(starts, *part.span)
        marks.append(
            wire.Mark(rule=number[part.rule], value=part.value, first=first, last=last, why=part.why)
        )
    head = wire.Opened(
        row=row, count=len(trace), texts=texts_of(trace), marks=marks[:MARKS], dropped=max(0, len(marks) - MARKS)
    )  # fmt: skip
    old = trace.tokens.logprobs
    columns = [
        array("f", c or [UNKNOWN] * len(trace))
        for c in (old, judged.now[row] or old, judged.reference[row] or old)
    ]
    if sys.byteorder == "big":
        for column in columns:
            column.byteswap()
    return head, b"".join(column.tobytes() for column in columns)


def tokens_of(starts: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """The tokens that contain a character of `[start, end)`."""
    if start >= end or not starts:
        return 0, 0
    first = max(0, bisect_left(starts, start + 1) - 1)
    return first, max(first + 1, bisect_left(starts, end))
