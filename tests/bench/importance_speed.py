"""Seconds for the three importances of chosen steps, and for one fork, with R1-mini.

    python tests/bench/importance_speed.py [--n 8 16] [--steps 4] [--repeats 3]

Steps are spread over the thought; all three importances are worked out from one call. Beside the clock
stands the processor time, which a busy machine does not stretch as much. The aim is 10 s on 2 cores.
A fork is compared, in the same run, with sampling that reads the prefix without a kept cache.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

import labkit
import labkit.inside
from labkit.inside.forks import prefix_cache


def main() -> None:
    """Prints a line for each n."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, nargs="+", default=[8, 16])
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    model = labkit.load()
    trace = model.think("Using 10, 12 and 14, make 5.", show=False)
    count = len(trace.steps)
    chosen = sorted({1 + round(i * (count - 1) / max(1, args.steps - 1)) for i in range(args.steps)})
    print(f"{len(trace)} tokens, steps {chosen} of {count}, {torch.get_num_threads()} thread(s)")
    labkit.inside.fork(trace, 0, n=2, max_new_tokens=20)  # warms up
    for n in args.n:
        clock, cpu = timed(lambda n=n: labkit.inside.step_importance(trace, chosen, n=n), args.repeats)
        print(
            f"n = {n:2}: all three importances of {len(chosen)} steps in {clock:.1f} s ({cpu:.1f} s of processor)"
        )
    late = len(trace) - 10
    kept, _ = timed(lambda: labkit.inside.fork(trace, late, n=8, max_new_tokens=8), 9)
    prefix_cache._CACHED.clear()

    def anew() -> None:
        prefix_cache._CACHED.clear()
        labkit.inside.fork(trace, late, n=8, max_new_tokens=8)

    print(
        f"8 tokens of 8 rollouts from token {late}: {1e3 * kept:.0f} ms, with the trace read anew {1e3 * timed(anew, 9)[0]:.0f} ms"
    )


def timed(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median seconds by the clock and of the processor."""
    rows = []
    for _ in range(repeats):
        clock, cpu = time.perf_counter(), time.process_time()
        work()
        rows.append((time.perf_counter() - clock, time.process_time() - cpu))
    return statistics.median(r[0] for r in rows), statistics.median(r[1] for r in rows)


if __name__ == "__main__":
    main()
