"""Paths typed by a reader."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from pathlib import Path

from labkit._host.system import WINDOWS
from labkit.errors import BadArgument

# Device names, with any suffix; reserved characters; a final dot or space, which Windows drops.
NOT_FOR_WINDOWS = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?|.*[\x00-\x1f<>:\"/\\|?*].*|.*[. ]",
    re.IGNORECASE | re.DOTALL,
)


def fits_windows(name: str) -> bool:
    """Whether Windows accepts the name for a file.

    >>> [fits_windows(name) for name in ("my.trace.json", "aux.trace.json", "1:2", "end.")]
    [True, False, False, False]
    """
    return name in (".", "..") or not NOT_FOR_WINDOWS.fullmatch(name)


def quoted(text: str) -> str:
    """Quotes a text as one argument for the shell of this system.

    >>> quoted("plain")
    'plain'
    """
    if WINDOWS:  # single quotes do not quote on Windows
        return text if re.fullmatch(r"[\w.:/\\+@-]+", text) else f'"{text}"'
    return shlex.quote(text)


def typed_path(typed: object, *, next: str) -> Path:
    """A typed path, with `~` resolved.

    Args:
        typed: text or a `Path`.
        next: a line with a valid path, for the error.

    Raises:
        LabkitError: `typed` is neither, or begins with the home of an unknown user.
    """
    if not isinstance(typed, str | Path):
        raise BadArgument(
            f"{typed!r:.60} is not a path.",
            why=f"a path is text or a pathlib.Path, and this is of type {type(typed).__name__}.",
            next=next,
        )
    try:
        return Path(typed).expanduser()
    except RuntimeError:
        user = Path(typed).parts[0]
        raise BadArgument(
            f"{str(typed)[:60]!r} cannot be opened.",
            why=f"{user} stands for the home folder of a user, and there is no such user here.",
            next=next,
        ) from None


def suffixed_path(typed: object, suffix: str, *, what: str, next: str) -> Path:
    """The path of a file with a suffix of several parts, such as `.trace.json`; a missing suffix is added.

    Args:
        typed: text or a `Path`; a final `.json` becomes the suffix.
        suffix: ends with `.json`.
        what: the noun of the error, with its article.
        next: a line with a valid path, for the error.

    Raises:
        LabkitError: `typed` is not a path, or lacks a file name.

    >>> suffixed_path("my.json", ".trace.json", what="A trace", next="").name
    'my.trace.json'
    """
    path = typed_path(typed, next=next)
    if not path.name:
        raise BadArgument(f"{what} needs a file name.", why=f"{str(path)!r} is a folder.", next=next)
    return path if path.name.endswith(suffix) else path.with_name(path.name.removesuffix(".json") + suffix)


def elsewhere(failed: Path, *, other_disk: bool = False) -> Path:
    """A writable folder, for an advised line that works when pasted.

    Args:
        failed: the folder where writing failed; another folder is chosen.
        other_disk: whether to prefer another disk, because the disk of `failed` is full.
    """
    places = [Path.cwd(), Path.home(), Path(tempfile.gettempdir())]
    open_to_us = [p for p in places if p.is_dir() and os.access(p, os.W_OK) and p != failed.absolute().parent]
    if other_disk and (on_others := [p for p in open_to_us if _disk(p) != _disk(failed.parent)]):
        open_to_us = on_others
    return next(iter(open_to_us), places[-1])


def _disk(folder: Path) -> int | None:
    try:
        return folder.stat().st_dev
    except OSError:
        return None
