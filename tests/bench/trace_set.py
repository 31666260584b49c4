"""Many thoughts in a JSONL file: seconds and memory for counting, measuring, sorting, filtering and asking.

    python tests/bench/trace_set.py [--thoughts 10000] [--megabytes 200] [--seconds 10]

The thoughts are made of random words: about 4,000 characters and 30 paragraphs each, of which a third begin as a
reflection does. One file has 10,000 thoughts; another has 200 MB. Each kind of work runs in a fresh process, on a set that
was just opened; `asking, bounded` uses a regular expression with repetition, which runs in the bounded process.

Seconds are CPU seconds of this process and its children, and wall seconds; the memory is the peak of resident memory
(VmHWM) above that after `import labkit` and the opening of an empty list of thoughts. The budgets: 300 MB of resident
memory in all, and 10 CPU seconds to measure 10,000 thoughts.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))

CHARACTERS = 4_000  # of a thought
OPENINGS = ("Wait, ", "Let me check: ", "First ", "So ", "Then ", "The ")
WORK: dict[str, Callable[[Any], Any]] = {
    "counting": len,
    "measuring": lambda traces: traces.measures(),
    "measuring, own": lambda traces: traces.measures({"questions": lambda trace: trace.text.count("?")}),
    "worst(5)": lambda traces: list(traces.worst(5)),
    "sorting": lambda traces: traces.sort("reflections"),
    "filtering": lambda traces: traces.filter(reward=(0.5, None)),
    "asking": lambda traces: traces.ask(
        {"waits": "(?i)wait|hold on", "long": lambda trace: len(trace.text) > 4_000}
    ),
    "asking, bounded": lambda traces: traces.ask({"waits": r"(?i)\bwait\b.*?\bso\b"}),
}


def write(path: Path, enough: Callable[[int, int], bool]) -> int:
    """Writes thoughts until `enough(thoughts, bytes)`; returns their number."""
    draw = random.Random(0)
    words = ["".join(draw.choices(string.ascii_lowercase, k=draw.randint(2, 9))) for _ in range(3_000)]
    n = size = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        while not enough(n, size):
            steps: list[str] = []
            while sum(map(len, steps)) < CHARACTERS:
                steps.append(
                    draw.choice(OPENINGS) + " ".join(draw.choices(words, k=draw.randint(10, 30))) + "."
                )
            text = "<think>" + "\n\n".join(steps) + "</think>" + draw.choice(words)
            row = {"prompt": f"Question {n}?", "completion": text, "reward": draw.random()}
            size += file.write(json.dumps(row) + "\n")
            n += 1
    return n


def peak() -> int:
    """The peak of resident memory of this process, in bytes."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children that have ended."""
    uses = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


def measure_work(work: str, path: str) -> dict[str, float]:
    """Does one kind of work in this process."""
    import labkit
    from labkit._host.bounded_worker import worker

    labkit.open([{"prompt": "", "completion": "4"}])
    before, cpu, wall = peak(), cpu_seconds(), time.monotonic()
    traces = labkit.open(path)
    opened = time.monotonic() - wall
    WORK[work](traces)
    wall = time.monotonic() - wall
    worker.end()
    return {
        "open": opened, "wall": wall, "cpu": cpu_seconds() - cpu, "memory": peak() - before, "resident": peak(),
    }  # fmt: skip


def in_fresh_process(work: str, path: Path) -> dict[str, float]:
    """Does one kind of work in a new process."""
    command = [sys.executable, __file__, "--work", work, "--path", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Prints one line for each kind of work and file; ends with 1 if a budget is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thoughts", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--work", choices=WORK)
    parser.add_argument("--path")
    options = parser.parse_args()
    if options.work:
        print(json.dumps(measure_work(options.work, options.path)))
        return
    over: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "thoughts.jsonl"
        for enough, works in (
            (lambda n, _: n >= options.thoughts, WORK),
            (lambda _, size: size >= options.megabytes * 1e6, ("counting", "measuring", "asking, bounded")),
        ):
            n = write(path, enough)
            print(f"{n:,} thoughts, {path.stat().st_size / 1e6:.0f} MB")
            for work in works:
                result = in_fresh_process(work, path)
                print(
                    f"  {work:16} {result['cpu']:6.1f} CPU s {result['wall']:6.1f} s {result['memory'] / 1e6:6.1f} MB above "
                    f"the import, {result['resident'] / 1e6:.0f} MB in all; opened in {result['open']:.2f} s",
                    flush=True,
                )
                too_slow = work == "measuring" and result["cpu"] > options.seconds * n / 10_000
                over += [work] if too_slow or result["resident"] > 300e6 else []
    sys.exit(f"over the budget: {', '.join(over)}" if over else 0)


if __name__ == "__main__":
    main()
