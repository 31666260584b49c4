"""The messages between a compare view and the browser.

The scene has the labels and the means; the pieces of a text and the alternatives at a piece are requested.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from labkit.traces import Block
from labkit.views.core.contract import Candidate, Wire

Index = Annotated[int, Field(ge=0)]
Measure = Literal["difference", "kl"]


class Text(Wire):
    """One text that both models read.

    Attributes:
        key: shared with the other views of this text, if its pieces are the tokens of b; else empty.
        count: the number of its pieces.
        total: log p(b) - log p(a) of the text, in nats.
    """

    key: str
    prompt: str
    count: int
    total: float


class KindMean(Wire):
    """The mean difference of the pieces of one kind of step, in nats, with its interval.

    Attributes:
        kind: the kind of the steps, "answer" or "tag".
        low, high: the 95 % interval; None for a single text, or a kind that only one text has.
        n: the number of texts; of a single text, the number of its pieces.
    """

    kind: str
    mean: float
    low: float | None
    high: float | None
    n: int


class Scene(Wire):
    """The labels of a compare view.

    Attributes:
        a, b: names of the two models.
        top, kl_top: the ends of the two colour scales, in nats.
    """

    a: str
    b: str
    texts: list[Text]
    kinds: list[KindMean]
    top: float
    kl_top: float


class Focus(Wire):
    """The user's selection."""

    text: Index = 0
    piece: Index | None = None
    color: Measure = "difference"


class PiecesAsk(Wire):
    """Asks for the pieces of a text."""

    ask: Literal["pieces"]
    id: int
    text: Index


class AlternativesAsk(Wire):
    """Asks for the likeliest tokens at a piece, under both models."""

    ask: Literal["alternatives"]
    id: int
    text: Index
    piece: Index


class Pieces(Wire):
    """The pieces of a text; the buffer holds three times `count` little-endian float32.

    In this order: log p under a, under b, the lower bound of KL(b || a); in nats, in steps of 1/1024; NaN if unknown.
    `largest` has the pieces with the largest differences, largest first.
    """

    text: int
    count: int
    texts: list[str]
    blocks: list[Block]
    largest: list[int]


class Side(Wire):
    """The likeliest tokens at a piece under one model.

    Attributes:
        tokens: the number of this model's tokens in the piece.
        came: the id of the token that came; None if the piece is not one token.
        candidates: likeliest first; none if the piece is not one token, or they were not recorded.
    """

    tokens: int
    came: int | None
    candidates: list[Candidate]


class BothAlternatives(Wire):
    """The likeliest tokens at a piece, under both models."""

    text: int
    piece: int
    a: Side
    b: Side


Ask = Annotated[PiecesAsk | AlternativesAsk, Field(discriminator="ask")]
