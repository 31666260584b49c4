"""A model as a folder that a class can load: on a stick, on a shared disk, with sums that say whether it is whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from labkit._paths import data_path
from labkit.errors import LabkitError
from labkit.models import catalog, classroom, gguf, hub
from labkit.models.load import EMBEDDED, too_large
from labkit.models.memory import gigabytes
from labkit.models.progress import Progress
from labkit.models.sums import SUMS, digest


def fetch(name: str, folder: str | Path) -> Path:
    """Puts a model into a folder, whole or not at all, with `SHA256SUMS` beside its files.

    Args:
        name: as `labkit.load` takes it, but no folder; or the address of a machine that serves such a folder
            (`python -m http.server --directory FOLDER`).
        folder: must not exist yet.

    Returns:
        What `labkit.load` takes on the other machine: the folder, or the `.gguf` file in it.

    Raises:
        LabkitError: the folder exists, or as `labkit.models.hub.snapshot` and `labkit.models.classroom.download`.
    """
    place = Path(folder).expanduser()
    if place.exists():
        raise LabkitError(
            f"There is already something at {place.name!r}.",
            why="a model is never mixed with other files.",
            next=f"labkit fetch {name} another-folder; labkit fetch --check {place.name} looks at what is there",
        )
    if name.startswith(("http://", "https://")):
        classroom.download(name, place)
        return next(place.glob("*.gguf"), place)
    files = source(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    total, left = sum(file.stat().st_size for file in files), shutil.disk_usage(place.parent).free
    if total > left:
        raise LabkitError(
            f"{name} has {gigabytes(total)}, and {gigabytes(left)} are left where {place.name!r} would be.",
            why="a copy that is cut off in the middle would help nobody.",
            next="free some space there, or name a folder on another disk",
        )
    fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    bar, done = Progress(f"Copying {name}", total, bytes=True), 0

    def read(count: int) -> None:
        nonlocal done
        bar.show(done := done + count)

    try:
        lines = []
        for file in files:
            lines.append(
                f"{digest(file, read)}  {file.name}\n"
            )  # of what is copied: a check finds a bad copy
            shutil.copyfile(file, fresh / file.name)  # what a link of the hub's cache points to
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
        bar.close()
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
    return sorted(file for file in files if file.is_file() and file.name != SUMS)
