"""What crosses the wire between a view and the browser; the TypeScript of it is generated from here.

Two synced traits: `scene` (Python writes) and `focus` (what the reader looks at; Python has the last
word). Everything bulky is an `Ask` with a number, answered by a header and one binary buffer, or by
`Failure`, a sentence that the view shows.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from labkit.traces.blocks import Block
from labkit.traces.trace import Finish

Color = Literal["probability", "surprisal", "entropy"]


class Wire(BaseModel):
    """Frozen, and strict about names, on both sides."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Scene(Wire):
    """What a token view labels: known before any token is.

    `key` is the same in all views of one trace, which share their selection; empty while it thinks.
    Before the first token `read` of the `asked` tokens of a long prompt have been read. `words` says that
    the trace came as text, so that its tokens are words.
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
    """What the reader looks at."""

    token: Annotated[int, Field(ge=0)] | None = None
    color: Color = "probability"


class ColumnsAsk(Wire):
    """The columns of tokens `[first, last)`."""

    ask: Literal["columns"]
    id: int
    first: int
    last: int


class AlternativesAsk(Wire):
    """What else could have come at `index`."""

    ask: Literal["alternatives"]
    id: int
    index: int


class StopAsk(Wire):
    """The reader pressed Stop."""

    ask: Literal["stop"]
    id: int


class Columns(Wire):
    """Header of a run of tokens; the buffer holds `count` little-endian numbers of each of these.

    In this order: float32 logprob, float32 entropy (NaN where unknown), uint32 id, uint32 start (the
    token's first byte). The first `keep` blocks that the browser has stay; `blocks` replaces the rest.
    """

    first: int
    count: int
    texts: list[str]
    keep: int
    blocks: list[Block]


class Candidate(Wire):
    """A token that could have come, with its logprob in nats."""

    id: int
    text: str
    logprob: float


class Alternatives(Wire):
    """The likeliest tokens at one position, likeliest first."""

    index: int
    candidates: list[Candidate]


class Done(Wire):
    """Heard."""


class Failure(Wire):
    """Why an ask has no answer."""

    error: str


Ask = Annotated[ColumnsAsk | AlternativesAsk | StopAsk, Field(discriminator="ask")]
