"""The problem of a trace: the name of the task and the columns of the problem."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from labkit.traces.record import Record


class ProblemRecord(Record):
    """A problem as plain data, so that it travels with a trace and its file.

    Attributes:
        task: name of the task, such as "countdown"; empty if only the columns are known.
        columns: the arguments of the task's rules, such as `{"numbers": [3, 5, 9], "target": 24}`.
    """

    task: str = ""
    columns: dict[str, JsonValue] = {}

    @classmethod
    def of(cls, problem: Any) -> ProblemRecord | None:
        """The record of a problem: one of `labkit.tasks`, any object with `columns`, a mapping of columns, or None.

        The name of the task is the class attribute `task` of the problem, if it has one.
        """
        if problem is None or isinstance(problem, cls):
            return problem
        columns = problem if isinstance(problem, Mapping) else getattr(problem, "columns", None)
        if not isinstance(columns, Mapping):
            return None
        task = getattr(type(problem), "task", "")
        return cls(task=task if isinstance(task, str) else "", columns=json_values(columns))


def json_values(columns: Mapping[Any, Any]) -> dict[str, Any]:
    """The columns as JSON values; other types become text."""
    return json.loads(json.dumps({str(name): value for name, value in columns.items()}, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return value.tolist() if hasattr(value, "tolist") else str(value)
