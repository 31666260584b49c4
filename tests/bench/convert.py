"""Seconds and peak memory of `labkit convert` for many thoughts, each conversion in a process of its own.

python tests/bench/convert.py [10000]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

WORDS = "Wait, 3 + 5 is 8, and 8 times 3 is 24. Let me check: yes.\n\n"
CODE = """
import resource, sys, time
import labkit.traces.writers as writers
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
done = writers.convert(sys.argv[1], sys.argv[2])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(f"{done.n_traces:,} thoughts: {time.monotonic() - began:.1f} s, {after / 1024:.0f} MB, of them {(after - before) / 1024:.0f} MB added")
"""


def main() -> None:
    """Prints one line for each conversion."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as room:
        source = Path(room) / "source.jsonl"
        with source.open("w", encoding="utf-8") as file:
            for i in range(n):
                row = {
                    "prompt": f"Problem {i}",
                    "completion": f"<think>{WORDS * 40}</think>{i}",
                    "reward": i % 2,
                }
                file.write(json.dumps(row) + "\n")
        print(f"{source.stat().st_size / 1e6:.0f} MB of JSONL")
        for name in ("out.jsonl", "out.parquet"):
            done = subprocess.run(
                [sys.executable, "-c", CODE, str(source), str(Path(room) / name)],
                capture_output=True,
                text=True,
                check=True,
            )
            print(
                f"{name:12} {done.stdout.strip()}, {(Path(room) / name).stat().st_size / 1e6:.0f} MB written"
            )


if __name__ == "__main__":
    main()
