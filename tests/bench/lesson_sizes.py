"""Bytes of each lesson with its saved outputs, against a revision, and of the data from which its views are drawn.

    python tests/bench/lesson_sizes.py 38edd7e     # the revision before views had data
    python tests/bench/lesson_sizes.py HEAD~1 --folder /tmp/notebooks

The sizes of the revision are those that git has; those of now are of the files in the folder.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
VIEW_MIME = "application/vnd.labkit.view+json"
MOST_TOGETHER, MOST_OF_ONE = 1.3, 1.6  # the budget, as multiples of the revision


def sizes_before(revision: str) -> dict[str, int]:
    """Bytes of each notebook of a revision, by name."""
    listing = subprocess.run(
        ["git", "ls-tree", "-l", revision, "notebooks/"], cwd=REPO, check=True, capture_output=True, text=True
    ).stdout
    rows = [line.split() for line in listing.splitlines()]
    return {Path(path).name: int(size) for _, _, _, size, path in rows if path.endswith(".ipynb")}


def view_data(notebook: Path) -> dict[str, int]:
    """Bytes of the data of each view, in base64, by view."""
    sizes: dict[str, int] = {}
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    for cell in cells:
        for output in cell.get("outputs", ()):
            saved = output.get("data", {}).get(VIEW_MIME, {})
            if "data" in saved:
                kind = saved["kind"]
                sizes[kind] = sizes.get(kind, 0) + len(saved["data"])
    return sizes


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("revision")
    parser.add_argument("--folder", type=Path, default=REPO / "notebooks")
    arguments = parser.parse_args()
    before = sizes_before(arguments.revision)
    now = {
        path.name: path.stat().st_size
        for path in sorted(arguments.folder.glob("*.ipynb"))
        if path.name in before
    }
    print(f"{'lesson':34} {'before':>9} {'now':>9} {'ratio':>6}  data of its views, bytes")
    for name, size in now.items():
        data = ", ".join(
            f"{kind} {count:,}" for kind, count in sorted(view_data(arguments.folder / name).items())
        )
        print(f"{name:34} {before[name]:9,} {size:9,} {size / before[name]:6.2f}  {data}")
    together, largest = (
        sum(now.values()) / sum(before[name] for name in now),
        max(now[n] / before[n] for n in now),
    )
    print(
        f"{'together':34} {sum(before.values()):9,} {sum(now.values()):9,} {together:6.2f}  at most {MOST_TOGETHER}"
    )
    print(f"{'the largest ratio':34} {'':9} {'':9} {largest:6.2f}  at most {MOST_OF_ONE}")


if __name__ == "__main__":
    main()
