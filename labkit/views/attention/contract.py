"""The messages between an attention view and the browser.

A *position* counts from 0 at the first token of the prompt. Each weight is sent as one byte, the square
root of its share of `top`, so that small weights stay distinguishable. The buffer is compressed (zlib):
half of an attention map is empty, because of the causal mask.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.traces import Block
from labkit.views.core.contract import Wire

How = Literal["max", "mean", "sum"]
Mode = Literal["tokens", "steps"]
What = Literal["target", "previous-token", "induction", "first-token", "receiver"]
Index = Annotated[int, Field(ge=0)]
Span = tuple[Index, Index]  # positions [first, last)


class Search(Wire):
    """A score by which heads can be ranked."""

    what: What
    title: str


class Scene(Wire):
    """The labels of an attention view: `count` positions, of which the first `prompt` are the prompt."""

    key: str
    model: str
    count: int
    prompt: int
    layers: int
    heads: int
    held: str
    searches: list[Search]


class Focus(Wire):
    """The user's selection: a head, optionally a token (a position), and the display settings."""

    layer: Index = 0
    head: Index = 0
    token: Index | None = None
    mode: Mode = "tokens"
    how: How = "max"


class TextsAsk(Wire):
    """Asks for the texts of the tokens of prompt and completion."""

    ask: Literal["texts"]
    id: int


class Words(Wire):
    """A text for each position, and the parts of the text: ranges of positions without gaps."""

    texts: list[str]
    parts: list[Block]


class Texts(Wire):
    """The buffer holds `Words` of `count` positions as compressed JSON (8,192 tokens: to a quarter of the size)."""

    count: int


class ThumbsAsk(Wire):
    """Asks for a small picture of every head."""

    ask: Literal["thumbs"]
    id: int


class Thumbs(Wire):
    """Pictures of `height` x `width` levels, (layers, heads, height, width), each with its own scale."""

    height: int
    width: int
    rows_read: int


class TileAsk(Wire):
    """Asks for a window of one head; a pixel pools at most `per` x `per` weights."""

    ask: Literal["tile"]
    id: int
    layer: int
    head: int
    rows: Span
    cols: Span
    per: Annotated[int, Field(ge=1)]
    how: How


class Tile(Wire):
    """Levels (height, width), each pooled from `down` x `across` weights.

    `top` is the weight of level 255; `bright`, a round number above most weights, is the top of the colour scale.
    """

    rows: Span
    cols: Span
    height: int
    width: int
    down: int
    across: int
    top: float
    bright: float


class TokenAttentionAsk(Wire):
    """Asks for the attention from and to the token at `position`."""

    ask: Literal["look"]
    id: int
    layer: int
    head: int
    position: Index


class WeightedPosition(Wire):
    """A weight between the requested token and the token at `position`, 0 to 1."""

    position: int
    weight: float


class TokenAttention(Wire):
    """The strongest weights in both directions; the buffer holds the levels of the token's row, then its column."""

    position: int
    at: list[WeightedPosition]
    by: list[WeightedPosition]
    top_at: float
    top_by: float


class StepsAsk(Wire):
    """Asks for the attention between steps."""

    ask: Literal["steps"]
    id: int
    layer: int
    head: int


class Steps(Wire):
    """Levels (size, size), one row and column for each part of the text; level 255 is `top`."""

    size: int
    top: float


class FindAsk(Wire):
    """Asks for a ranking of all heads by the score `what`."""

    ask: Literal["find"]
    id: int
    what: What


class HeadScore(Wire):
    """A head and its score."""

    layer: int
    head: int
    score: float


class HeadRanking(Wire):
    """All heads, the highest score first; `says` explains the score, and `source` is its source."""

    what: What
    says: str
    source: str
    rows_read: int
    heads: list[HeadScore]


class SavedHeads(Wire):
    """All heads in a saved output: pictures of `height` x `width` levels, (layers, heads, height, width), in base64.

    A pixel is the largest of `step` x `step` weights; level 255 of a head is its `tops`, and `bright` is the top of
    its colour scale.
    """

    height: int
    width: int
    step: int
    rows_read: int
    tops: list[float]
    bright: list[float]
    levels: str


class SavedTile(Wire):
    """The open head in a saved output, completely: a tile and its levels in base64."""

    layer: int
    head: int
    how: How
    tile: Tile
    levels: str


class SavedLook(Wire):
    """The strongest weights of tokens `[first, first + T)` of the open head: (k, T) positions, strongest first.

    `at` and `by` are the positions from and to which a token has the weights, in ten-thousandths.
    """

    layer: int
    head: int
    first: int
    at: list[list[int]]
    at_weights: list[list[int]]
    by: list[list[int]]
    by_weights: list[list[int]]


class SavedSteps(Wire):
    """The attention between the steps of a head in a saved output; levels in base64."""

    layer: int
    head: int
    steps: Steps
    levels: str


class Saved(Wire):
    """The data of an attention view in a saved output; what was not saved is null or empty."""

    words: Words
    heads: SavedHeads | None
    tile: SavedTile | None
    look: SavedLook | None
    steps: list[SavedSteps]
    rankings: list[HeadRanking]


Ask = Annotated[
    TextsAsk | ThumbsAsk | TileAsk | TokenAttentionAsk | StepsAsk | FindAsk,
    Field(discriminator="ask"),
]
