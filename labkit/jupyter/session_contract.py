"""What the kernel answers to the side panel; the TypeScript types are generated from this module."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """The base of all answers: frozen, and unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelRow(Wire):
    """A model of this kernel: bytes of its weights and of its KV caches; a model on a server has none."""

    number: int
    name: str
    variable: str
    precision: str
    device: str
    weights: int
    cache: int
    reloadable: bool
    hint: str


class ResultRow(Wire):
    """A thought, or a group of rollouts of one prompt; `right` of `judged` are right; `finish` of the first."""

    number: int
    kind: Literal["thought", "group"]
    variable: str
    model: str
    prompt: str
    tokens: int
    rollouts: int
    finish: Literal["stop", "length", "interrupted"]
    right: int
    judged: int
    captured: int


class ComputationRow(Wire):
    """A generation or a training run: `done` of `total` rollouts or steps."""

    number: int
    kind: Literal["thought", "rollouts", "forks", "training"]
    model: str
    done: int
    total: int
    tokens: int | None
    phase: str
    seconds: float
    stopping: bool


class MemoryRow(Wire):
    """Memory in bytes: of this kernel, and what is left of the limit of the container or the machine."""

    used: int
    available: int
    limit: int
    source: str


class SessionState(Wire):
    """Everything that the side panel and the status bar show; `speed` in tokens per second."""

    models: list[ModelRow]
    results: list[ResultRow]
    computations: list[ComputationRow]
    memory: MemoryRow | None
    speed: float | None


class Done(Wire):
    """The result of an action in one sentence, and what to type next, if anything."""

    message: str
    next: str
    count: int


class ViewPayload(Wire):
    """The data from which the browser draws a view; see `labkit.views.core.saved`."""

    version: int
    kind: str
    data: str = ""


class ViewReply(Wire):
    """What opens in the main area: of a thought, the text of its trace file; of a group, its reward view."""

    title: str
    trace: str
    payload: ViewPayload | None
