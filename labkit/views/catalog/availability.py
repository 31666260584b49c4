"""Whether a model fits this machine, in words: the memory needed, the memory free, and a precision that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from labkit._host.gpu import Gpu, gpu
from labkit._host.memory import Memory, memory
from labkit.views.catalog import contract as wire
from labkit.views.catalog.wording import size

if TYPE_CHECKING:
    from labkit.models.catalog import Entry, Precision


class Room(NamedTuple):
    """The free memory here; None if the system does not report it, or if there is no GPU."""

    memory: Memory | None
    gpu: Gpu | None


def room() -> Room:
    """Measures the free memory here now."""
    return Room(memory(), gpu())


def left(here: Room) -> str:
    """The free memory here, in words."""
    said = "This system does not say how much memory is left"
    if here.memory is not None:
        now = here.memory
        said = f"{size(now.available)} of {size(now.limit)} of memory are left on this {now.source}"
    if here.gpu is None:
        return f"{said}; no GPU."
    return f"{said}; {size(here.gpu.free)} of {size(here.gpu.total)} on {here.gpu.name}."


def sized(entry: Entry, precision: Precision, here: Room) -> wire.Sized:
    """The memory of a model at a precision, and whether it fits on the GPU or in RAM."""
    where = place(entry, precision, here)
    if where is not None:
        fits, said, why = (
            True, "yes, GPU" if where == "GPU" else "yes",
            f"yes, on the {where}: it needs {size(entry.needs(precision, gpu=where == 'GPU'))}" if where == "GPU"
            else f"yes: it needs {size(entry.needs(precision))}",
        )  # fmt: skip
    elif here.memory is None and here.gpu is None and not entry.server_only:
        fits, said, why = None, "", f"it needs {size(entry.needs(precision))}; how much is left is not known"
    else:
        fits, (said, why) = False, refusal(entry, precision, here)
    return wire.Sized(weights=entry.bytes(precision), fits=fits, said=said, why=why)


def place(entry: Entry, precision: Precision, here: Room) -> str | None:
    """Where it fits, "GPU" or "memory", the GPU first as in `labkit.load`; None if it fits in neither."""
    if here.gpu is not None and entry.fits(precision, here.gpu.free, gpu=True):
        return "GPU"
    return "memory" if here.memory is not None and entry.fits(precision, here.memory.available) else None


def refusal(entry: Entry, precision: Precision, here: Room) -> tuple[str, str]:
    """The reason why it does not fit, in short and as a sentence that names an alternative."""
    from labkit.models.catalog import BITS, Precision, smaller

    if entry.server_only:
        return "no", f"for servers only: its weights take {size(entry.bytes())}"
    lefts = [f"{size(here.memory.available)} of memory"] if here.memory else []
    lefts += [f"{size(here.gpu.free)} of the GPU's"] if here.gpu else []
    why = f"it needs {size(entry.needs(precision))}, and {' and '.join(lefts)} are left"
    fewer = [p for p in get_args(Precision) if BITS[p] < BITS[precision] and place(entry, p, here)]
    if fewer:
        return f"in {fewer[0]}", f"{why}; {fewer[0]} would fit, with {size(entry.needs(fewer[0]))}"
    most = max([m.available for m in (here.memory,) if m] + [g.free for g in (here.gpu,) if g])
    other = smaller(most, entry.parameters, precision)
    return "no", f"{why}; {other.name} would fit" if other else why
