"""The messages between a token view and the browser."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.traces.trace import Finish
from labkit.views.core.contract import Candidate, Color, Wire


class Scene(Wire):
    """The labels of a token view, known before the first token.

    `key` is the same in all views of one trace, which share their selection; empty during generation.
    Before the first token, `read` of the `asked` tokens of a long prompt are prefilled. `words` means that
    the trace came as text, so its tokens are words.
    """

    key: str
    model: str
    prompt: str
    finish: Finish
    running: bool
    count: int
    read: int = 0
    asked: int = 0
    words: bool = False


class Focus(Wire):
    """The user's selection."""

    token: Annotated[int, Field(ge=0)] | None = None
    color: Color = "probability"


class ColumnsAsk(Wire):
    """Asks for the columns of tokens `[first, last)`."""

    ask: Literal["columns"]
    id: int
    first: int
    last: int


class AlternativesAsk(Wire):
    """Asks for the alternatives at `index`."""

    ask: Literal["alternatives"]
    id: int
    index: int


class StopAsk(Wire):
    """The user pressed Stop."""

    ask: Literal["stop"]
    id: int


class Alternatives(Wire):
    """The likeliest tokens at one position, likeliest first."""

    index: int
    candidates: list[Candidate]


Ask = Annotated[ColumnsAsk | AlternativesAsk | StopAsk, Field(discriminator="ask")]
