"""From a cold start to the first token, and the memory that a thinking kernel takes.

    python tests/bench/cold_start.py [--repeats 5]

Each run is a fresh Python: bare, with `import labkit`, and loading R1-mini to think one token. Prints
medians of whole-process seconds and the peak memory of the last.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

RUNS = {
    "bare python": "pass",
    "import labkit": "import labkit",
    "load and think one token": "import labkit; labkit.load().think('Using 3, 5 and 9, make 24.', max_new_tokens=1)",
}
PEAK = "; import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


def main() -> None:
    """Prints a line a run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    medians = {}
    for what, code in RUNS.items():
        seconds, peaks = [], []
        for i in range(args.repeats + 1):
            start = time.perf_counter()
            out = subprocess.run(
                [sys.executable, "-c", code + PEAK], check=True, capture_output=True, text=True
            )
            if i:  # the first one reads the files into memory
                seconds.append(time.perf_counter() - start)
                peaks.append(int(out.stdout.split()[-1]) / 1e3)
        medians[what] = statistics.median(seconds)
        print(
            f"{what:26} {medians[what]:6.2f} s (from {min(seconds):.2f} to {max(seconds):.2f}), {max(peaks):5.0f} MB"
        )
    print(f"import labkit over bare python: {medians['import labkit'] - medians['bare python']:.3f} s")


if __name__ == "__main__":
    main()
