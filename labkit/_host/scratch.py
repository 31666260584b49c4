"""A hidden folder in which one call prepares its output: `.NAME.RANDOM.labkit-part`.

The folder has a file that is locked while its call runs. The system releases the lock when the process ends, for any
reason. A scratch folder with a free lock belongs to a killed call, and the next call that writes beside it removes
it. If the killed call was replacing a folder, the replacement is completed first:

    .NAME.RANDOM.labkit-part/lock
    .NAME.RANDOM.labkit-part/new/NAME    the new NAME
    .NAME.RANDOM.labkit-part/old/NAME    the old NAME

    `old/NAME` exists only after `new/NAME` is complete. If NAME itself is missing, `new/NAME` takes its place.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EAGAIN
from pathlib import Path

from labkit._host.rename import rename
from labkit._host.system import WINDOWS

SUFFIX = ".labkit-part"
LOCK, NEW, OLD = "lock", "new", "old"
SHORT = 40  # bytes of the target's name that are used; a Windows path has at most 260 characters
# On Windows 0o700 denies other users access to a folder, and a file that is renamed out of it stays inaccessible.
MODE = 0o777 if WINDOWS else 0o700


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """A private scratch folder on the disk of `beside`, which is removed when the block ends.

    Raises:
        OSError: the folder of `beside` is missing, full or not writable.
    """
    room, lock = claim(beside)
    try:
        yield room
    finally:
        release(room, lock)


def claim(beside: Path) -> tuple[Path, int]:
    """A scratch folder and its lock, for use beyond a `with` block; `release` removes it.

    Raises:
        OSError: the folder of `beside` is missing, full or not writable.
    """
    clear(beside.parent)
    return _make(beside)


def release(room: Path, lock: int) -> None:
    """Removes a scratch folder."""
    os.close(lock)  # first: Windows cannot remove an open file
    _discard(room)


def clear(folder: Path) -> None:
    """Completes and removes the scratch folders of killed calls; those of running calls stay."""
    for room in rooms(folder):
        with suppress(OSError):
            room.rmdir()  # the call was killed before it created the lock
            continue
        with suppress(OSError):
            lock = os.open(room / LOCK, os.O_RDWR)
            try:
                dead = _locked(lock)
            finally:
                os.close(lock)
            if dead:
                _discard(room)


def rooms(folder: Path) -> list[Path]:
    """The scratch folders in a folder."""
    try:
        with os.scandir(folder) as entries:
            return [
                Path(e.path)
                for e in entries
                if e.name.startswith(".") and e.name.endswith(SUFFIX) and e.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return []


def moved_aside(folder: Path) -> Path | None:
    """The new version of a folder whose replacement was interrupted. None if no replacement was interrupted."""
    for room in rooms(folder.parent):
        if (room / OLD / folder.name).exists() and (room / NEW / folder.name).exists():
            return room / NEW / folder.name
    return None


def _make(beside: Path) -> tuple[Path, int]:
    """A new scratch folder and its lock."""
    name = beside.name.encode("utf-8", "ignore")[:SHORT].decode("utf-8", "ignore")
    while True:
        room = beside.parent / f".{name}.{secrets.token_hex(4)}{SUFFIX}"
        try:
            room.mkdir(MODE)
        except FileExistsError:
            continue
        try:
            lock = os.open(room / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:  # another call removed the empty folder as that of a killed call
            continue
        if _locked(lock) is not False and (room / LOCK).exists():
            return room, lock
        os.close(lock)


def _locked(lock: int) -> bool | None:
    """Locks a file while it is open. Returns False if another call holds the lock, None if locks are unsupported."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # neither POSIX nor Windows: WebAssembly
        return None
    except OSError as error:
        return False if error.errno in (EACCES, EAGAIN) else None
    return True


def _discard(room: Path) -> None:
    """Completes a pending replacement, then removes the scratch folder.

    The lock is removed last: a scratch folder with any content has a lock.
    """
    with suppress(OSError):
        _finish(room)
        for entry in sorted(room.iterdir(), key=lambda entry: entry.name == LOCK):
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        room.rmdir()


def _finish(room: Path) -> None:
    """Puts the new folder into place if a call ended between the two renames of a replacement."""
    if not (room / OLD).is_dir():
        return
    for old in (room / OLD).iterdir():
        target, new = room.parent / old.name, room / NEW / old.name
        if new.exists() and not target.exists():
            rename(new, target)
