"""The messages between a fork view and the browser.

Texts are sent in windows of rows; a fork is sent as one line, and its tree and texts when the user opens
it. During sampling, Python sends `Progress` without a request.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.traces.blocks import Role
from labkit.views.core.contract import Wire

Name = Literal["forced-answer", "resampling", "counterfactual"]
Index = Annotated[int, Field(ge=0)]


class ForkSummary(Wire):
    """A fork in the list. `share` of right answers, 0 to 1, with its 95 % interval `low`, `high`; None if unjudged."""

    where: str
    n: int
    right: int
    share: float | None
    low: float
    high: float
    answers: int
    cut: int


class ImportanceBar(Wire):
    """The importance of a step: change in the share of right answers, -1 to 1; None if unknown."""

    step: int
    name: Name
    change: float | None
    low: float
    high: float
    said: str


class Scene(Wire):
    """The labels of a fork view: the trunk, the forks so far, and the importances so far.

    Attributes:
        starts: the first token of each row (a step, the answer, a tag).
        unable: why sampling is impossible; empty if it is possible.
        own: the outcome of the trunk itself, in words.
        weighed: the call that reproduces the importances; empty before they are computed.
        seconds: estimated time of "Resample each step" with 4, 8 and 16 rollouts.
    """

    key: str
    model: str
    prompt: str
    finish: Literal["stop", "length", "interrupted"]
    count: int
    starts: list[int]
    unable: str
    own: str
    forks: list[ForkSummary]
    bars: list[ImportanceBar]
    weighed: str
    seconds: list[float]


class Focus(Wire):
    """The user's selection: a token of the trunk, a fork, one of its rollouts, one of the importances."""

    token: Index | None = None
    fork: Index | None = None
    rollout: Index | None = None
    name: Name = "resampling"


class RowsAsk(Wire):
    """Asks for rows `[first, last)` of the thought."""

    ask: Literal["rows"]
    id: int
    first: Index
    last: Index


class Row(Wire):
    """A step, the answer or a tag: the texts of its tokens, and the model's uncertainty at each, 0 to 255."""

    role: Role
    first: int
    number: int
    kind: str
    texts: list[str]
    doubts: list[int]


class Rows(Wire):
    """The requested rows."""

    rows: list[Row]


class ChoicesAsk(Wire):
    """Asks for the alternatives to a token."""

    ask: Literal["choices"]
    id: int
    token: Index


class Choice(Wire):
    """An alternative token, with its probability."""

    token: int
    text: str
    share: float


class Choices(Wire):
    """The likeliest tokens, likeliest first."""

    token: int
    choices: list[Choice]


class SampleAsk(Wire):
    """Asks for a fork at a token or a step, with a text, a token id, or no replacement."""

    ask: Literal["sample"]
    id: int
    at: int | None
    step: int | None
    text: str | None
    put: int | None
    n: Annotated[int, Field(ge=1, le=64)]
    seed: int
    temperature: float


class ImportanceAsk(Wire):
    """Asks for the importances of all steps."""

    ask: Literal["weigh"]
    id: int
    n: Annotated[int, Field(ge=1, le=64)]


class StopAsk(Wire):
    """The user pressed Stop."""

    ask: Literal["stop"]
    id: int


class Progress(Wire):
    """The progress of sampling; `error` is a sentence if an error ended it."""

    what: str
    done: int
    total: int
    steps: int
    over: bool
    stopped: bool
    failed: str


class TreeAsk(Wire):
    """Asks for the outcomes of a fork."""

    ask: Literal["tree"]
    id: int
    fork: Index


class Branch(Wire):
    """Rollouts with the same outcome."""

    answer: str
    correct: bool | None
    members: list[int]


class Tree(Wire):
    """A fork's outcomes, right outcomes first, and the call that reproduces the fork."""

    fork: int
    at: int
    change: str
    branches: list[Branch]
    code: str


class TextAsk(Wire):
    """Asks for the text of one rollout."""

    ask: Literal["text"]
    id: int
    fork: Index
    rollout: Index


class Text(Wire):
    """One rollout: the end of the kept text, the inserted text, and the continuation."""

    kept: str
    put: str
    wrote: str
    tokens: int
    ended: str


Ask = Annotated[
    RowsAsk | ChoicesAsk | SampleAsk | ImportanceAsk | StopAsk | TreeAsk | TextAsk, Field(discriminator="ask")
]
