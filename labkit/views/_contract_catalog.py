"""What crosses the wire between the catalog and the browser: everything, once; sorting is the browser's."""

from __future__ import annotations

from typing import Literal

from labkit.views._contract import Wire

Column = Literal["name", "family", "parameters", "weights", "kv", "context", "thought", "licence"]
Precision = Literal["bf16", "int8", "int4"]


class Sized(Wire):
    """What a model takes at one precision.

    Attributes:
        weights: bytes.
        fits: whether it fits here; None where the system does not say.
        said: the same in a word or two, with the precision that would fit.
        why: in a sentence, with what it needs and what is left.
    """

    weights: int
    fits: bool | None
    said: str
    why: str


class Entry(Wire):
    """One row; texts are ready to be shown, and None is what nobody could find out.

    Attributes:
        group: the heading that it stands under.
        load: what to type, without the precision; empty for those that only servers run.
        bits: of a weight as it was published; with fewer than 16 it has that size at every precision.
        kv: bytes of the KV cache of 1,000 tokens, in bf16.
        mark: what its thought begins with; empty where it is not known.
        kind: what is known about that mark, in a word or two.
        thought: how it marks its thought, in a sentence.
        hearsay: words for the figures that nobody verified.
        shape: layers, heads and so on, in one line.
    """

    name: str
    group: str
    hub: str
    base: str
    load: str
    family: str
    parameters: int
    bits: float
    active: int | None
    context: int | None
    kv: int | None
    sizes: dict[Precision, Sized]
    licence: str | None
    shape: str
    mark: str
    kind: str
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
