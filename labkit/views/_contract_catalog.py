"""What crosses the wire between the catalog and the browser: everything, once; sorting is the browser's."""

from __future__ import annotations

from typing import Literal

from labkit.views._contract import Wire

Column = Literal["name", "family", "parameters", "weights", "kv", "context", "licence"]
Precision = Literal["bf16", "int8", "int4"]


class Sized(Wire):
    """What a model takes at one precision: bytes of its weights, and whether it fits here (None: not known)."""

    weights: int
    fits: bool | None


class Entry(Wire):
    """One row; texts are ready to be shown, and None is what nobody could find out.

    Attributes:
        kv: bytes of the KV cache of 1,000 tokens, in bf16.
        hearsay: words for the figures that nobody verified.
        shape: layers, heads and so on, in one line.
    """

    name: str
    hub: str
    family: str
    parameters: int
    active: int | None
    context: int
    kv: int | None
    sizes: dict[Precision, Sized]
    licence: str
    shape: str
    thought: str
    sampling: str
    note: str
    hearsay: list[str]
    source: str


class Scene(Wire):
    """The rows, and a sentence on what this machine has left."""

    entries: list[Entry]
    left: str


class Focus(Wire):
    """How the table is sorted, for which precision, and which row is open."""

    sort: Column = "name"
    down: bool = False
    precision: Precision = "bf16"
    open: str = ""
