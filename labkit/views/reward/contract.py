"""The messages between a reward view and the browser.

The values of all rules are sent at the start, so that the browser alone applies the weights; the text of a
rollout, its marks and its logprobs are sent when the user opens it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.rewards.advantages import Kind
from labkit.views.core.contract import Wire

Index = Annotated[int, Field(ge=0)]


class StripSegment(Wire):
    """A segment of a rollout's strip: a step, the answer or a tag, with its length in tokens."""

    kind: str
    tokens: int


class Rollout(Wire):
    """One rollout: the value of each rule before its weight (None: cannot be judged)."""

    key: str
    count: int
    finish: Literal["stop", "length", "interrupted"]
    answer: str
    right: bool | None
    values: list[float | None]
    strip: list[StripSegment]


class Scene(Wire):
    """The labels of a reward view.

    Attributes:
        rules: names, in the order of `values` and of the weights.
        limit: maximum completion length in tokens, L of Dr. GRPO.
        policy: name of the policy whose ratios are shown; empty if it is the sampling policy.
        reference: name of the reference of the KL term.
    """

    prompt: str
    model: str
    rules: list[str]
    rollouts: list[Rollout]
    limit: int
    policy: str
    reference: str


class Focus(Wire):
    """The user's selection, and the values of the sliders."""

    row: Index | None = None
    token: Index | None = None
    sort: str = "number"
    down: bool = False
    tint: Literal["loss", "ratio", "KL"] = "loss"
    weights: list[Annotated[float, Field(ge=-10, le=10)]]
    epsilon: Annotated[float, Field(ge=0, lt=1)] = 0.2
    beta: Annotated[float, Field(ge=0, le=10)] = 0.0
    kind: Kind = "grpo"


class OpenAsk(Wire):
    """Asks for a complete rollout."""

    ask: Literal["open"]
    id: int
    row: Index


class Mark(Wire):
    """The value of one rule for tokens `[first, last)` (empty if no place is responsible), and the reason."""

    rule: int
    value: float | None
    first: int
    last: int
    why: str


class RolloutDetail(Wire):
    """A rollout's tokens and marks; the buffer holds three times `count` little-endian float32.

    In this order: log p under the sampling policy, under the policy, under the reference; NaN if unknown.
    """

    row: int
    count: int
    texts: list[str]
    marks: list[Mark]
    dropped: int


Ask = OpenAsk
