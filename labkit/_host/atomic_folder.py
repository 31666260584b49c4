"""Writes folders whole or not at all; a new folder replaces only a folder of the same kind.

The new folder is prepared in a scratch folder beside its target. Two renames put it into place: the first moves the
old folder aside, the second gives the new folder its name. If a call is killed between the two, the next call that
reads (`current_folder`) or writes completes the replacement. The reader's own files move to the new folder.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from errno import EACCES, EBUSY, EEXIST, ENOTDIR
from fnmatch import fnmatch
from pathlib import Path

from labkit._host import scratch
from labkit._host.atomic_write import followed, not_written, settle, sync, system_errors
from labkit._host.rename import rename
from labkit._host.system import WINDOWS
from labkit.errors import LabkitError

PATIENCE = 2.0  # seconds to wait for another call that is between its two renames


@dataclass(frozen=True)
class Kind:
    """A kind of folder that labkit writes.

    Attributes:
        name: the name of the kind in sentences, such as "run".
        files: patterns of labkit's file names in such a folder. Other files belong to the reader.
        ours: whether a folder is of this kind.
        retry_hint: the call that writes one, for the error; `{}` stands for the path.
    """

    name: str
    files: tuple[str, ...]
    ours: Callable[[Path], bool]
    retry_hint: str


def replace_folder(folder: Path, kind: Kind, write: Callable[[Path], object]) -> None:
    """Replaces `folder` by a new folder that `write` fills, whole or not at all.

    Args:
        folder: must be missing, empty, or of this kind. Parent folders are created.
        kind: the kind of the folder.
        write: receives an empty folder, and fills it.

    Raises:
        LabkitError: `folder` has other content or is read-only, or the disk is full or read-only.
    """
    require(folder, kind)
    try:
        place = followed(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        with scratch.scratch(place) as room:
            new = _filled(room, place, write)
            _keep_foreign(place, new, kind)
            _settle_all(new, place, room)
            _swap(place, new, room)
    except OSError as error:
        raise not_written(folder, error, what=kind.name, retry_hint=kind.retry_hint) from error


def make_folder(folder: Path, write: Callable[[Path], object]) -> None:
    """Creates `folder`, which `write` fills, whole or not at all.

    Raises:
        OSError: `folder` exists, or the disk is full or read-only.
    """
    place = followed(folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    with scratch.scratch(place) as room:
        new = _filled(room, place, write)
        _settle_all(new, place, room)
        _put(new, place)


def add_files(folder: Path, write: Callable[[Path], object]) -> None:
    """Adds the files that `write` makes to a folder. It never replaces a file.

    Args:
        folder: an existing folder.
        write: receives an empty folder, and writes files into it.

    Raises:
        FileExistsError: the folder already has one of the names. No file was added.
        OSError: the disk is full or read-only. No file was added.
    """
    place = followed(folder)
    with scratch.scratch(place / "added") as room:
        new = _filled(room, place, write)
        for file in new.iterdir():
            settle(file, None, room)
        added: list[Path] = []
        try:
            for file in sorted(new.iterdir()):
                _put_file(file, place / file.name)
                added.append(place / file.name)
        except BaseException:
            for path in added:
                path.unlink()
            raise
        sync(place)


def put_folder(new: Path, place: Path) -> None:
    """Syncs the files of a finished folder to the disk, and renames the folder to `place`.

    Raises:
        OSError: `place` exists.
    """
    for path in new.rglob("*"):
        sync(path)
    _put(new, place)


def require(folder: Path, kind: Kind) -> None:
    """Refuses a path where a folder of this kind may not be written.

    Raises:
        LabkitError: the folder has other content, is read-only, or contains the working directory.
    """
    try:
        place = followed(current_folder(folder))
        if not place.exists():
            return
        if not place.is_dir():
            raise OSError(ENOTDIR, "there is a file of that name")
        if place == Path.cwd().resolve() or place in Path.cwd().resolve().parents:
            raise OSError(EBUSY, "it is the folder that you work in")
        if os.path.ismount(place):
            raise OSError(EBUSY, "it is a disk of its own")
        refuse_foreign(folder, place, kind)
        marked = [path for path in (place, *place.rglob("*")) if _read_only(path)]
        if marked:
            raise OSError(EACCES, f"{marked[0].name} is read-only")
    except OSError as error:
        raise not_written(folder, error, what=kind.name, retry_hint=kind.retry_hint) from None


def _read_only(path: Path) -> bool:
    mode = path.lstat().st_mode
    # On Windows the read-only attribute of a folder marks a custom icon, and forbids nothing.
    return not mode & 0o222 and not (WINDOWS and stat.S_ISDIR(mode))


def refuse_foreign(folder: Path, place: Path, kind: Kind) -> None:
    """Refuses a folder unless it is missing, empty, or of this kind.

    Args:
        folder: the path as the reader typed it, for the error.
        place: the resolved path.
        kind: the kind of the folder.

    Raises:
        LabkitError: the folder has other content.
    """
    names = sorted(entry.name for entry in place.iterdir()) if place.is_dir() else []
    if names and not kind.ours(place):
        raise LabkitError(
            f"{str(folder)!r} is not a {kind.name}: it holds {', '.join(names[:3])}{' ...' if names[3:] else ''}.",
            why=f"a {kind.name} is written only into a new folder, an empty one, or one of its own kind, so that "
            "nothing of yours is lost.",
            next=kind.retry_hint.format(f'"{(folder / "new").as_posix()}"'),
        )


def require_writable(folder: Path, kind: Kind) -> None:
    """As `require`, and also tries to write there.

    Raises:
        LabkitError: as `require`, or the path is not writable.
    """
    require(folder, kind)
    try:
        place = followed(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        with scratch.scratch(place):
            pass
    except OSError as error:
        raise not_written(folder, error, what=kind.name, retry_hint=kind.retry_hint) from None


def current_folder(folder: Path) -> Path:
    """The path at which to read a folder that `replace_folder` wrote, or a file in one.

    The path is `folder` itself. If a call was killed between its two renames, the replacement is completed first; on
    a read-only disk, the path is that of the prepared new folder.
    """
    try:
        place = followed(folder)
    except OSError:
        return folder
    end = time.monotonic() + PATIENCE
    while not place.exists():
        missing = [p for p in (place, *place.parents) if not p.exists()]
        aside = {p: new for p in missing if (new := scratch.moved_aside(p))}
        if not aside:
            break
        for above, new in aside.items():
            scratch.clear(above.parent)
            if not above.exists() and time.monotonic() > end:
                return new / place.relative_to(above)
        time.sleep(0.01)
    return folder


def _filled(room: Path, place: Path, write: Callable[[Path], object]) -> Path:
    new = room / scratch.NEW / place.name
    new.mkdir(parents=True)
    with system_errors():
        write(new)
    return new


def _keep_foreign(place: Path, new: Path, kind: Kind) -> None:
    """Links or copies the reader's own files into the new folder."""
    if not place.is_dir():
        return
    for entry in place.iterdir():
        if any(fnmatch(entry.name, pattern) for pattern in kind.files) or (new / entry.name).exists():
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, new / entry.name, symlinks=True, copy_function=_linked)
        else:
            _linked(entry, new / entry.name)


