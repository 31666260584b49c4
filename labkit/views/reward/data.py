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
class GradedGroup:
    """The rollouts of one prompt, and the values of the rules for each rollout.

    `policy_logprobs` and `reference_logprobs` hold, for each rollout, log p of its tokens under the policy and
    under the reference; the lists are empty if these are the sampling policy.
    """

    traces: tuple[Trace, ...]
    outcomes: tuple[Outcome, ...]
    rules: tuple[Rule, ...]
    breakdowns: tuple[Breakdown, ...]
    policy_logprobs: tuple[list[float], ...]
    reference_logprobs: tuple[list[float], ...]
    policy_name: str
    reference_name: str

    def values(self, row: int) -> list[float | None]:
        """The value of each rule for a rollout."""
        return [self.breakdowns[row].value(rule.name) for rule in self.rules]


def totals(group: GradedGroup, weights: Sequence[float]) -> list[float | None]:
    """The reward of each rollout; None if no rule can judge it."""
    rewards: list[float | None] = []
    for row in range(len(group.traces)):
        terms = [w * v for w, v in zip(weights, group.values(row), strict=True) if v is not None]
        rewards.append(fsum(terms) if terms else None)
    return rewards


def advantages(rewards: Sequence[float | None], kind: Kind) -> list[float]:
    """The advantage of each rollout; a single rollout has no group to compare with."""
    return group_advantages(rewards, kind=kind).tolist() if len(rewards) > 1 else [0.0] * len(rewards)


def scene_of(group: GradedGroup) -> wire.Scene:
    """The labels of a reward view."""
    first = group.traces[0]
    return wire.Scene(
        prompt=prompt_shown(first),
        model=first.model,
        rules=[rule.name for rule in group.rules],
        rollouts=[rollout_of(group, row) for row in range(len(group.traces))],
        limit=max(first.settings.max_new_tokens, *(len(trace) for trace in group.traces), 1),
        policy=group.policy_name,
        reference=group.reference_name,
    )


def rollout_of(group: GradedGroup, row: int) -> wire.Rollout:
    """One row of the table."""
    trace = group.traces[row]
    outcome = group.outcomes[row]
    return wire.Rollout(
        key=key_of(trace), count=len(trace), finish=trace.finish, answer=outcome.answer, right=outcome.correct,
        values=group.values(row), strip=strip_of(trace),
    )  # fmt: skip


def strip_of(trace: Trace) -> list[wire.StripSegment]:
    """The thought as a strip: its steps by kind, its tags and its answer, with lengths in tokens."""
    return [
        wire.StripSegment(kind=b.kind if b.role == "step" else _other(b.role), tokens=b.last - b.first)
        for b in blocks(trace)
    ]


def _other(role: str) -> Literal["answer", "tag"]:
    return "answer" if role == "answer" else "tag"


def rollout_detail(group: GradedGroup, row: int) -> tuple[wire.RolloutDetail, bytes]:
    """A complete rollout, in the format of `RolloutDetail`."""
    trace = group.traces[row]
    starts = trace.char_starts[:-1]
    number = {rule.name: i for i, rule in enumerate(group.rules)}
    marks = []
    for part in group.breakdowns[row]:
        first, last = tokens_of(starts, *part.span)
        marks.append(
            wire.Mark(rule=number[part.rule], value=part.value, first=first, last=last, why=part.why)
        )
    header = wire.RolloutDetail(
        row=row, count=len(trace), texts=texts_of(trace), marks=marks[:MARKS], dropped=max(0, len(marks) - MARKS)
    )  # fmt: skip
    sampled = trace.tokens.logprobs
    logprobs = (sampled, group.policy_logprobs[row] or sampled, group.reference_logprobs[row] or sampled)
    columns = [array("f", column or [UNKNOWN] * len(trace)) for column in logprobs]
    if sys.byteorder == "big":
        for column in columns:
            column.byteswap()
    return header, b"".join(column.tobytes() for column in columns)


def tokens_of(starts: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """The tokens that contain a character of `[start, end)`."""
    if start >= end or not starts:
        return 0, 0
    first = max(0, bisect_left(starts, start + 1) - 1)
    return first, max(first + 1, bisect_left(starts, end))
