"""Whether a model fits this machine, in words: the memory needed, the memory free, and a precision that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from labkit._host.gpu import Gpu, gpu
from labkit._host.memory import Memory, memory
from labkit.views.catalog import contract as wire
from labkit.views.catalog.wording import size

if TYPE_CHECKING:
    from labkit.models.catalog import Entry, Precision


class FreeMemory(NamedTuple):
    """The free memory of this machine; None if the system does not report it, or if there is no GPU."""

    memory: Memory | None
    gpu: Gpu | None


def free_memory() -> FreeMemory:
    """Measures the free memory of this machine now."""
    return FreeMemory(memory(), gpu())


def free_text(free: FreeMemory) -> str:
    """The free memory of this machine, as a sentence."""
    text = "This system does not say how much memory is left"
    if free.memory is not None:
        ram = free.memory
        text = f"{size(ram.available)} of {size(ram.limit)} of memory are left on this {ram.source}"
    if free.gpu is None:
        return f"{text}; no GPU."
    return f"{text}; {size(free.gpu.free)} of {size(free.gpu.total)} on {free.gpu.name}."


def fit_of(entry: Entry, precision: Precision, free: FreeMemory) -> wire.Fit:
    """The memory of a model at a precision, and whether it fits on the GPU or in RAM."""
    fits: bool | None
    device = device_for(entry, precision, free)
    if device == "GPU":
        fits, short = True, "yes, GPU"
        why = f"yes, on the GPU: it needs {size(entry.needs(precision, gpu=True))}"
    elif device == "memory":
        fits, short, why = True, "yes", f"yes: it needs {size(entry.needs(precision))}"
    elif free.memory is None and free.gpu is None and not entry.server_only:
        fits, short, why = None, "", f"it needs {size(entry.needs(precision))}; how much is left is not known"
    else:
        fits, (short, why) = False, why_not(entry, precision, free)
    return wire.Fit(weights=entry.bytes(precision), fits=fits, said=short, why=why)


def device_for(entry: Entry, precision: Precision, free: FreeMemory) -> str | None:
    """Where it fits, "GPU" or "memory", the GPU first as in `labkit.load`; None if it fits in neither."""
    if free.gpu is not None and entry.fits(precision, free.gpu.free, gpu=True):
        return "GPU"
    return "memory" if free.memory is not None and entry.fits(precision, free.memory.available) else None


def why_not(entry: Entry, precision: Precision, free: FreeMemory) -> tuple[str, str]:
    """The reason why it does not fit, in short and as a sentence that names an alternative."""
    from labkit.models.catalog import BITS, Precision, smaller

    if entry.server_only:
        return "no", f"for servers only: its weights take {size(entry.bytes())}"
    available = [f"{size(free.memory.available)} of memory"] if free.memory else []
    available += [f"{size(free.gpu.free)} of the GPU's"] if free.gpu else []
    why = f"it needs {size(entry.needs(precision))}, and {' and '.join(available)} are left"
    fewer = [p for p in get_args(Precision) if BITS[p] < BITS[precision] and device_for(entry, p, free)]
    if fewer:
        return f"in {fewer[0]}", f"{why}; {fewer[0]} would fit, with {size(entry.needs(fewer[0]))}"
    largest = max([m.available for m in (free.memory,) if m] + [g.free for g in (free.gpu,) if g])
    other = smaller(largest, entry.parameters, precision)
    return "no", f"{why}; {other.name} would fit" if other else why
