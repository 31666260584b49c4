"""The free memory of an NVIDIA GPU, read without importing torch."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from shutil import which
from typing import Any

PATIENCE = 3.0  # seconds: a driver that hangs counts as no GPU
MIB = 1 << 20
QUERY = ("--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits")


@dataclass(frozen=True)
class Gpu:
    """A GPU; sizes in bytes."""

    name: str
    total: int
    free: int


def gpu() -> Gpu | None:
    """The GPU that torch would use: the first one visible to this process.

    If torch is already imported, torch decides. Otherwise `nvidia-smi` is run, if it exists, since
    importing torch takes seconds. Returns None if there is no GPU, or if torch is the CPU-only build.
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
    except RuntimeError:  # the GPU exists and does not respond
        return None


def _by_tool() -> Gpu | None:
    tool, visible = which("nvidia-smi"), os.environ.get("CUDA_VISIBLE_DEVICES")
    if tool is None or visible in ("", "-1"):
        return None
    first = (visible or "").split(",")[0]
    only = [f"--id={first}"] if re.fullmatch(r"\d+|GPU-[\w-]+", first) else []
    try:
        result = subprocess.run(
            [tool, *only, *QUERY], capture_output=True, encoding="utf-8", timeout=PATIENCE, check=True
        ).stdout
        name, total, free = result.splitlines()[0].rsplit(",", 2)
        return Gpu(name.strip(), int(total) * MIB, int(free) * MIB)
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):  # no driver, or "[N/A]"
        return None


def _torch_knows_cards() -> bool:
    try:
        return not version("torch").endswith("+cpu")
    except PackageNotFoundError:
        return False
