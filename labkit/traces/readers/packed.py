"""Unpacks downloads: a zip file with files in it, or one file that is packed with gzip, bzip2 or xz."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import IO, Any

from labkit._host.untrusted import MB, UntrustedError

MAX_UNPACKED = 8_000 * MB  # bytes of all unpacked files
FREE = 0.8  # the part of the free disk that they may take
BLOCK = 1 * MB  # bytes that are copied at once
SHOWN = 3  # names of an archive that a message lists

STREAMS: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
DAMAGED = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
)


def is_stream(head: bytes) -> bool:
    """Whether a file begins as one file that is packed with gzip, bzip2 or xz."""
    return head.startswith(tuple(STREAMS))


def unpack(path: Path, folder: Path, suffixes: tuple[str, ...]) -> None:
    """Writes the files that are packed in `path` into a folder; of a zip file only those with one of the suffixes.

    Raises:
        UntrustedError: it is damaged or locked by a password, has no such file, or unpacks to more than the limit.
    """
    left = int(min(MAX_UNPACKED, FREE * shutil.disk_usage(folder).free))
    with path.open("rb") as file:
        head = file.read(6)
    try:
        if is_stream(head):
            _unpack_stream(path, folder, head, left)
        else:
            _unpack_zip(path, folder, suffixes, left)
    except DAMAGED as error:
        raise UntrustedError(
            f"it is packed, and cannot be unpacked ({str(error)[:100] or 'damaged'})"
        ) from None


def _unpack_stream(path: Path, folder: Path, head: bytes, left: int) -> None:
    (open_stream,) = (each for begins, each in STREAMS.items() if head.startswith(begins))
    with open_stream(path) as source:
        _copy(source, folder / (path.stem or "file"), left)


def _unpack_zip(path: Path, folder: Path, suffixes: tuple[str, ...], left: int) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if _can_hold_thoughts(member, suffixes)]
        if not members:
            raise UntrustedError(_holds_none(archive.namelist(), suffixes))
        for number, member in enumerate(members):
            room = folder / f"{number:06}"  # a name in the archive chooses no place on the disk
            room.mkdir()
            with archive.open(member) as source:
                left -= _copy(source, room / PurePosixPath(member.filename.replace("\\", "/")).name, left)


def _can_hold_thoughts(member: zipfile.ZipInfo, suffixes: tuple[str, ...]) -> bool:
    """Whether it is a file with one of the suffixes, and not hidden, as those are that macOS adds."""
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    is_hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in parts)
    return not member.is_dir() and not is_hidden and member.filename.lower().endswith(suffixes)


def _holds_none(names: Iterable[str], suffixes: tuple[str, ...]) -> str:
    names = [*names]
    shown = ", ".join(repr(name[:60]) for name in names[:SHOWN]) or "nothing"
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"it is a zip file with {shown}{more}, and labkit reads files that end in {', '.join(suffixes)}"


def _copy(source: IO[bytes], target: Path, most: int) -> int:
    """Copies a file of at most `most` bytes; returns its bytes."""
    copied = 0
    with target.open("wb") as file:
        while block := source.read(BLOCK):
            copied += len(block)
            if copied > most:
                raise UntrustedError(f"it unpacks to more than {most / MB:,.0f} MB")
            file.write(block)
    return copied
