"""The messages between a training view and the browser.

The curves are part of the scene and grow with it; the text of a thought is sent when the user opens it.
During a step, Python sends `Progress` without a request.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.traces.blocks import Block
from labkit.views.core.contract import Color, Wire

Index = Annotated[int, Field(ge=0)]
Which = Literal["watched", "kept"]


class Curve(Wire):
    """One measure over the steps; None if it was NaN or infinite. `digits` are decimals, `percent` means a share."""

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
    """A thought that can be opened; `reward` is None if it has no reward."""

    key: str
    step: int
    right: bool
    reward: float | None
    advantage: float
    count: int
    prompt: str


class Finding(Wire):
    """A problem, why the run does not learn from it, and what to type."""

    name: str
    what: str
    why: str
    next: str


class Scene(Wire):
    """The labels of a training view.

    Attributes:
        wanted: the run's total number of steps at its end.
        state: `"running"`, `"done"`, `"stopped"` or `"nan"`.
        summary: the run in one sentence.
        watched: thoughts about the same problem, one per check.
        kept: a few rollouts of each step, in the order of the steps.
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
    """The user's selection: a step of the curves, and a thought."""

    step: Index | None = None
    which: Which = "watched"
    at: Index | None = None
    color: Color = "probability"


class TextAsk(Wire):
    """Asks for a complete thought."""

    ask: Literal["text"]
    id: int
    which: Which
    at: Index


class StopAsk(Wire):
    """The user pressed Stop."""

    ask: Literal["stop"]
    id: int


class Text(Wire):
    """A thought's tokens, as the token view's `Columns`: float32 logprob and entropy, uint32 id and start."""

    first: int
    count: int
    texts: list[str]
    keep: int
    blocks: list[Block]


class Progress(Wire):
    """The trainer's progress, a few times a second: `done` of `total` rollouts have ended."""

    step: int
    doing: Literal["sampling", "learning", "judging", ""]
    done: int
    total: int


class SavedThought(Wire):
    """A thought in a saved output: the texts of its tokens, and numbers in hundredths of a nat; empty if unknown."""

    which: Which
    at: Index
    texts: list[str]
    blocks: list[Block]
    surprisals: list[int]
    entropies: list[int]


Ask = Annotated[TextAsk | StopAsk, Field(discriminator="ask")]
