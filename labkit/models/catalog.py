"""The open reasoning models that are known here: shape, licence, size, and whether they fit this machine.

The rows are `data/catalog/models.toml`, each with its source. Sizes are arithmetic from the shape:

    weights    parameters x bytes of a number (2 in bf16, 1 in int8, 1/2 in int4)
    KV cache   2 x layers x KV heads x head size x 2 bytes a token (in bf16)
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from functools import cache
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from labkit._memory import memory
from labkit._paths import data_path
from labkit.errors import LabkitError

Precision = Literal["bf16", "int8", "int4"]
BITS: dict[str, int] = {"bf16": 16, "int8": 8, "int4": 4}


class Entry(BaseModel):
    """One model, as published. None is what nobody could find out.

    Attributes:
        name: what `labkit.load` takes.
        hub: the repository on the Hugging Face hub.
        family: whose chat template and tags it has.
        parameters: all of them; `active` of a mixture of experts are used for one token.
        kv_token: bytes of the KV cache a token, in bf16.
        weight_bits: of the published weights, where they are not bf16.
        think: how it marks its thought: "tags", "channels", "text" (another mark) or "none".
        opened: the chat template writes the opening tag, so that the output has the closing one only.
        switch: an argument of its chat template that turns thinking on and off.
        unverified: the fields above that are hearsay.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    hub: str
    family: str
    architecture: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int | None = None
    head_size: int | None = None
    mlp: int | None = None
    vocabulary: int
    context: int
    parameters: int
    active: int | None = None
    kv_token: int | None = None
    weight_bits: int = 16
    licence: str
    base_licence: str | None = None
    think: Literal["tags", "channels", "text", "none"] | None = None
    opened: bool = False
    switch: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    server_only: bool = False
    unverified: tuple[str, ...] = ()
    note: str | None = None
    source: str

    def bytes(self, precision: Precision = "bf16") -> int:
        """Bytes of the weights; those that are published in fewer bits are not blown up."""
        return self.parameters * min(BITS[precision], self.weight_bits) // 8

    def kv(self, tokens: int) -> int | None:
        """Bytes of the KV cache of so many tokens, in bf16."""
        return None if self.kv_token is None else self.kv_token * tokens

    def needs(self, precision: Precision = "bf16", tokens: int = 4_096) -> int:
        """Bytes that one thought of so many tokens takes: the weights, a tenth more to load them, the KV cache."""
        return int(1.1 * self.bytes(precision)) + (self.kv(tokens) or 0)

    def fits(self, precision: Precision = "bf16", left: int | None = None) -> bool | None:
        """Whether that is less than nine tenths of what is left here; None where the system does not say.

        Args:
            left: bytes; by default what this machine or container has left (`labkit._memory`).
        """
        if left is None:
            now = memory()
            if now is None:
                return None
            left = now.available
        return not self.server_only and self.needs(precision) <= 0.9 * left


@cache
def entries() -> tuple[Entry, ...]:
    """Every model of the catalog, in its order."""
    rows = tomllib.loads(data_path("catalog", "models.toml").read_text("utf-8"))["model"]
    return tuple(Entry(**row) for row in rows)


def find(name: str) -> Entry | None:
    """The model of a name or a hub id, whatever its capitals; None if there is none."""
    wanted = name.lower()
    return next((e for e in entries() if wanted in (e.name, e.hub.lower())), None)


def near(name: str) -> list[str]:
    """Names that are like it, the likeliest first."""
    return get_close_matches(name.lower(), [e.name for e in entries()], n=3, cutoff=0.5)


def smaller(left: int, than: int) -> Entry | None:
    """The largest reasoning model below `than` parameters that fits into `left` bytes."""
    fitting = [e for e in entries() if e.think != "none" and e.parameters < than and e.fits(left=left)]
    return max(fitting, key=lambda e: e.parameters, default=None)


def checked(precision: str) -> Precision:
    """A precision, if it is one.

    Raises:
        LabkitError: it is none.
    """
    if precision not in get_args(Precision):
        raise LabkitError(
            f"There is no precision {precision!r}.",
            why=f"the catalog knows {', '.join(BITS)}.",
            next='labkit.catalog(precision="int4")',
        )
    return precision  # type: ignore[return-value]
