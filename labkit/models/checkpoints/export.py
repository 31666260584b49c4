"""Writes a model as a folder that a class can load from a USB stick or a shared disk, with checksums."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from labkit._host.atomic_folder import make_folder
from labkit._host.paths import quoted
from labkit._host.progress import Progress
from labkit._host.shipped import data_path
from labkit.errors import BadArgument, LabkitError
from labkit.models import catalog
from labkit.models.checkpoints import download as classroom
from labkit.models.checkpoints import gguf, hub
from labkit.models.checkpoints.checksums import SUMS, digest
from labkit.models.model_names import HUB_ID, MANIFEST, path_of, too_large_error, unknown_model_error
from labkit.models.runtime.memory_budget import format_bytes


def fetch(name: str, folder: str | Path) -> Path:
    """Writes a model into a folder, whole or not at all, with `SHA256SUMS` and the name of the model.

    Args:
        name: a name that `labkit.load` accepts, but not a folder; or the address of a machine that serves such a
            folder (`python -m http.server --directory FOLDER`).
        folder: must not exist yet.

    Returns:
        The path for `labkit.load` on the other machine: the folder, or the `.gguf` file in it.

    Raises:
        LabkitError: the folder exists or cannot be written, or as `model_files` and `download`.
    """
    place = path_of(str(folder), f"labkit fetch {name} my-folder")
    if place.exists():
        raise _exists_error(place, f"labkit fetch {name} another-folder; ")
    if name.startswith(("http://", "https://")):
        classroom.download(name, place)
        return next(place.glob("*.gguf"), place)
    files = model_files(name)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _require_disk_space(files, name, place)
        make_folder(place, lambda fresh: _copy(files, fresh, name))
    except OSError as error:
        if place.is_dir():
            raise _exists_error(place) from None
        raise LabkitError(
            f"{name} could not be copied to {str(place)!r}.",
            why=f"{error.strerror or error}; nothing was left behind.",
            next=classroom.other_disk(error),
        ) from error
    return next(place.glob("*.gguf"), place)


def _exists_error(place: Path, before: str = "") -> BadArgument:
    """The error for a folder that exists, or that another `labkit fetch` made in the meantime."""
    return BadArgument(
        f"There is already something at {str(place)!r}.",
        why="a model is never mixed with other files.",
        next=f"{before}labkit fetch --check {quoted(place.as_posix())}  # looks at what is there",
    )


def _require_disk_space(files: list[Path], name: str, place: Path) -> None:
    total, left = sum(file.stat().st_size for file in files), shutil.disk_usage(place.parent).free
    if total > left:
        raise LabkitError(
            f"{name} has {format_bytes(total)}, and {format_bytes(left)} are left where {str(place)!r} would be.",
            why="a partial copy cannot be loaded.",
            next="free some space there, or name a folder on another disk",
        )


def _copy(files: list[Path], fresh: Path, name: str) -> None:
    """Copies files into a folder, and writes the model's name and the checksums beside them."""
    bar = Progress(f"Copying {name}", sum(file.stat().st_size for file in files), bytes=True)
    done = 0

    def read(count: int) -> None:
        nonlocal done
        bar.show(done := done + count)

    lines = []
    try:
        for file in files:
            lines.append(
                f"{digest(file, read)}  {file.name}\n"
            )  # computed from the source, so that a check finds a bad copy
            shutil.copyfile(file, fresh / file.name)  # follows the links of the hub's cache
    finally:
        bar.close()
    entry = catalog.find(name)
    if entry is not None:  # the folder may have another name
        (fresh / MANIFEST).write_text(json.dumps({"model": entry.name}) + "\n", "utf-8", newline="\n")
        lines.append(f"{digest(fresh / MANIFEST)}  {MANIFEST}\n")
    (fresh / SUMS).write_text("".join(lines), "utf-8", newline="\n")


def model_files(name: str) -> list[Path]:
    """The files of a model, fetched from the hub if needed; code and pickled files are left out.

    Raises:
        LabkitError: the model is unknown, or too large for one machine, or as `labkit.models.checkpoints.hub.snapshot`.
    """
    entry = catalog.find(name)
    if entry is not None and entry.carried:
        folder = data_path("models", entry.name)
    elif entry is not None and entry.name in gguf.PACKAGED:
        return [gguf.packaged(entry.name)]
    elif entry is not None and entry.server_only:
        raise too_large_error(entry)
    elif entry is not None:
        folder = hub.snapshot(entry.hub)
    elif name and path_of(name, "labkit fetch r1-mini FOLDER").is_dir():
        raise BadArgument(
            f"{name} is a folder already.",
            why="labkit fetch takes a model's name; a folder is copied like any other.",
            next=f'labkit.load("{path_of(name).as_posix()}")',
        )
    elif not HUB_ID.fullmatch(name):
        raise unknown_model_error(name, "labkit fetch {} FOLDER")
    else:
        folder = hub.snapshot(name)
    files = [file for file in folder.iterdir() if file.is_file() and classroom.is_model_file(file.name)]
    return sorted(file for file in files if file.name != MANIFEST)
