"""A log survives a kill in the middle of a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit._host import json_lines


def test_a_half_written_last_line_is_dropped_and_the_next_one_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "metrics.jsonl"
    assert json_lines.rows(log) == []
    for step in (1, 2, 3):
        json_lines.append(log, {"step": step})
    log.write_bytes(log.read_bytes()[:-5])
    assert json_lines.rows(log) == [{"step": 1}, {"step": 2}]
    json_lines.append(log, {"step": 3})
    assert [row["step"] for row in json_lines.rows(log)] == [1, 2, 3]


def test_lines_behind_a_step_are_forgotten(tmp_path: Path) -> None:
    log = tmp_path / "metrics.jsonl"
    json_lines.forget(log, 0)
    assert not log.exists()
    for step in (1, 2, 3):
        json_lines.append(log, {"step": step})
    with log.open("a") as file:
        file.write('{"step": 4, "los')
    json_lines.forget(log, 2)
    assert [row["step"] for row in json_lines.rows(log)] == [1, 2]
    log.write_text("not json\n")
    with pytest.raises(ValueError, match="it is not JSON"):
        json_lines.rows(log)
