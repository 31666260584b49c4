"""Compares what was built: a wheel of the clone, an sdist of the clone, and a wheel of that sdist.

python .ci/compare_builds.py WHEEL SDIST WHEEL_OF_THE_SDIST
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

UNSHIPPED = ("labkit/frontend/", "labkit/jupyter/labextension/")  # the plugin ships as Jupyter's shared data
PLUGIN = "share/jupyter/labextensions/labkit/"
PAGE, BESIDE = (
    "labkit/site/play/",
    "static/play/",
)  # the playground, which .ci/wheel_playground.py puts beside the plugin
WRITTEN = (f"{BESIDE}model/", f"{BESIDE}share.txt")  # of it, what no file of the clone is
FRAME = f"{PAGE}frame.html"  # is in each page that is written


def of_wheel(wheel: Path) -> dict[str, str]:
    """The SHA-256 of each file, by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            n: hashlib.sha256(archive.read(n)).hexdigest() for n in archive.namelist() if not n.endswith("/")
        }


def of_sdist(sdist: Path) -> set[str]:
    """The names of the files, without the folder that holds them all."""
    with tarfile.open(sdist) as archive:
        return {member.name.partition("/")[2] for member in archive if member.isfile()}


def complaints(wheel: dict[str, str], sdist: set[str], again: dict[str, str], tracked: set[str]) -> list[str]:
    """What differs from what should be; `tracked` is what git knows."""
    code = {n for n in tracked if n.startswith("labkit/") and not n.startswith(UNSHIPPED)}
    wanted = code | {
        f"labkit/{n}" for n in tracked if n.startswith(("data/", "notebooks/")) or n == "CHANGELOG.md"
    }
    carried = {n for n in wheel if n.startswith("labkit/")}
    plugin = {name for n in wheel if PLUGIN in n and not (name := n.partition(PLUGIN)[2]).startswith(WRITTEN)}
    source = {n.removeprefix(UNSHIPPED[1]) for n in tracked if n.startswith(UNSHIPPED[1])}
    source |= {n.replace(PAGE, BESIDE) for n in tracked if n.startswith(PAGE) and n != FRAME}
    found = {
        "The wheel and the clone differ in": wanted ^ carried,
        "The plugin in the wheel and the one in the clone differ in": plugin ^ source,
        "The sdist and the clone differ in": (tracked ^ sdist) - {"PKG-INFO"},
        "The wheel of the sdist differs in": {n for n, _ in wheel.items() ^ again.items()},
    }
    return [f"{what} {', '.join(sorted(names)[:10])}" for what, names in found.items() if names]


def main() -> None:
    """Prints the complaints, or the number of files."""
    wheel, sdist, again = map(Path, sys.argv[1:])
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    tracked = {n for n in listed.split("\0") if n}
    files = of_wheel(wheel)
    if found := complaints(files, of_sdist(sdist), of_wheel(again), tracked):
        sys.exit("\n".join(found))
    print(f"{len(files)} files, the same in a wheel of the clone and in one of the sdist")


if __name__ == "__main__":
    main()
