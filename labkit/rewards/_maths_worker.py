"""The process that compares two formulas with `math-verify`: a line of JSON in, a line of JSON out.

A process of its own, since a short formula may take for ever (a tower of powers), a timeout by signal
works in a main thread only, and what hangs can only be ended from outside. Only the LaTeX reader is
used: the reader of plain sums hands its text to SymPy's parser, which evaluates it as Python.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from typing import IO

MEMORY = 1_000_000_000  # bytes of address space


def main(lines: Iterable[str], out: IO[str]) -> None:
    """Answers each line with 1.0 (equal), 0.0 (not equal) or None (the solution cannot be read)."""
    logging.disable(logging.CRITICAL)
    from math_verify import LatexExtractionConfig, parse, verify

    def read(formula: str) -> list[object]:
        boxed = f"\\boxed{{{formula}}}"
        config = [LatexExtractionConfig(boxed_match_priority=0)]
        return parse(boxed, config, fallback_mode="no_fallback", parsing_timeout=None)

    print("ready", file=out, flush=True)
    for line in lines:
        ask = json.loads(line)
        try:
            gold = read(ask["solution"])
            equal = verify(gold, read(ask["said"]), timeout_seconds=None) if gold else None
        except (Exception, RecursionError):  # of a parser on hostile text: anything
            equal = False
        print(json.dumps(None if equal is None else float(equal)), file=out, flush=True)


def limit_memory() -> None:
    """Bounds this process where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    limit_memory()
    main(sys.stdin, sys.stdout)
