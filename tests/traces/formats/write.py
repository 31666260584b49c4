"""Writes a thought of R1-mini in the forms of trackio and verifiers, which `make.py` lets these libraries read.

python tests/traces/formats/write.py FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import labkit
from labkit.traces.writers import as_trackio, as_verifiers


def main() -> None:
    """Writes both forms."""
    folder = Path(sys.argv[1])
    trace = labkit.load("r1-mini").think("Using 3, 5 and 9, make 24.", seed=0, show=False)
    for name, record in (("trackio", as_trackio(trace)), ("verifiers", as_verifiers(trace))):
        (folder / f"labkit-{name}.json").write_text(json.dumps(record), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
