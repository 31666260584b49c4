"""The columns of a trace, one entry a token, and a single token with its alternatives."""

from __future__ import annotations

from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from labkit.traces.record import Record

Logprob = Annotated[float, Field(le=1e-6)]  # nats; a rounding error above 0 is accepted


class Tokens(Record):
    """The columns, each of length T.

    Attributes:
        ids: vocabulary ids.
        sizes: bytes of UTF-8 that each token adds to the text; a token may hold a partial character,
            and a token that is not text (end of sentence) adds 0 bytes.
        texts: display text of each token; a partial character shows as U+FFFD.
        logprobs: log p(token), in nats, of the unmodified distribution (temperature 1, no top-p).
        entropies: of that distribution, in nats.
        times: seconds from the start of generation.
        top_ids, top_logprobs: the k likeliest tokens at each position, likeliest first, (T, k).

    A column that the model or server does not provide is empty.
    """

    ids: list[int] = []
    sizes: list[Annotated[int, Field(ge=0)]] = []
    texts: list[str] = []
    logprobs: list[Logprob] = []
    entropies: list[Annotated[float, Field(ge=-1e-4)]] = []
    times: list[float] = []
    top_ids: list[list[int]] = []
    top_logprobs: list[list[Logprob]] = []

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        lengths = {name: len(getattr(self, name)) for name in type(self).model_fields}
        if any(n not in (0, len(self.ids)) for n in lengths.values()) or lengths["sizes"] != lengths["ids"]:
            raise ValueError(f"the columns of a trace differ in length: {lengths}")
        if [len(row) for row in self.top_ids] != [len(row) for row in self.top_logprobs]:
            raise ValueError("the rows of top_ids and top_logprobs differ in length")
        return self

    def __len__(self) -> int:
        return len(self.ids)


class Alternative(NamedTuple):
    """An alternative token at a position: its id, text and logprob (nats)."""

    id: int
    text: str
    logprob: float


class Token(NamedTuple):
    """One token of a completion; see `Tokens` for the units."""

    index: int  # type: ignore[assignment]  # replaces tuple.index, which tokens do not need
    id: int
    text: str
    start: int
    end: int
    logprob: float | None
    entropy: float | None
    time: float | None
    alternatives: tuple[Alternative, ...]
