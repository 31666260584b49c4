"""The error for a path that `labkit.open` does not find: what the user may have meant by it."""

from __future__ import annotations

import re
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from labkit.errors import LabkitError

LONGEST = 255  # characters of a file name in most file systems
_ADDRESS = re.compile(r"https?:/")
_HUB = re.compile(r"(?:.*huggingface\.co/datasets/)?(?P<name>[\w.-]+/[\w.-]+)")
MOST_NAMES = 1_000  # files of a folder whose names are compared


def no_such_file(path: Path) -> LabkitError:
    """The error: the path is a text, an address, the name of a data set, a pattern, or a misspelt name."""
    typed = str(path)
    why, next = _meant(path, typed)
    return LabkitError(f"There is no file or folder {typed[:200]!r}.", why=why, next=next)


def _meant(path: Path, typed: str) -> tuple[str, str]:
    hub = _HUB.fullmatch(typed)
    is_set = hub is not None and not path.is_absolute() and not path.suffix and not path.parent.exists()
    if "\n" in typed or "<" in typed or len(path.name) > LONGEST:
        why = "labkit.open reads files, folders and objects; a text becomes a trace with Trace.from_text."
        return why, "labkit.Trace.from_text(prompt, text)"
    if hub and (is_set or "huggingface.co" in typed):
        why = "labkit.open fetches nothing; a data set that you loaded is read."
        return why, f'labkit.open(datasets.load_dataset("{hub["name"]}", split="train"))'
    if _ADDRESS.match(typed):
        return (
            "labkit.open fetches nothing from an address.",
            'labkit.open("thoughts.jsonl")  # what you downloaded',
        )
    if "*" in typed:
        why = "labkit.open takes a folder in place of a pattern, and reads each file in it."
        return why, f'labkit.open("{(_existing(path.parent)).as_posix()}")'
    folder = _existing(path.parent)
    near = _nearest(path, folder)
    if near is not None:
        return f"{folder.as_posix()} holds {near.name}.", f'labkit.open("{near.as_posix()}")'
    why = f"labkit looked in {folder.resolve().as_posix()}; a text becomes a trace with Trace.from_text."
    return why, "labkit.Trace.from_text(prompt, text)"


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next((each for each in (folder, *folder.parents) if each.is_dir()), Path())


def _nearest(path: Path, folder: Path) -> Path | None:
    """The file of the folder whose name is most similar."""
    names: list[str] = []
    with suppress(OSError):
        for _, each in zip(range(MOST_NAMES), folder.iterdir(), strict=False):
            names.append(each.name)
    near = get_close_matches(path.name, names, n=1, cutoff=0.6) if path.parent == folder else []
    return folder / near[0] if near else None
