"""A model as a folder that a class can load: on a stick, on a shared disk, with sums that say whether it is whole."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from labkit._paths import data_path
from labkit.errors import LabkitError
from labkit.models import catalog, gguf, hub
from labkit.models.load import EMBEDDED, too_large

SUMS = "SHA256SUMS"  # as `sha256sum -c` reads it


def fetch(name: str, folder: str | Path) -> Path:
    """Puts a model into a folder, whole or not at all, with `SHA256SUMS` beside its files.

    Args:
        name: as `labkit.load` takes it, but no folder.
        folder: must not exist yet.

    Returns:
        What `labkit.load` takes on the other machine: the folder, or the `.gguf` file in it.

    Raises:
        LabkitError: the folder exists, or as `labkit.models.hub.snapshot`.
    """
    place = Path(folder).expanduser()
    if place.exists():
        raise LabkitError(
            f"There is already something at {place.name!r}.",
            why="a model is never mixed with other files.",
            next=f"labkit fetch {name} another-folder; labkit fetch --check {place.name} looks at what is there",
        )
    files = source(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        lines = []
        for file in files:
            shutil.copyfile(file, fresh / file.name)  # copies what a link of the hub's cache points to
            lines.append(f"{digest(fresh / file.name)}  {file.name}\n")
        (fresh / SUMS).write_text("".join(lines), "utf-8")
        fresh.chmod(0o755)
        os.replace(fresh, place)
    except OSError as error:
        raise LabkitError(
            f"{name} could not be copied to {place.name!r}.",
            why=f"{error.strerror or error}; nothing was left behind.",
            next="free some space there, or name a folder on another disk",
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return next(place.glob("*.gguf"), place)


def source(name: str) -> list[Path]:
    """The files of a model, fetched from the hub where they are not here."""
    entry = catalog.find(name)
    if name in EMBEDDED:
        files = data_path("models", name).iterdir()
    elif entry is not None and entry.name in gguf.PACKAGED:
        return [gguf.packaged(entry.name)]
    elif entry is not None and entry.server_only:
        raise too_large(entry)
    else:
        files = hub.snapshot(entry.hub if entry else name).iterdir()
    return sorted(file for file in files if file.is_file())


def check(folder: str | Path) -> Iterator[tuple[str, bool]]:
    """Each file that `SHA256SUMS` names, and whether it is what it was.

    Raises:
        LabkitError: the folder has no `SHA256SUMS` that can be read.
    """
    place = Path(folder).expanduser()
    try:
        lines = (place / SUMS).read_text("utf-8").splitlines()
        named = [(line[:64], line[66:]) for line in lines]
        if not named or any(
            "/" in name or len(line) < 67 for (_, name), line in zip(named, lines, strict=True)
        ):
            raise ValueError("it is empty or broken")
    except (OSError, ValueError) as error:
        raise LabkitError(
            f"{str(place)!r} has no {SUMS} that can be read.",
            why=f"labkit fetch writes one ({error}).",
            next="labkit fetch r1-mini my-folder",
        ) from None
    for wanted, name in named:
        file = place / name
        yield name, file.is_file() and digest(file) == wanted


def digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
