"""The messages between the catalog and the browser: all data is sent once, and the browser sorts."""

from __future__ import annotations

from typing import Literal

from labkit.views.core.contract import Wire

Column = Literal["name", "family", "parameters", "weights", "kv", "context", "thought", "licence"]
Precision = Literal["bf16", "int8", "int4"]


class Fit(Wire):
    """The memory of a model at one precision.

    Attributes:
        weights: bytes.
        fits: whether it fits here; None if the system does not report its memory.
        said: the same in a word or two, with a precision that would fit.
        why: an explanation with the memory needed and the memory free.
    """

    weights: int
    fits: bool | None
    said: str
    why: str


class Entry(Wire):
    """One row; texts are ready for display, and None means unknown.

    Attributes:
        group: the heading above the row.
        load: what to type, without the precision; empty for a model that only servers run.
        bits: bits per published weight; below 16, the size is the same at every precision.
        kv: bytes of the KV cache of 1,000 tokens, in bf16.
        mark: the text that opens its thought; empty if unknown.
        kind: a short note about that mark.
        thought: how it marks its thought, in a sentence.
        unverified: names of the figures that were not verified.
        date: the day or the month of the release; empty if unknown.
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
    sizes: dict[Precision, Fit]
    licence: str | None
    shape: str
    date: str
    mark: str
    kind: str
    thought: str
    sampling: str
    note: str
    unverified: list[str]
    source: str


class Scene(Wire):
    """The rows, and a sentence about the free memory of this machine."""

    entries: list[Entry]
    left: str


class Focus(Wire):
    """The table's sort column, precision and open row."""

    sort: Column = "name"
    down: bool = False
    precision: Precision = "bf16"
    open: str = ""
