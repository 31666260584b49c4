"""Writes the folder of a build, or a zip file of it that is the same each time."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from labkit._host.atomic_folder import make_folder
from labkit._host.atomic_write import not_written, write_file
from labkit._host.paths import typed_path

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the date of each file in the zip, which cannot hold an earlier one


def write_build(folder: str | Path, write: Callable[[Path], object], *, action: str, zipped: bool) -> Path:
    """Writes a build, whole or not at all; an existing folder or file is not replaced.

    Args:
        folder: must not exist; for a zip file, its name with or without `.zip`.
        write: receives an empty folder, and fills it.
        action: the action of `labkit course`, for the error.
        zipped: whether one zip file is written in place of a folder.

    Returns:
        The folder or the zip file.

    Raises:
        LabkitError: it exists, or it cannot be written.
    """
    hint = f"labkit course {action} {{}}" + (" --zip" if zipped else "")
    place = typed_path(folder, next=hint.format('"my-course"'))
    if zipped and place.suffix != ".zip":
        place = place.with_name(f"{place.name}.zip")
    try:
        if not zipped:
            make_folder(place, write)
            return place
        if place.exists():
            raise FileExistsError(17, "File exists")
        with tempfile.TemporaryDirectory() as room:
            top = Path(room) / place.stem
            top.mkdir()
            write(top)
            place.parent.mkdir(parents=True, exist_ok=True)
            write_file(place, lambda path: zip_folder(top, path))
    except OSError as error:
        raise not_written(place.absolute(), error, what=None, retry_hint=hint) from None
    return place


def zip_folder(folder: Path, path: Path) -> None:
    """Writes a folder into a zip file: names in order, and no dates, owners or permissions of this machine."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            info = zipfile.ZipInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}", EARLIEST)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(info, file.read_bytes())
