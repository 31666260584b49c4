"""The files of cases that Python computes for `labkit/frontend/test`, each with one line for each kind of case."""

from __future__ import annotations

import json
from typing import Any


def case_file(cases: dict[str, Any]) -> str:
    """The text of a file: JSON in ASCII with one line for each key."""
    lines = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in cases.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"
