"""Writes files whole or not at all.

A file is prepared in a scratch folder beside its target (`labkit._host.scratch`) and renamed into place. A reader
sees the old file or the new one; a full disk, an exception or a kill leaves the old file unchanged. A new file gets
its permissions from the umask, a replaced file keeps its permissions. Links are followed: the target of a link is
replaced, the link stays. A read-only file is not replaced.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EDQUOT, EFBIG, EINVAL, ELOOP, ENOENT, ENOSPC, ENOTDIR, EPERM, EROFS
from pathlib import Path

from labkit._host import scratch
from labkit._host.paths import elsewhere, fits_windows
from labkit._host.rename import replace
from labkit._host.system import WINDOWS
from labkit.errors import LabkitError

FULL = (ENOSPC, EDQUOT, EFBIG)
CODE = re.compile(r"\(os error (\d+)\)")  # system errors in messages of Rust libraries


def write_text(path: Path, text: str, *, what: str = "trace", retry_hint: str = "trace.save({})") -> None:
    """Writes a text file in UTF-8, whole or not at all.

    Args:
        path: the file; its folder must exist.
        text: the content of the file.
        what: the kind of content, for the error.
        retry_hint: the call that writes it, for the error; `{}` stands for the path.

    Raises:
        LabkitError: the folder is missing, or the disk is full or read-only.
    """
    try:
        write_file(path, lambda fresh: fresh.write_bytes(text.encode("utf-8")))
    except OSError as error:
        raise not_written(path, error, what=what, retry_hint=retry_hint) from None


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Replaces `path` by a file that `write` prepares.

    Args:
        path: the file; its folder must exist. A device or a pipe is written directly.
        write: receives the path of a file that does not exist yet, and writes it.

    Raises:
        OSError: the folder is missing, the disk is full or read-only, or the file is read-only.
    """
    place = followed(path)
    old = _standing(place)
    if old is not None and not stat.S_ISREG(old.st_mode) and not stat.S_ISDIR(old.st_mode):
        with system_errors():
            write(place)
        return
    if old is not None:
        _refuse_read_only(place, old)
    with scratch.scratch(place) as room:
        (room / scratch.NEW).mkdir()
        fresh = room / scratch.NEW / place.name
        with system_errors():
            write(fresh)
        settle(fresh, old, room)
        replace(fresh, place)
        sync(place.parent)


def followed(path: Path) -> Path:
    """The target of a path, with links resolved.

    Raises:
        OSError: the links form a loop, or the system does not accept the path.
    """
    try:
        place = Path(os.path.realpath(path))
    except ValueError as error:  # a NUL or a lone surrogate
        raise OSError(EINVAL, str(error)) from None
    if place.is_symlink():
        raise OSError(ELOOP, os.strerror(ELOOP), str(path))
    if WINDOWS and not fits_windows(path.name):
        raise OSError(EINVAL, "Windows has no files of that name", str(path))
    return place


def settle(fresh: Path, old: os.stat_result | None, room: Path) -> None:
    """Sets owner and permissions of a prepared file, and syncs it to the disk.

    Args:
        fresh: the prepared file.
        old: status of the replaced file; None for a new file.
        room: the scratch folder, whose lock file shows the permissions from the umask.
    """
    if old is not None and hasattr(os, "chown"):
        with suppress(OSError):  # only root may change the owner
            os.chown(fresh, old.st_uid, old.st_gid)
    os.chmod(fresh, stat.S_IMODE((old or (room / scratch.LOCK).stat()).st_mode))
    sync(fresh)


def sync(path: Path) -> None:
    """Syncs a file, or the entries of a folder, to the disk, if the system supports it.

    Raises:
        OSError: the disk did not accept a file.
    """
    if path.is_dir():
        with suppress(OSError):  # Windows cannot open folders, and some file systems cannot sync them
            _fsync(path, os.O_RDONLY)
    else:
        _fsync(path, os.O_RDWR if WINDOWS else os.O_RDONLY)


def _fsync(path: Path, flags: int) -> None:
    file = os.open(path, flags)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def system_errors() -> Iterator[None]:
    """Converts the system errors of Rust libraries, such as a full disk, to OSError."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        if code := CODE.search(str(error)):
            raise _system_error(int(code[1])) from error
        raise


def _system_error(code: int) -> OSError:
    """The exception for a system error code; Windows has its own codes."""
    if sys.platform == "win32":
        import ctypes

        return ctypes.WinError(code)
    else:
        return OSError(code, os.strerror(code))


def not_written(path: Path, error: Exception, *, what: str | None, retry_hint: str) -> LabkitError:
    """The error for a failed write; the arguments are those of `write_text`.

    `what` is None if no unsaved data is in memory.
    """
    code = getattr(error, "errno", None)
    reason = getattr(error, "strerror", None) or error
    other = elsewhere(path, other_disk=code in FULL) / _short(path)
    return LabkitError(
        f"{str(path)!r} could not be written: {reason}.",
        why=f"{_reason(path, code)}; what was there before is unharmed"
        + (f", and the {what} is still in memory." if what else "."),
        next=retry_hint.format(f'"{other.as_posix()}"'),
    )


def _reason(path: Path, code: int | None) -> str:
    if code in (ENOENT, ENOTDIR) and not path.parent.is_dir():
        return f"there is no folder {str(path.parent)!r}"
    if code in FULL:
        return "the disk is full"
    if code == EROFS:
        return "the disk is read-only"
    if code in (EACCES, EPERM):
        open_elsewhere = ", or a program has it open" if WINDOWS else ""
        return f"you may not write there, or the file is marked read-only{open_elsewhere}"
    if WINDOWS and code in (ENOENT, EINVAL):
        return "Windows takes paths of at most 260 characters, and not every name"
    return "the system refused it"


def _short(path: Path) -> str:
    """The name of a path if it is valid, otherwise a valid name."""
    fits = len(path.name.encode("utf-8", "surrogatepass")) <= 200 and path.name.isprintable()
    if not path.name or not fits or (WINDOWS and not fits_windows(path.name)):
        return "my.trace.json"
    return path.name


def _standing(place: Path) -> os.stat_result | None:
    """The status of a path. Returns None if it does not exist."""
    try:
        return place.stat()
    except FileNotFoundError:
        return None


def _refuse_read_only(place: Path, old: os.stat_result) -> None:
    if not old.st_mode & 0o222 or not os.access(
        place, os.W_OK
    ):  # root may write to any file, so the read-only mark decides
        raise PermissionError(EACCES, "the file is read-only", str(place))
