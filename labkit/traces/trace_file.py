"""The file of a trace: its path, and the errors of one that cannot be read."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from labkit._host.extras import update_command
from labkit._host.paths import suffixed_path
from labkit._host.untrusted import MB, read_json
from labkit.errors import FileDamaged, LabkitError, Unsupported

MAX_BYTES = 64 * MB  # bytes of a file; a thought of 32,000 tokens with 8 alternatives each takes 7 MB


def read_record(path: Path, version: int) -> Any:
    """The plain data of a trace file.

    Args:
        path: the file.
        version: the newest version of the format that can be read.

    Raises:
        LabkitError: the file is missing, broken, or from a newer labkit.
    """
    try:
        raw = read_json(path, MAX_BYTES)
    except FileNotFoundError:
        raise missing_trace(path) from None
    except (OSError, ValueError) as error:
        raise damaged_trace(path, str(error)) from None
    newer = newer_version(raw, version)
    if newer:
        raise Unsupported(f"{path.name} is {newer}.", why="a newer labkit wrote it.", next=update_command())
    return raw


def newer_version(raw: Any, version: int) -> str:
    """What a record of a newer version is, as a clause; "" for a record of a known version.

    >>> newer_version({"version": 2}, 1)
    'a trace of version 2, and this labkit reads up to 1'
    """
    written = raw.get("version") if isinstance(raw, dict) else None
    is_newer = isinstance(written, int) and written > version
    return f"a trace of version {written}, and this labkit reads up to {version}" if is_newer else ""


def trace_file(path: str | Path) -> Path:
    """The path of the file that `Trace.save(path)` writes, with the suffix `.trace.json`.

    Raises:
        LabkitError: `path` is not a path, or lacks a file name.
    """
    return suffixed_path(path, ".trace.json", what="A trace", next='trace.save("my.trace.json")')


def damaged_trace(path: Path, why: str) -> FileDamaged:
    """The error for a file that is not a trace."""
    return FileDamaged(
        f"{path.name} is not a trace that can be read.",
        why=why,
        next="trace.save(...) writes a good one; a half-written file cannot come from labkit",
    )


def missing_trace(path: Path) -> LabkitError:
    """The error for a path without a file, with the traces of its folder."""
    names = [p.name for p in path.parent.glob("*.trace.json")]
    names.sort(key=lambda name: (-SequenceMatcher(None, name, path.name).ratio(), name))
    del names[10:]
    return LabkitError(
        f"There is no file {path}.",
        why=f"the folder holds {', '.join(names) or 'no *.trace.json at all'}.",
        next=f'labkit.Trace.load("{(path.parent / names[0]).as_posix() if names else "my.trace.json"}")',
    )
