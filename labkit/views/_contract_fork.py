"""What crosses the wire between a fork view and the browser.

Texts travel a window of rows at a time; forks as one line each, and the tree and the text of one when the
reader opens it. While rollouts are sampled, `Progress` comes unasked.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.traces.blocks import Role
from labkit.traces.steps import Kind
from labkit.views._contract import Wire

Name = Literal["forced-answer", "resampling", "counterfactual"]
Index = Annotated[int, Field(ge=0)]


class Line(Wire):
    """A fork in the list. `share` is of right answers, 0 to 1, between `low` and `high` (95 %); None if unjudged."""

    where: str
    n: int
    right: int
    share: float | None
    low: float
    high: float
    answers: int
    cut: int


class Bar(Wire):
    """How much a step mattered: change in the share of right answers, -1 to 1, or None where it is unknown."""

    step: int
    name: Name
    change: float | None
    low: float
    high: float
    said: str


class Scene(Wire):
    """What a fork view labels: the trunk, the forks so far, and the importances so far.

    Attributes:
        starts: the first token of each row (a step, the answer, a tag).
        unable: why nothing can be sampled; empty where it can.
        own: the outcome of the trunk itself, in words.
        weighed: the call that gives the importances again; empty before there are any.
        seconds: about how long "Resample each step" takes with 4, 8 and 16 rollouts.
    """

    key: str
    model: str
    prompt: str
    finish: Literal["stop", "length", "interrupted"]
    count: int
    starts: list[int]
    unable: str
    own: str
    forks: list[Line]
    bars: list[Bar]
    weighed: str
    seconds: list[float]


class Focus(Wire):
    """What the reader looks at: a token of the trunk, a fork, one of its rollouts, one of the importances."""

    token: Index | None = None
    fork: Index | None = None
    rollout: Index | None = None
    name: Name = "resampling"


class RowsAsk(Wire):
    """Rows `[first, last)` of the thought."""

    ask: Literal["rows"]
    id: int
    first: Index
    last: Index


class Row(Wire):
    """A step, the answer or a tag: its tokens in words, and how unsure the model was of each, 0 to 255."""

    role: Role
    first: int
    number: int
    kind: Kind
    texts: list[str]
    doubts: list[int]


class Rows(Wire):
    """The rows that were asked for."""

    rows: list[Row]


class ChoicesAsk(Wire):
    """What else could have come at a token."""

    ask: Literal["choices"]
    id: int
    token: Index


class Choice(Wire):
    """A token that could have come, with its probability."""

    token: int
    text: str
    share: float


class Choices(Wire):
    """The likeliest tokens, likeliest first."""

    token: int
    choices: list[Choice]


class SampleAsk(Wire):
    """Fork at a token or a step, with a text or a token id in its place, or with neither."""

    ask: Literal["sample"]
    id: int
    at: int | None
    step: int | None
    text: str | None
    put: int | None
    n: Annotated[int, Field(ge=1, le=64)]
    seed: int
    temperature: float


class WeighAsk(Wire):
    """Work out the importances of every step."""

    ask: Literal["weigh"]
    id: int
    n: Annotated[int, Field(ge=1, le=64)]


class StopAsk(Wire):
    """The reader pressed Stop."""

    ask: Literal["stop"]
    id: int


class Heard(Wire):
    """It has begun, or is ending."""


class Progress(Wire):
    """How far the sampling is; `error` is a sentence where it ended by one."""

    what: str
    done: int
    total: int
    steps: int
    over: bool
    stopped: bool
    failed: str


class TreeAsk(Wire):
    """What became of a fork."""

    ask: Literal["tree"]
    id: int
    fork: Index


class Branch(Wire):
    """Rollouts that ended alike."""

    answer: str
    correct: bool | None
    members: list[int]


class Tree(Wire):
    """A fork's outcomes, right ones first, and the call that gives it again."""

    fork: int
    at: int
    change: str
    branches: list[Branch]
    code: str


class TextAsk(Wire):
    """The text of one rollout."""

    ask: Literal["text"]
    id: int
    fork: Index
    rollout: Index


class Text(Wire):
    """One rollout: the end of what was kept, what was put there, and what the model wrote then."""

    kept: str
    put: str
    wrote: str
    tokens: int
    ended: str


Ask = Annotated[
    RowsAsk | ChoicesAsk | SampleAsk | WeighAsk | StopAsk | TreeAsk | TextAsk, Field(discriminator="ask")
]
