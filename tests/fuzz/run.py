"""A million cases, or as many as one likes, by format:

python tests/fuzz/run.py --cases 1000000
python tests/fuzz/run.py --seconds 600 --only gguf
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.guard import fuzz, names_of

MODULES = ("traces", "checkpoints", "servers", "tasks", "texts")


def main() -> int:
    """Prints the cases and faults of each format; 1 if there is a fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=1_000_000, help="in all, divided over the formats")
    parser.add_argument("--seconds", type=float, default=1e9, help="for each group of formats")
    parser.add_argument("--only", default="", help="the name of one format")
    parser.add_argument("--group", choices=MODULES, help="one group of formats")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    total = bad = 0
    for module in MODULES if args.group is None else (args.group,):
        each = args.cases // 16 if not args.only else args.cases
        if args.only and args.only not in names_of(module):
            continue
        found_by_name = fuzz(module, cases=each, seconds=args.seconds, first_seed=args.seed, only=args.only)
        for name, found in found_by_name.items():
            print(f"{name:24}{found.cases:>12,} cases {len(found.faults):>4} faults", flush=True)
            for fault in found.faults:
                print(f"    {fault}", flush=True)
            total, bad = total + found.cases, bad + len(found.faults)
    print(f"{'all':24}{total:>12,} cases {bad:>4} faults")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
