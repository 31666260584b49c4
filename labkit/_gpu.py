"""How much memory an NVIDIA card has left, asked without importing torch."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from shutil import which
from typing import Any

PATIENCE = 3.0  # seconds: a driver that hangs is no card
MIB = 1 << 20
QUERY = ("--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits")


@dataclass(frozen=True)
class Gpu:
    """A card; bytes."""

    name: str
    total: int
    free: int


def gpu() -> Gpu | None:
    """The card that torch would use: the first that this process may see.

    A torch that is imported already is asked, and has the last word. Otherwise `nvidia-smi` is, where there
    is one, since importing torch takes seconds. None where there is no card, or torch is the build for
    processors.
    """
    torch = sys.modules.get("torch")
    if hasattr(torch, "cuda"):
        return _by_torch(torch)
    return _by_tool() if _torch_knows_cards() else None


def _by_torch(torch: Any) -> Gpu | None:
    if not torch.cuda.is_available():
        return None
    try:
        free, total = torch.cuda.mem_get_info()
        return Gpu(torch.cuda.get_device_name(), total, free)
    except RuntimeError:  # the card is there and does not answer
        return None


def _by_tool() -> Gpu | None:
    tool, visible = which("nvidia-smi"), os.environ.get("CUDA_VISIBLE_DEVICES")
    if tool is None or visible in ("", "-1"):
        return None
    first = (visible or "").split(",")[0]
    only = [f"--id={first}"] if re.fullmatch(r"\d+|GPU-[\w-]+", first) else []
    try:
        said = subprocess.run(
            [tool, *only, *QUERY], capture_output=True, encoding="utf-8", timeout=PATIENCE, check=True
        ).stdout
        name, total, free = said.splitlines()[0].rsplit(",", 2)
        return Gpu(name.strip(), int(total) * MIB, int(free) * MIB)
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):  # no driver, or "[N/A]"
        return None


def _torch_knows_cards() -> bool:
    try:
        return not version("torch").endswith("+cpu")
    except PackageNotFoundError:
        return False
