"""A hidden folder in which one call prepares what it then puts into place: `.NAME.RANDOM.labkit-part`.

The folder holds a file that is locked while its call lives. The system frees the lock when the process ends, however
it ends. A scratch folder with a free lock is what a killed call left, and the next call that writes beside it removes
it. A call that was killed while it replaced a folder is finished first:

    .NAME.RANDOM.labkit-part/lock
    .NAME.RANDOM.labkit-part/new/NAME    what will be NAME
    .NAME.RANDOM.labkit-part/old/NAME    what was NAME

`old/NAME` is there only after `new/NAME` is complete. Where NAME itself is missing, `new/NAME` takes its place.
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
SHORT = 40  # bytes of the target's name; a path of Windows has 260 characters at most
# On Windows 0o700 closes a folder to everybody else, and a file that is renamed out of it stays closed.
MODE = 0o777 if WINDOWS else 0o700


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """A scratch folder on the disk of `beside`, for this call alone; it is removed when the block ends.

    Raises:
        OSError: the folder of `beside` is missing, full or not writable.
    """
    room, lock = claim(beside)
    try:
        yield room
    finally:
        release(room, lock)


def claim(beside: Path) -> tuple[Path, int]:
    """A scratch folder and its lock, for what lasts longer than a block; `release` removes it.

    Raises:
        OSError: the folder of `beside` is missing, full or not writable.
    """
    clear(beside.parent)
    return _made(beside)


def release(room: Path, lock: int) -> None:
    """Removes a scratch folder."""
    os.close(lock)  # first: Windows removes no file that is open
    _discard(room)


def clear(folder: Path) -> None:
    """Finishes and removes what killed calls left in a folder; what a living call uses is left alone."""
    for room in rooms(folder):
        with suppress(OSError):
            room.rmdir()  # a call was killed before it made the lock
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
    """The new state of a folder whose replacement has begun and not ended; None where no replacement is open."""
    for room in rooms(folder.parent):
        if (room / OLD / folder.name).exists() and (room / NEW / folder.name).exists():
            return room / NEW / folder.name
    return None


def _made(beside: Path) -> tuple[Path, int]:
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
        except FileNotFoundError:  # another call took the empty folder for one that a killed call left
            continue
        if _locked(lock) is not False and (room / LOCK).exists():
            return room, lock
        os.close(lock)


def _locked(lock: int) -> bool | None:
    """Locks a file for as long as it is open; False where another call holds it, None where no file can be locked."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # a system that is neither: WebAssembly
        return None
    except OSError as error:
        return False if error.errno in (EACCES, EAGAIN) else None
    return True


def _discard(room: Path) -> None:
    """Removes a scratch folder; a folder that it was about to replace is put into place before.

    The lock goes last: a scratch folder that holds anything holds a lock.
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
    """Puts the new folder into place where a call ended between the two renames of a replacement."""
    if not (room / OLD).is_dir():
        return
    for old in (room / OLD).iterdir():
        target, new = room.parent / old.name, room / NEW / old.name
        if new.exists() and not target.exists():
            rename(new, target)
