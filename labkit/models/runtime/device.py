"""Chooses the device, and checks that the weights fit there."""

from __future__ import annotations

import re

import torch

from labkit._host.memory import memory
from labkit.errors import BadArgument, NotEnoughMemory
from labkit.models import catalog
from labkit.models.runtime import quantization
from labkit.models.runtime.memory_budget import format_bytes, require_memory
from labkit.models.runtime.quantization import BITS, DType

MIN_GPU_BYTES = 200_000_000  # bytes of weights from which a GPU is worth the transfer


def resolve_device(requested: str | None, needed: int) -> str:
    """The device for weights of `needed` bytes.

    Args:
        wanted: `"cpu"`, `"cuda"`, `"cuda:1"`, `"mps"`; None takes an NVIDIA GPU for a large model that fits
            on it, otherwise the CPU.
        needed: bytes.

    Raises:
        LabkitError: this machine lacks the device.
    """
    if requested is None:
        roomy = torch.cuda.is_available() and 1.1 * needed < 0.9 * torch.cuda.mem_get_info()[0]
        return "cuda" if roomy and needed >= MIN_GPU_BYTES else "cpu"
    kind, _, number = parse_device(requested).partition(":")
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    available = {"cpu": True, "cuda": int(number or 0) < cards, "mps": torch.backends.mps.is_available()}
    if not available[kind]:
        devices = ", ".join(name for name, is_here in {**available, "cuda": cards}.items() if is_here)
        raise BadArgument(
            f"There is no {requested} on this machine.",
            why=f"torch {torch.__version__} finds {devices} here.",
            next='model = labkit.load(name, device="cpu")',
        )
    return str(requested)


def parse_device(requested: str) -> str:
    """Checks the name of a device, whether this machine has it or not.

    Raises:
        LabkitError: the name is not a device.
    """
    if not re.fullmatch(r"cpu|cuda(:\d+)?|mps", str(requested)):
        raise BadArgument(
            f"device={requested!r} is not possible.",
            why='it is "cpu", "cuda", "cuda:1" (the second card), "mps", or None.',
            next="model = labkit.load()  # chooses",
        )
    return str(requested)


def check_weights_fit(
    needed: int, name: str, *, device: str = "cpu", dtype: str | None = None, rounded: bool = True
) -> None:
    """Refuses weights that do not fit the free memory, and suggests fewer bits or a smaller model.

    Args:
        needed: bytes of the weights in this precision.
        name: the model.
        device: the device that will hold the weights.
        dtype: the precision; None means as published.
        rounded: whether the model can be quantised to fewer bits.

    Raises:
        LabkitError: the weights do not fit.
    """
    left = memory()
    if device.startswith("cuda"):
        free = torch.cuda.mem_get_info(device)[0]
        if 1.1 * needed > 0.95 * free:
            raise NotEnoughMemory(
                f"{name} needs about {format_bytes(int(1.1 * needed))}, and {format_bytes(free)} are free on {device}.",
                why="the KV cache of a thought comes on top of that.",
                next=f'model = labkit.load("{name}", device="cpu")',
            )
        return
    next = 'model = labkit.load("r1-mini")  # needs 7 MB'
    if left is not None:
        fewer = [] if not rounded else [
            d for d in ("bfloat16", "int8", "int4")
            if BITS[d] < BITS[dtype or "bfloat16"] and 1.1 * _rounded(needed, dtype, d) <= 0.9 * left.available
        ]  # fmt: skip
        other = catalog.smaller(left.available, needed // 2)
        if fewer:
            size = format_bytes(int(1.1 * _rounded(needed, dtype, fewer[0])))
            next = f'model = labkit.load("{name}", dtype="{fewer[0]}")  # about {size}'
        elif other is not None:
            next = f'model = labkit.load("{other.name}")'
    require_memory(int(1.1 * needed), what=f"Loading {name}", next=next)


def check_before_download(published: int, name: str, dtype: DType | None, on: str | None) -> None:
    """Refuses, before the download, weights that would not fit.

    Args:
        published: bytes of the weights as published, in bfloat16.
        name: the model.
        dtype: the precision.
        on: the device; None chooses one.

    Raises:
        LabkitError: as `resolve_device` and `check_weights_fit`.
    """
    entry = catalog.find(name)
    experts = entry is not None and entry.active is not None
    quantization.refuse_experts(experts, name, dtype)
    if entry is not None and (dtype == "int8" or dtype == "int4"):
        needed = entry.bytes(dtype)
    else:
        needed = _rounded(published, None, dtype or "bfloat16")
    place = resolve_device(on, needed)
    if entry is not None and entry.unpacked and not place.startswith("cuda"):
        needed = 2 * entry.parameters
    check_weights_fit(needed, name, device=place, dtype=dtype, rounded=not experts)


def _rounded(needed: int, dtype: str | None, fewer: str) -> int:
    """Approximate bytes at another precision; embeddings, about a seventh of the weights, are not quantised."""
    return int(needed * (0.15 + 0.85 * BITS[fewer] / BITS[dtype or "bfloat16"]))
