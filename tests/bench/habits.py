"""What the rewards changed: how often each model gives up, cries a false "yes", or passes over a hit.

    python tests/bench/habits.py [--n 60] [--samples 4]

Held-out problems, temperature 0.6 and top-p 0.95.
"""

from __future__ import annotations

import argparse
import re

import labkit


def main() -> None:
    """Prints a line a model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=60)
    parser.add_argument("--samples", type=int, default=4)
    args = parser.parse_args()
    for name in ("r1-mini-cold", "r1-mini"):
        model = labkit.load(name)
        problems = labkit.tasks.countdown.problems(args.n, seed=11)
        traces = [t for p in problems for t in model.sample(p, n=args.samples, max_new_tokens=800)]
        gave_up = sum("Give up" in t.text for t in traces)
        near = [yes for t in traces for yes in re.findall(r", [12] off(, yes)?", t.text)]
        hits = [yes for t in traces for yes in re.findall(r", 0 off(, yes)?", t.text)]
        endless = sum(t.finish == "length" for t in traces)
        print(
            f"{name:13} gave up {gave_up} of {len(traces)}; yes at 1 or 2 off {sum(map(bool, near))} of {len(near)}; "
            f"hits passed over {sum(not h for h in hits)} of {len(hits)}; unfinished {endless} of {len(traces)}"
        )


if __name__ == "__main__":
    main()
