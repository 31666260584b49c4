"""The rows of the catalog, as the view shows them."""

from __future__ import annotations

from collections.abc import Sequence

from labkit._memory import Memory, memory
from labkit.views import _contract_catalog as wire

THOUGHTS = {
    "tags": "between <think> tags",
    "channels": "in a channel of its own",
    "text": "behind a mark of its own",
    "none": "no thought: not a reasoning model",
}


def scene_of() -> wire.Scene:
    """The whole catalog, with what fits here now."""
    from labkit.models.catalog import entries  # brings torch with it, as all of labkit.models

    now = memory()
    return wire.Scene(entries=[entry_of(e, now) for e in entries()], left=left_of(now))


def left_of(now: Memory | None) -> str:
    """What this machine has left, in words."""
    if now is None:
        return "This system does not say how much memory is left."
    return f"{size(now.available)} of memory are left on this {now.source}."


def entry_of(e: object, now: Memory | None) -> wire.Entry:
    """One row of `labkit.models.catalog.Entry`."""
    from labkit.models.catalog import BITS, Entry

    assert isinstance(e, Entry)
    left = None if now is None else now.available
    told = [
        (name, getattr(e, name))
        for name in ("layers", "hidden", "heads", "kv_heads", "head_size", "vocabulary")
    ]
    drawn = [(name, getattr(e, name)) for name in ("temperature", "top_p", "top_k")]
    return wire.Entry(
        name=e.name, hub=e.hub, family=e.family, parameters=e.parameters, active=e.active, context=e.context,
        kv=e.kv(1_000), licence=e.licence + (f" over {e.base_licence}" if e.base_licence else ""),
        sizes={
            p: wire.Sized(weights=e.bytes(p), fits=None if left is None else e.fits(p, left))  # type: ignore[arg-type]
            for p in BITS
        },
        shape=", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in told if value is not None),
        thought=THOUGHTS[e.think] + (", the template opens it" if e.opened else "") if e.think else "",
        sampling=", ".join(f"{name.replace('_', '-')} {value:g}" for name, value in drawn if value is not None),
        note=" ".join(filter(None, (e.note, "For servers only." if e.server_only else None))),
        hearsay=[name.replace("_", " ") for name in e.unverified], source=e.source,
    )  # fmt: skip


def ordered(scene: wire.Scene, focus: wire.Focus) -> list[wire.Entry]:
    """The rows as they stand: by name, or by a figure, smallest first; what is not known comes last."""

    def key(entry: wire.Entry) -> tuple[bool, float | str]:
        value = (
            entry.sizes[focus.precision].weights if focus.sort == "weights" else getattr(entry, focus.sort)
        )
        return value is None, value if value is not None else 0

    if focus.sort == "name":
        return scene.entries[::-1] if focus.down else scene.entries  # the file's order: families together
    known = sorted((e for e in scene.entries if not key(e)[0]), key=lambda e: key(e)[1], reverse=focus.down)
    return known + [e for e in scene.entries if key(e)[0]]


def cells(entry: wire.Entry, focus: wire.Focus) -> tuple[str, ...]:
    """Name, parameters, weights, KV cache, context and licence of a row, as text."""
    unsure = {"parameters", "context", "kv token", "licence"} & {*entry.hearsay}

    def said(text: str, *fields: str) -> str:
        return text + "?" if unsure & {*fields} else text

    return (
        entry.name,
        said(count(entry.parameters) + (f" ({count(entry.active)})" if entry.active else ""), "parameters"),
        said(size(entry.sizes[focus.precision].weights), "parameters"),
        said(size(entry.kv), "kv token") if entry.kv is not None else "",
        said(f"{entry.context:,}", "context"),
        said(entry.licence, "licence"),
    )


HEADS = ("model", "parameters", "weights", "KV / 1,000 tokens", "context", "licence")


def table(scene: wire.Scene, focus: wire.Focus) -> str:
    """The catalog for a terminal, with what fits here."""
    rows = ordered(scene, focus)
    fits = [{True: "yes", False: "no", None: ""}[e.sizes[focus.precision].fits] for e in rows]
    body = [(*cells(e, focus)[:3], fit, *cells(e, focus)[3:]) for e, fit in zip(rows, fits, strict=True)]
    heads = (*HEADS[:3], "fits here", *HEADS[3:])
    wide = [max(len(row[i]) for row in (heads, *body)) for i in range(len(heads))]
    lines = [line(row, wide) for row in (heads, *body)]
    return "\n".join([*lines, "", scene.left, f"Weights in {focus.precision}; a figure with ? is hearsay."])


def line(row: Sequence[str], wide: Sequence[int]) -> str:
    """One line; names and licences to the left, figures to the right."""
    ends = {0, len(row) - 1}
    return "  ".join(
        text.ljust(n) if i in ends else text.rjust(n)
        for i, (text, n) in enumerate(zip(row, wide, strict=True))
    ).rstrip()


def size(n: int) -> str:
    """Bytes as people say them.

    >>> size(3_554_176_000), size(28_672_000), size(671_000_000_000)
    ('3.6 GB', '29 MB', '671 GB')
    """
    if n >= 1e11:
        return f"{n / 1e9:.0f} GB"
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{n / 1e6:.0f} MB"


def count(n: int) -> str:
    """Parameters as people say them.

    >>> count(1_777_088_000), count(671_000_000_000), count(134_515_008)
    ('1.8 B', '671 B', '135 M')
    """
    if n >= 1e11:
        return f"{n / 1e9:.0f} B"
    return f"{n / 1e9:.1f} B" if n >= 1e9 else f"{n / 1e6:.0f} M"