def _linked(file: str | Path, copy: str | Path) -> None:
    """Hard-links a file; copies it if the file system lacks hard links."""
    try:
        os.link(file, copy, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(file, copy, follow_symlinks=False)


def _settle_all(new: Path, place: Path, room: Path) -> None:
    """Sets permissions and syncs all files: a replaced file keeps its permissions, a new one follows the umask."""
    for path in new.rglob("*"):
        old = place / path.relative_to(new)
        if path.is_file() and not path.is_symlink():
            settle(path, old.stat() if old.is_file() else None, room)
        elif path.is_dir():
            sync(path)
    if place.is_dir():
        shutil.copymode(place, new)
    sync(new)


def _swap(place: Path, new: Path, room: Path) -> None:
    """Swaps two folders with two renames; `scratch` completes an interrupted swap."""
    if place.exists():
        aside = room / scratch.OLD
        aside.mkdir()
        rename(place, aside / place.name)
    rename(new, place)
    sync(place.parent)


def _put(new: Path, place: Path) -> None:
    """Renames a new file or folder to an unused name."""
    if os.path.lexists(place):
        raise FileExistsError(EEXIST, os.strerror(EEXIST), str(place))
    rename(new, place)
    sync(place.parent)


def _put_file(new: Path, place: Path) -> None:
    """Hard-links a file. A rename would replace a file that another program has just written."""
    try:
        os.link(new, place)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # the file system lacks hard links
        _put(new, place)
