"""Seconds under nbval and peak memory of each lesson's kernel.

    python tests/bench/lessons.py                 every lesson
    python tests/bench/lessons.py grpo pipeline   some, by slug

Seconds are those of `pytest --nbval`, with the start of Python, pytest and the kernel. Memory is the largest resident
set that the kernel had at any time (VmHWM on Linux): it counts pages of files, such as torch's libraries.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
from _machine import machine

from labkit._host.shipped import lessons_path
from labkit.course.lesson import Lesson, read_all


class Peak(threading.Thread):
    """Watches the kernels below a process: the largest peak of one of them, in bytes."""

    def __init__(self, root: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.root, self.bytes = root, 0

    def run(self) -> None:
        """Looks ten times a second until the process ends."""
        while self.root.is_running() and self.root.status() != psutil.STATUS_ZOMBIE:
            with suppress(psutil.Error):
                for child in self.root.children(recursive=True):
                    self.bytes = max(self.bytes, peak_of(child))
            time.sleep(0.1)


def peak_of(process: psutil.Process) -> int:
    """The peak of a kernel's resident set in bytes; 0 for another process."""
    with suppress(psutil.Error, OSError):
        if "ipykernel_launcher" not in " ".join(process.cmdline()):
            return 0
        status = Path(f"/proc/{process.pid}/status")
        if status.exists():
            return 1024 * int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0])
        return int(process.memory_info().rss)
    return 0


def measure(lesson: Lesson) -> str:
    """The row of a lesson."""
    with tempfile.TemporaryDirectory() as progress:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--nbval",
            str(lesson.path),
        ]
        environment = {**os.environ, "LABKIT_PROGRESS": progress, "OMP_NUM_THREADS": "1"}
        began = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as run:
            peak = Peak(psutil.Process(run.pid))
            peak.start()
            output = run.communicate()[0]
        seconds = time.perf_counter() - began
    result = output.strip().splitlines()[-1].partition(" in ")[0]
    return f"{lesson.slug:10} {seconds:6.1f} s {peak.bytes / 1e6:6.0f} MB   {result}"


def main() -> None:
    """Prints a row for each lesson."""
    parser = argparse.ArgumentParser()
    parser.add_argument("slugs", nargs="*", help="all without one")
    args = parser.parse_args()
    print(machine())
    for lesson in read_all(lessons_path()):
        if not args.slugs or lesson.slug in args.slugs:
            print(measure(lesson), flush=True)


if __name__ == "__main__":
    main()
