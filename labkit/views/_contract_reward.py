"""What crosses the wire between a reward view and the browser.

The values of every rule are there from the start, so that a weight is a matter of the browser alone; the
text of a rollout, its marks and its log-probabilities come when the reader opens it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.rewards.advantages import Kind
from labkit.traces.steps import Kind as StepKind
from labkit.views._contract import Wire

Index = Annotated[int, Field(ge=0)]


class Stretch(Wire):
    """A step, the answer or a tag, in tokens: what the strip of a rollout is made of."""

    kind: StepKind | Literal["answer", "tag"]
    tokens: int


class Rollout(Wire):
    """One rollout: what each rule gave (None: cannot be judged), before any weight."""

    key: str
    count: int
    finish: Literal["stop", "length", "interrupted"]
    answer: str
    right: bool | None
    values: list[float | None]
    strip: list[Stretch]


class Scene(Wire):
    """What a reward view labels.

    Attributes:
        rules: names, in the order of `values` and of the weights.
        limit: tokens that a rollout may have, L of Dr. GRPO.
        policy: name of the policy whose ratios are shown; empty where it is the one that sampled.
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
    """What the reader looks at, and what the sliders say."""

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
    """A rollout in full."""

    ask: Literal["open"]
    id: int
    row: Index


class Mark(Wire):
    """What one rule gave for tokens `[first, last)` (none where no place is to blame), and why."""

    rule: int
    value: float | None
    first: int
    last: int
    why: str


class Opened(Wire):
    """A rollout's tokens and marks; the buffer holds three times `count` little-endian float32.

    In this order: log p under the policy that sampled, under the policy, under the reference; NaN where
    it is not known.
    """

    row: int
    count: int
    texts: list[str]
    marks: list[Mark]
    dropped: int


Ask = OpenAsk
