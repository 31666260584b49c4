"""The rows of the catalog in the form that the view shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from labkit.views.catalog import contract as wire
from labkit.views.catalog.availability import FreeMemory, fit_of, free_memory, free_text
from labkit.views.catalog.wording import count, mark, size, thought

if TYPE_CHECKING:
    from labkit.models.catalog import Entry

SHAPE = ("layers", "hidden", "heads", "kv_heads", "head_size", "vocabulary")


def scene_of(free: FreeMemory | None = None) -> wire.Scene:
    """The complete catalog, with the models that fit into `free`, by default the free memory of this machine."""
    from labkit.models.catalog import entries

    free = free or free_memory()
    return wire.Scene(entries=[entry_of(e, free) for e in entries()], left=free_text(free))


def entry_of(e: Entry, free: FreeMemory) -> wire.Entry:
    """One row of `labkit.models.catalog.Entry`."""
    from labkit.models.catalog import Precision

    shape = [(name.replace("_", " "), getattr(e, name)) for name in SHAPE]
    sampling = [(name.replace("_", "-"), getattr(e, name)) for name in ("temperature", "top_p", "top_k")]
    opening, kind = mark(e)
    return wire.Entry(
        name=e.name, group=e.group, hub=e.hub, base=e.base or "", family=e.family, parameters=e.parameters,
        bits=e.weight_bits,
        load="" if e.server_only else f'labkit.load("{e.name}")', active=e.active, context=e.context, kv=e.kv(1_000),
        licence=(e.licence + (f" over {e.base_licence}" if e.base_licence else "")) if e.licence else None,
        sizes={p: fit_of(e, p, free) for p in get_args(Precision)},
        shape=", ".join(f"{value:,} {name}" for name, value in shape if value is not None),
        mark=opening, kind=kind, thought=thought(e),
        date=e.date or "",
        sampling=", ".join(f"{name} {value:g}" for name, value in sampling if value is not None),
        note=" ".join(filter(None, (e.note, "For servers only." if e.server_only else None))),
        unverified=[name.replace("_", " ") for name in e.unverified], source=e.source,
    )  # fmt: skip


def ordered(scene: wire.Scene, focus: wire.Focus) -> list[wire.Entry]:
    """The sorted rows: by name, or by a figure, smallest first; unknown values come last."""

    def key(entry: wire.Entry) -> float | str | None:
        if focus.sort == "weights":
            return entry.sizes[focus.precision].weights
        if focus.sort == "thought":
            return f"{entry.mark} {entry.kind}" if entry.mark else None
        value: float | str | None = getattr(entry, focus.sort)
        return value

    if focus.sort == "name":
        return scene.entries[::-1] if focus.down else scene.entries  # the file's order: groups together
    known = [(key(e), e) for e in scene.entries]
    rows = sorted((k, i) for i, (k, _) in enumerate(known) if k is not None)
    if focus.down:
        rows = sorted(rows, key=lambda row: row[0], reverse=True)
    return [scene.entries[i] for _, i in rows] + [e for k, e in known if k is None]


def grouped(scene: wire.Scene, focus: wire.Focus) -> Iterator[tuple[str, wire.Entry]]:
    """The rows in order, each with the heading above it, if there is one."""
    last = ""
    for entry in ordered(scene, focus):
        heading = entry.group if focus.sort == "name" and entry.group != last else ""
        last = entry.group
        yield heading, entry


def published(entry: wire.Entry) -> str:
    """The suffix for the size of weights that were published in quantised form."""
    return "*" if entry.bits < 16 else ""


HEADS = ("model", "parameters", "weights", "KV / 1,000 tokens", "context", "thought", "licence")


def cells(entry: wire.Entry, focus: wire.Focus) -> tuple[str, ...]:
    """The texts of a row, under `HEADS`; unverified figures get a question mark."""
    unsure = {*entry.unverified}

    def hedged(text: str, field: str) -> str:
        return text + "?" if field in unsure else text

    return (
        entry.name,
        hedged(count(entry.parameters) + (f" ({count(entry.active)})" if entry.active else ""), "parameters"),
        hedged(size(entry.sizes[focus.precision].weights), "parameters") + published(entry),
        hedged(size(entry.kv), "kv token") if entry.kv is not None else "",
        hedged(f"{entry.context:,}", "context") if entry.context else "not known",
        " ".join(filter(None, (entry.mark, entry.kind))),
        hedged(entry.licence, "licence") if entry.licence else "not known",
    )


def lines(entry: wire.Entry, focus: wire.Focus) -> list[tuple[str, str]]:
    """The contents of an open row, as pairs of a label and a text."""
    load = entry.load
    if load and focus.precision != "bf16" and entry.bits == 16:
        load = f'{load[:-1]}, dtype="{focus.precision}")'
    pairs = [
        ("load", load), ("fits here", entry.sizes[focus.precision].why), ("thinks", entry.thought),
        ("sampling", entry.sampling), ("released", entry.date), ("shape", entry.shape),
        ("hub", entry.hub), ("base", entry.base),
        ("note", entry.note), ("not verified", ", ".join(entry.unverified)), ("source", entry.source),
    ]  # fmt: skip
    return [(label, text) for label, text in pairs if text]


def table(scene: wire.Scene, focus: wire.Focus) -> str:
    """The catalog for a terminal, with the models that fit here; only the open row if one is open."""
    for entry in scene.entries:
        if entry.name == focus.open:
            pairs = zip(HEADS[1:], cells(entry, focus)[1:], strict=True)
            return "\n".join([entry.name, *(f"  {a:18}{b}" for a, b in (*pairs, *lines(entry, focus)))])
    rows = list(grouped(scene, focus))
    fits = [e.sizes[focus.precision].said for _, e in rows]
    body = [(*cells(e, focus)[:3], fit, *cells(e, focus)[3:]) for fit, (_, e) in zip(fits, rows, strict=True)]
    heads = (*HEADS[:3], "fits here", *HEADS[3:])
    widths = [max(len(row[i]) for row in (heads, *body)) for i in range(len(heads))]
    out = [line(heads, widths)]
    for (heading, _), row in zip(rows, body, strict=True):
        out += ["", heading] if heading else []
        out.append(line(row, widths))
    foot = (
        f"Weights in {focus.precision}; a figure with ? was not verified; with * as published, in fewer bits."
    )
    return "\n".join([*out, "", scene.left, foot, "More about one: labkit catalog NAME"])


def line(row: Sequence[str], widths: Sequence[int]) -> str:
    """One line; names, thoughts and licences are left-aligned, figures right-aligned."""
    ends = {0, len(row) - 2, len(row) - 1}
    return "  ".join(
        text.ljust(n) if i in ends else text.rjust(n)
        for i, (text, n) in enumerate(zip(row, widths, strict=True))
    ).rstrip()
