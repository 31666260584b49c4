"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from labkit.errors import LabkitError


def write_atomic(path: Path, text: str) -> None:
    """Writes `text` beside `path`, then renames it into place: a full disk leaves the old file whole.

    Raises:
        LabkitError: the folder is missing, or the disk is full or read-only.
    """
    partial: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name[:100]}.", delete=False
        ) as file:
            partial = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise LabkitError(
            f"{str(path)!r} could not be written: {getattr(error, 'strerror', None) or error}.",
            why="the folder is missing, full or read-only, or the name is not one; what was there before is "
            "unharmed, and your trace is still in memory.",
            next='trace.save("/tmp/my.trace.json")',
        ) from None
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)  # renamed by now, unless something went wrong
