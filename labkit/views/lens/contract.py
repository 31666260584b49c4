"""The messages between a lens view and the browser.

A *position* counts from 0 at the first token of the prompt; a lens predicts the token after it. A column
of the view is one position, and its header is the actual next token. Row 0 is the
embedding, row `layers` the last layer.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.views.core.contract import Candidate, Wire

Kind = Literal["logit", "tuned"]
Color = Literal["top", "came", "target"]
Index = Annotated[int, Field(ge=0)]

NEVER, UNREAD = 254, 255  # in `Depths`: not the top token at the last layer; not computed yet


class Piece(Wire):
    """A token of the vocabulary."""

    id: Index
    text: str


class Scene(Wire):
    """The labels of a lens view.

    `count` positions have a next token, and the prompt has `prompt` tokens. `answer` is the column of the
    answer's first token, -1 if there is no answer. `target` is the initial token to follow; `held` describes
    the kept streams and their memory.
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
    """The user's selection: a lens, a colouring, a token to follow, optionally a cell."""

    kind: Kind = "logit"
    color: Color = "top"
    target: Index = 0
    position: Index | None = None
    layer: Index | None = None


class TileAsk(Wire):
    """Asks for columns `[first, last)`, at most 64; `target` is a token's id."""

    ask: Literal["tile"]
    id: int
    kind: Kind
    target: Index
    first: Index
    last: Index


class DepthsAsk(Wire):
    """Asks for the layer at which each token appears, over the whole trace."""

    ask: Literal["depths"]
    id: int
    kind: Kind


class CellAsk(Wire):
    """Asks for one layer at one position, and for `target` (null: the actual next token) there in all layers."""

    ask: Literal["cell"]
    id: int
    kind: Kind
    target: Index | None
    position: Index
    layer: Index


class FindAsk(Wire):
    """Asks for the columns whose actual tokens form a text that contains `words`."""

    ask: Literal["find"]
    id: int
    words: str


class Tile(Wire):
    """Header of columns `[first, first + count)`; the buffer holds (layers + 1) x count numbers per array.

    Arrays in order, row 0 first, little-endian: uint32 id of the top token, float32 its probability, float32
    probability of the actual next token, float32 probability of the target. `ids` and `texts` name the top
    tokens; `came` and `came_texts` the actual next tokens, one per column.
    """

    first: int
    count: int
    ids: list[int]
    texts: list[str]
    came: list[int]
    came_texts: list[str]


class Depths(Wire):
    """The buffer holds one byte per column: a layer, 254 for never, 255 for not computed.

    For a large model, the tiles that the user views fill in the depths; then `computed` is false.
    """

    computed: bool


class Cell(Wire):
    """The likeliest tokens of one cell, and the target's probability (0 to 1) and rank in every layer."""

    read: str
    came: Piece
    candidates: list[Candidate]
    target: Piece
    probabilities: list[float]
    ranks: list[int]


class Matches(Wire):
    """Columns, in order; at most 1,000."""

    positions: list[int]


class SavedGrid(Wire):
    """Columns `[first, first + count)` of a lens in a saved output: arrays (layers + 1, count), row 0 the embedding.

    `ids` are the top tokens. `top`, `came` and `target` are the probabilities of `Tile`, in ten-thousandths; 0 is less.
    `depths` are those of all columns, as in `Depths`: all 255 if they were not computed.
    """

    kind: Kind
    depths: list[int]
    first: int
    count: int
    ids: list[list[int]]
    top: list[list[int]]
    came: list[list[int]]
    target: list[list[int]]


class SavedCells(Wire):
    """The likeliest tokens of columns `[first, first + C)` in a saved output: arrays (C, layers + 1, k).

    `shares` are probabilities in ten-thousandths; 0 is less. `came_ranks` and `target_ranks`, (C, layers + 1), are the
    ranks of the actual next token and of the target.
    """

    kind: Kind
    first: int
    ids: list[list[list[int]]]
    shares: list[list[list[int]]]
    came_ranks: list[list[int]]
    target_ranks: list[list[int]]


class Saved(Wire):
    """The data of a lens view in a saved output.

    `sequence` are the ids of all tokens, one more than columns; `texts` are the texts of `ids`, all tokens that occur.
    `target` is the followed token.
    """

    sequence: list[int]
    ids: list[int]
    texts: list[str]
    target: Index
    grids: list[SavedGrid]
    cells: list[SavedCells]


Ask = Annotated[TileAsk | DepthsAsk | CellAsk | FindAsk, Field(discriminator="ask")]
