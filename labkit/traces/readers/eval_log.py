"""Logs of Inspect in the `.eval` format as sources of records."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

from labkit._host.extras import import_extra
from labkit._host.untrusted import MB, UntrustedError, parse_json
from labkit.traces.readers.limits import MAX_RECORD

ZSTANDARD_WHY = "labkit reads logs of Inspect that are packed with Zstandard with it."
ZSTANDARD = 93  # the number of this packing method in a zip file
DAMAGED = (OSError, EOFError, struct.error, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)


def _packed(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The packed bytes of a member of an archive. Python's zipfile unpacks Zstandard from version 3.14 on."""
    with Path(str(archive.filename)).open("rb") as file:
        file.seek(
            member.header_offset + 26
        )  # of the local header, the lengths of the name and of the extra field
        name, extra = struct.unpack("<HH", file.read(4))
        file.seek(name + extra, os.SEEK_CUR)
        return file.read(member.compress_size)


class EvalLog:
    """A log of Inspect in its `.eval` format: a zip file with one JSON file a sample."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with zipfile.ZipFile(path) as archive:
                names = (n for n in archive.namelist() if n.startswith("samples/") and n.endswith(".json"))
                self._names = sorted(names)
        except (NotImplementedError, zipfile.BadZipFile):  # the first: a damaged version of the format
            raise UntrustedError("it begins as a zip file, and is damaged") from None

    def __len__(self) -> int:
        return len(self._names)

    def read(self, number: int) -> Any:
        """One sample."""
        try:
            return parse_json(self._content(number))
        except DAMAGED as error:
            raise UntrustedError(f"it cannot be unpacked ({str(error)[:100] or 'damaged'})") from None

    def _content(self, number: int) -> bytes:
        """The unpacked bytes of a sample."""
        with zipfile.ZipFile(self._path) as archive:
            member = archive.getinfo(self._names[number])
            if member.file_size > MAX_RECORD:
                raise UntrustedError(f"it is larger than {MAX_RECORD // MB} MB")
            if member.compress_type != ZSTANDARD:
                return archive.read(member)
            packed = _packed(archive, member)
        decompress = import_extra("pyarrow", "tables", why=ZSTANDARD_WHY).decompress
        unpacked: bytes = decompress(packed, decompressed_size=member.file_size, codec="zstd", asbytes=True)
        return unpacked

    def place(self, number: int) -> str:
        """The name of a sample."""
        return f"{self._names[number]} of {self._path.name}"
