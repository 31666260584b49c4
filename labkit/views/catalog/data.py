"""The rows of the catalog in the form that the view shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from labkit.views.catalog import contract as wire
from labkit.views.catalog.availability import Room, left, room, sized
from labkit.views.catalog.wording import count, mark, size, thought

if TYPE_CHECKING:
    from labkit.models.catalog import Entry

SHAPE = ("layers", "hidden", "heads", "kv_heads", "head_size", "vocabulary")


def scene_of(here: Room | None = None) -> wire.Scene:
    """The whole catalog, with the models that fit on this machine now."""
    from labkit.models.catalog import entries

    here = here or room()
    return wire.Scene(entries=[entry_of(e, here) for e in entries()], left=left(here))


def entry_of(e: Entry, here: Room) -> wire.Entry:
    """One row of `labkit.models.catalog.Entry`."""
    from labkit.models.catalog import Precision

    told = [(name.replace("_", " "), getattr(e, name)) for name in SHAPE]
    drawn = [(name.replace("_", "-"), getattr(e, name)) for name in ("temperature", "top_p", "top_k")]
    began, kind = mark(e)
    return wire.Entry(
        name=e.name, group=e.group, hub=e.hub, base=e.base or "", family=e.family, parameters=e.parameters,
        bits=e.weight_bits,
        load="" if e.server_only else f'labkit.load("{e.name}")', active=e.active, context=e.context, kv=e.kv(1_000),
        licence=(e.licence + (f" over {e.base_licence}" if e.base_licence else "")) if e.licence else None,
        sizes={p: sized(e, p, here) for p in get_args(Precision)},
        shape=", ".join(f"{value:,} {name}" for name, value in told if value is not None),
        mark=began, kind=kind, thought=thought(e),
        sampling=", ".join(f"{name} {value:g}" for name, value in drawn if value is not None),
        note=" ".join(filter(None, (e.note, "For servers only." if e.server_only else None))),
        hearsay=[name.replace("_", " ") for name in e.unverified], source=e.source,
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
    unsure = {*entry.hearsay}

    def said(text: str, *fields: str) -> str:
        return text + "?" if unsure & {*fields} else text

    return (
        entry.name,
        said(count(entry.parameters) + (f" ({count(entry.active)})" if entry.active else ""), "parameters"),
        said(size(entry.sizes[focus.precision].weights), "parameters") + published(entry),
        said(size(entry.kv), "kv token") if entry.kv is not None else "",
        said(f"{entry.context:,}", "context") if entry.context else "not known",
        " ".join(filter(None, (entry.mark, entry.kind))),
        said(entry.licence, "licence") if entry.licence else "not known",
    )


def lines(entry: wire.Entry, focus: wire.Focus) -> list[tuple[str, str]]:
    """The contents of an open row, as pairs of a label and a text."""
    load = entry.load
    if load and focus.precision != "bf16" and entry.bits == 16:
        load = f'{load[:-1]}, dtype="{focus.precision}")'
    told = [
        ("load", load), ("fits here", entry.sizes[focus.precision].why), ("thinks", entry.thought),
        ("sampling", entry.sampling), ("shape", entry.shape), ("hub", entry.hub), ("base", entry.base),
        ("note", entry.note), ("hearsay", ", ".join(entry.hearsay)), ("source", entry.source),
    ]  # fmt: skip
    return [(word, text) for word, text in told if text]


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
    wide = [max(len(row[i]) for row in (heads, *body)) for i in range(len(heads))]
    out = [line(heads, wide)]
    for (heading, _), row in zip(rows, body, strict=True):
        out += ["", heading] if heading else []
        out.append(line(row, wide))
    foot = f"Weights in {focus.precision}; a figure with ? is hearsay; with * as published, in fewer bits."
    return "\n".join([*out, "", scene.left, foot, "More about one: labkit catalog NAME"])


def line(row: Sequence[str], wide: Sequence[int]) -> str:
    """One line; names, thoughts and licences are left-aligned, figures right-aligned."""
    ends = {0, len(row) - 2, len(row) - 1}
    return "  ".join(
        text.ljust(n) if i in ends else text.rjust(n)
        for i, (text, n) in enumerate(zip(row, wide, strict=True))
    ).rstrip()
