"""What crosses the wire between an attention view and the browser.

A *position* counts from 0 at the first token of the prompt. Weights travel as one byte each, the square
root of their share of `top`, so that small ones can still be told apart, and the buffer is deflated
(zlib): half of an attention map is empty, since no token looks ahead.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.traces import Block
from labkit.views._contract import Wire

How = Literal["max", "mean", "sum"]
Mode = Literal["tokens", "steps"]
What = Literal["target", "previous-token", "induction", "first-token", "receiver"]
Index = Annotated[int, Field(ge=0)]
Span = tuple[Index, Index]  # positions [first, last)


class Search(Wire):
    """Something that heads can be ranked by."""

    what: What
    title: str


class Scene(Wire):
    """What an attention view labels. `count` positions, of which `prompt` are the prompt's."""

    key: str
    model: str
    count: int
    prompt: int
    layers: int
    heads: int
    held: str
    searches: list[Search]


class Focus(Wire):
    """What the reader looks at: a head, perhaps a token (a position), and how it is shown."""

    layer: Index = 0
    head: Index = 0
    token: Index | None = None
    mode: Mode = "tokens"
    how: How = "max"


class TextsAsk(Wire):
    """The tokens of prompt and completion, in words."""

    ask: Literal["texts"]
    id: int


class Words(Wire):
    """A text for each position, and the parts that they make: ranges of positions without gaps."""

    texts: list[str]
    parts: list[Block]


class Texts(Wire):
    """The buffer holds `Words` of `count` positions as JSON, deflated: of 8,192 tokens a quarter is left."""

    count: int


class ThumbsAsk(Wire):
    """A small picture of every head."""

    ask: Literal["thumbs"]
    id: int


class Thumbs(Wire):
    """Pictures of `height` x `width` levels, (layers, heads, height, width), each on a scale of its own."""

    height: int
    width: int
    rows_read: int


class TileAsk(Wire):
    """A window of one head; a pixel stands for at most `per` x `per` weights."""

    ask: Literal["tile"]
    id: int
    layer: int
    head: int
    rows: Span
    cols: Span
    per: Annotated[int, Field(ge=1)]
    how: How


class Tile(Wire):
    """(height, width) levels, each of `down` x `across` weights.

    `top` is level 255, and `bright` a round number that most are below: there the colours end.
    """

    rows: Span
    cols: Span
    height: int
    width: int
    down: int
    across: int
    top: float
    bright: float


class LookAsk(Wire):
    """What the token at `position` looked at, and who looked back at it."""

    ask: Literal["look"]
    id: int
    layer: int
    head: int
    position: Index


class Glance(Wire):
    """A weight between the token asked about and the one at `position`, 0 to 1."""

    position: int
    weight: float


class Look(Wire):
    """The strongest few of both directions; the buffer holds the levels of all: its row, then its column."""

    position: int
    at: list[Glance]
    by: list[Glance]
    top_at: float
    top_by: float


class StepsAsk(Wire):
    """How much each step looks at each other one."""

    ask: Literal["steps"]
    id: int
    layer: int
    head: int


class Steps(Wire):
    """(size, size) levels, one row and column for each part of the text; level 255 is `top`."""

    size: int
    top: float


class FindAsk(Wire):
    """Which heads do `what`?"""

    ask: Literal["find"]
    id: int
    what: What


class Scored(Wire):
    """A head and how well it does what was asked for."""

    layer: int
    head: int
    score: float


class Found(Wire):
    """Every head, best first; `says` is what the score means, and `source` where it comes from."""

    what: What
    says: str
    source: str
    rows_read: int
    heads: list[Scored]


Ask = Annotated[
    TextsAsk | ThumbsAsk | TileAsk | LookAsk | StepsAsk | FindAsk,
    Field(discriminator="ask"),
]
