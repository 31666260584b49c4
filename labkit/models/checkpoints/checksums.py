"""`SHA256SUMS`: checks that the files of a model have not changed since the download."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from labkit._host.paths import quoted, typed_path
from labkit._host.progress import Progress
from labkit._host.untrusted import MB, read_text
from labkit.errors import FileDamaged

SUMS = "SHA256SUMS"  # the format of `sha256sum -c`
SAFE = re.compile(r"[^/\\\x00]*[^/\\\x00.][^/\\\x00]*")  # a name in the same folder
LARGEST = 4 * MB  # bytes of a SHA256SUMS; a model with 1,000 files needs 0.1 MB
CHUNK_BYTES = 1 << 22  # bytes read at a time


def digest(file: Path, read: Callable[[int], None] = lambda _: None) -> str:
    """SHA-256 of a file, in hexadecimal digits; `read` receives the size of each piece."""
    sum, piece = hashlib.sha256(), memoryview(bytearray(CHUNK_BYTES))
    with file.open("rb", buffering=0) as stream:
        while count := stream.readinto(piece):
            sum.update(piece[:count])
            read(count)
    return sum.hexdigest()


def read_checksums(folder: Path) -> list[tuple[str, str]]:
    """Checksum and file name of each line.

    Raises:
        LabkitError: the folder has no readable `SHA256SUMS`.
    """
    try:
        rows = read_text(folder / SUMS, LARGEST)
    except (OSError, ValueError) as error:
        raise _unreadable(str(folder), str(error)) from None
    return parse_checksums(rows, str(folder))


def parse_checksums(text: str, where: str) -> list[tuple[str, str]]:
    """Checksum and file name of each line of a `SHA256SUMS`; `where` names its place in the error.

    Raises:
        LabkitError: the text is empty or broken, or names a file outside its folder.
    """
    rows = [(line[:64], line[66:]) for line in text.splitlines()]
    if (
        not rows
        or len({name for _, name in rows}) < len(rows)  # a repeated name would be read twice
        or any(not re.fullmatch(r"[0-9a-f]{64}", sum) or not is_name(name) for sum, name in rows)
    ):
        raise _unreadable(where, "it is empty or broken")
    return rows


def is_name(name: str) -> bool:
    """Whether the name may be a file in the same folder; file systems limit names to 255 bytes."""
    return bool(SAFE.fullmatch(name)) and len(name.encode("utf-8", "surrogateescape")) <= 255


def _unreadable(where: str, why: str) -> FileDamaged:
    return FileDamaged(
        f"{where!r} has no {SUMS} that can be read.",
        why=f"labkit fetch writes one ({why}).",
        next="labkit fetch r1-mini my-folder",
    )


def check(folder: str | Path, only: str | None = None) -> Iterator[tuple[str, bool]]:
    """Each file in `SHA256SUMS`, or `only` one of them, and whether it is unchanged.

    Raises:
        LabkitError: the folder has no readable `SHA256SUMS`.
    """
    place = typed_path(folder, next="labkit fetch --check my-folder")
    rows = [row for row in read_checksums(place) if only in (None, row[1])]
    bar = Progress("Comparing the sums", sum(size(place / name) for _, name in rows), bytes=True)
    done = 0

    def read(count: int) -> None:
        nonlocal done
        bar.show(done := done + count)

    try:
        for expected, name in rows:
            file = place / name
            yield name, file.is_file() and digest(file, read) == expected
    finally:
        bar.close()


def require_intact(folder: Path, name: str, only: str | None = None) -> None:
    """Refuses a folder whose files differ from its `SHA256SUMS`; a folder without `SHA256SUMS` is accepted.

    With `only`, the other files may be missing.

    Reading every byte also brings the files into the page cache, which speeds up the loading.

    Raises:
        LabkitError: files have changed; the error names them.
    """
    if not (folder / SUMS).is_file():
        return
    broken = [file for file, right in check(folder, only) if not right]
    if broken:
        raise FileDamaged(
            f"{name} is damaged: {', '.join(broken)}.",
            why=f"the file is missing or not what {SUMS} in the same folder says: it changed on the way.",
            next=f"copy the folder again, then: labkit fetch --check {quoted(folder.as_posix())}",
        )


def size(file: Path) -> int:
    """Bytes of a file; 0 if it does not exist."""
    return file.stat().st_size if file.is_file() else 0
