"""What crosses the wire between a training view and the browser.

The curves are there from the start and grow with the scene; the text of a thought comes when the reader
opens it. While a step is at work, `Progress` comes unasked.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.traces.blocks import Block
from labkit.views._contract import Color, Wire

Index = Annotated[int, Field(ge=0)]
Which = Literal["watched", "kept"]


class Curve(Wire):
    """One measure over the steps; None where it was no number. `digits` are decimals, `percent` is a share."""

    name: str
    title: str
    unit: str
    digits: int
    percent: bool
    values: list[float | None]


class Check(Wire):
    """pass@1 on held-out problems after `step` steps, with its 95 % interval."""

    step: int
    value: float
    low: float
    high: float
    problems: int


class Thought(Wire):
    """A thought that can be opened; `reward` is None where none was given."""

    key: str
    step: int
    right: bool
    reward: float | None
    advantage: float
    count: int
    prompt: str


class Finding(Wire):
    """Something that is wrong, why nothing is learned from it, and what to type."""

    name: str
    what: str
    why: str
    next: str


class Scene(Wire):
    """What a training view labels.

    Attributes:
        wanted: steps that the run is to have in the end.
        state: `"running"`, `"done"`, `"stopped"` or `"nan"`.
        summary: the run in one sentence.
        watched: the same problem, thought about at each check.
        kept: a few rollouts of each step, step by step.
    """

    model: str
    task: str
    wanted: int
    state: Literal["running", "done", "stopped", "nan"]
    summary: str
    curves: list[Curve]
    checks: list[Check]
    watched: list[Thought]
    kept: list[Thought]
    findings: list[Finding]


class Focus(Wire):
    """What the reader looks at: a step of the curves, and a thought."""

    step: Index | None = None
    which: Which = "watched"
    at: Index | None = None
    color: Color = "probability"


class TextAsk(Wire):
    """A thought in full."""

    ask: Literal["text"]
    id: int
    which: Which
    at: Index


class StopAsk(Wire):
    """The reader pressed Stop."""

    ask: Literal["stop"]
    id: int


class Text(Wire):
    """A thought's tokens, as `Columns` of the token view: float32 logprob and entropy, uint32 id and start."""

    first: int
    count: int
    texts: list[str]
    keep: int
    blocks: list[Block]


class Progress(Wire):
    """What the trainer is about, a few times a second: `done` of `total` rollouts have ended."""

    step: int
    doing: Literal["sampling", "learning", "judging", ""]
    done: int
    total: int


class Heard(Wire):
    """It was heard."""


Ask = Annotated[TextAsk | StopAsk, Field(discriminator="ask")]
