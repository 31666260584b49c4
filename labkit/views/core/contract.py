"""The messages that several views share; the TypeScript types are generated from this module.

A view has two synced traits: `scene` (Python writes it) and `focus` (the user's selection; Python validates it).
Large data is requested by an `Ask` with an id; the reply is a header and one binary buffer, or a
`Failure`, a sentence that the view shows.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from labkit.traces.blocks import Block

Color = Literal["probability", "surprisal", "entropy"]


class Wire(BaseModel):
    """The base of all wire types: frozen, and unknown fields are an error, on both sides."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class Ack(Wire):
    """The reply to a request that returns no data."""


class Failure(Wire):
    """The reason why a request failed.

    Attributes:
        kind: `refused` for a `LabkitError`, whose text is for the user; `invalid` for a request that is not of
            the contract, a fault of the front end.
    """

    kind: Literal["refused", "invalid"]
    error: str
