"""The messages between a view and the browser; the TypeScript types are generated from this module.

Two synced traits: `scene` (Python writes it) and `focus` (the user's selection; Python validates it).
Large data is requested by an `Ask` with an id; the reply is a header and one binary buffer, or a
`Failure`, a sentence that the view shows.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from labkit.traces.blocks import Block
from labkit.traces.trace import Finish

Color = Literal["probability", "surprisal", "entropy"]


class Wire(BaseModel):
    """The base of all wire types: frozen, and unknown fields are an error, on both sides."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class Columns(Wire):
    """Header of a range of tokens; the buffer holds `count` little-endian numbers per column.

    Columns in order: float32 logprob, float32 entropy (NaN if unknown), uint32 id, uint32 start (the
    token's first byte). The browser's first `keep` blocks stay; `blocks` replaces the other blocks.
    """

    first: int
    count: int
    texts: list[str]
    keep: int
    blocks: list[Block]


class Candidate(Wire):
    """An alternative token, with its logprob in nats."""

    id: int
    text: str
    logprob: float


class Alternatives(Wire):
    """The likeliest tokens at one position, likeliest first."""

    index: int
    candidates: list[Candidate]


class Done(Wire):
    """The reply to `Stop`."""


class Failure(Wire):
    """The reason why a request failed."""

    error: str


Ask = Annotated[ColumnsAsk | AlternativesAsk | StopAsk, Field(discriminator="ask")]
