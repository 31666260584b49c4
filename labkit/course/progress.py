"""What a student has done so far, in one local file. Nothing is sent anywhere.

The file is `progress.json` in the folder `LABKIT_PROGRESS`, or in the system's folder for data of programs. Where it
cannot be written the lesson goes on without it. Nothing that a lesson prints depends on the file, so that a lesson
gives the same output each time.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from labkit._host.atomic_write import write_text
from labkit._host.system import WINDOWS
from labkit._host.untrusted import MB, read_json
from labkit.errors import LabkitError


def path() -> Path:
    """The file of this student's progress, which may not exist yet."""
    chosen = os.environ.get("LABKIT_PROGRESS")
    if chosen:
        return Path(chosen).expanduser() / "progress.json"
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "labkit" / "progress.json"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "labkit" / "progress.json"


def read() -> dict[str, dict[str, Any]]:
    """The records by id of exercise or prediction; empty if there is no readable file.

    A record of an exercise has `tries` (int) and `right` (bool: at least one answer was right). A record of a
    prediction has `predicted` and `resolved` (texts, either may be absent).
    """
    try:
        records = read_json(path(), 4 * MB)
    except (OSError, ValueError, LabkitError):
        return {}
    if not isinstance(records, dict):
        return {}
    return {id: record for id, record in records.items() if isinstance(record, dict)}


def record_check(id: str, *, right: bool) -> None:
    """Counts one answer to an exercise."""
    before = read().get(id, {})
    tries = before.get("tries")
    _record(
        id, tries=(tries if isinstance(tries, int) else 0) + 1, right=right or before.get("right") is True
    )


def record_prediction(id: str, **fields: str) -> None:
    """Records what was predicted, or how the prediction was resolved."""
    _record(id, **fields)


def _record(id: str, **fields: Any) -> None:
    records = read()
    records[id] = {**records.get(id, {}), **fields}
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        write_text(path(), json.dumps(records, indent=1, sort_keys=True) + "\n", what="progress")
    except (OSError, LabkitError):
        pass  # a read-only home: the lesson matters more than its record
