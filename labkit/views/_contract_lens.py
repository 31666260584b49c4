"""What crosses the wire between a lens view and the browser.

A *position* counts from 0 at the first token of the prompt; what a lens reads there is about the token
after it. A column of the view is one position, headed by the token that came after it. Row 0 is the
embedding, row `layers` the last layer.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.views._contract import Candidate, Wire

Kind = Literal["logit", "tuned"]
Color = Literal["top", "came", "target"]
Index = Annotated[int, Field(ge=0)]

NEVER, UNREAD = 254, 255  # in `Depths`: the top token is another to the end; not worked out yet


class Piece(Wire):
    """A token of the vocabulary."""

    id: Index
    text: str


class Scene(Wire):
    """What a lens view labels.

    `count` positions have a token after them, and the prompt has `prompt` tokens. `answer` is the column
    of the answer's first token, -1 where there is none. `target` is the token that is followed at first;
    `held` says what is kept of the streams, and what that takes.
    """

    key: str
    model: str
    count: int
    prompt: int
    layers: int
    kinds: list[Kind]
    answer: int
    target: Piece
    held: str


class Focus(Wire):
    """What the reader looks at: a lens, a colouring, a followed token, perhaps a cell."""

    kind: Kind = "logit"
    color: Color = "top"
    target: Index = 0
    position: Index | None = None
    layer: Index | None = None


class TileAsk(Wire):
    """Columns `[first, last)`, at most 64; `target` is a token's id."""

    ask: Literal["tile"]
    id: int
    kind: Kind
    target: Index
    first: Index
    last: Index


class DepthsAsk(Wire):
    """The layer at which each token appears, over the whole trace."""

    ask: Literal["depths"]
    id: int
    kind: Kind


class CellAsk(Wire):
    """One layer at one position, and how `target` (null: the token that came) fares there in all layers."""

    ask: Literal["cell"]
    id: int
    kind: Kind
    target: Index | None
    position: Index
    layer: Index


class FindAsk(Wire):
    """The columns whose token came as part of a text that holds `words`."""

    ask: Literal["find"]
    id: int
    words: str


class Tile(Wire):
    """Header of columns `[first, first + count)`; the buffer holds (layers + 1) x count numbers of each of these.

    In this order, row 0 first, little-endian: uint32 id of the top token, float32 its probability, float32
    that of the token that came, float32 that of the target. `ids` and `texts` name the top tokens;
    `came` and `came_texts` the tokens that came, one a column.
    """

    first: int
    count: int
    ids: list[int]
    texts: list[str]
    came: list[int]
    came_texts: list[str]


class Depths(Wire):
    """The buffer holds one byte a column: a layer, 254 for never, 255 for not worked out.

    A large model's are filled in by the tiles that the reader looks at; `whole` says which it is.
    """

    whole: bool


class Cell(Wire):
    """The likeliest tokens of one cell, and the target's probability (0 to 1) and rank in every layer."""

    read: str
    came: Piece
    candidates: list[Candidate]
    target: Piece
    probabilities: list[float]
    ranks: list[int]


class Found(Wire):
    """Columns, in order; at most 1,000."""

    positions: list[int]


Ask = Annotated[TileAsk | DepthsAsk | CellAsk | FindAsk, Field(discriminator="ask")]
