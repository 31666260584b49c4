"""What a figure was measured on, and a child process that may not take more than its share."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

try:
    import resource
except ImportError:  # Windows, where nothing of this runs
    resource = None  # type: ignore[assignment]


def machine(*packages: str) -> str:
    """One line: cores, memory, Python, versions."""
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / 1e6
    found = [f"{name} {version_of(name)}" for name in packages]
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    return f"{os.cpu_count()} cores, {memory:.0f} GB, load {load}; Python {platform.python_version()}, {', '.join(found)}"


def version_of(package: str) -> str:
    """Of an installed package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def peak_mb() -> float:
    """The most memory that this process has held, in MB (VmHWM)."""
    with open("/proc/self/status") as file:
        return int(next(line for line in file if line.startswith("VmHWM")).split()[1]) / 1e3


def forget_peak() -> None:
    """Counts the peak from here."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def child(arguments: list[str], *, seconds: float, gigabytes: float | None) -> dict[str, Any]:
    """Runs this script again with `arguments`; the JSON of its last line, or `died` in words."""
    start = time.perf_counter()
    limit = None if gigabytes is None else int(gigabytes * 1e9)
    try:
        done = subprocess.run(
            [sys.executable, sys.argv[0], *arguments],
            capture_output=True,
            text=True,
            timeout=seconds,
            preexec_fn=None
            if limit is None
            else lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        )
    except subprocess.TimeoutExpired:
        return {"died": f"not done in {seconds:.0f} s"}
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    took = time.perf_counter() - start
    last = (done.stderr.strip().splitlines() or [f"signal {-done.returncode}"])[-1]
    if any(word in done.stderr for word in ("MemoryError", "not enough memory", "bad_alloc", "alloc_cpu")):
        last = f"out of memory at {gigabytes:.0f} GB"
    return {"died": f"{last[:80]} after {took:.0f} s"}
