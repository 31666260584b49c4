"""A group's file: what was saved comes back, and a broken file gets a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit.errors import LabkitError
from labkit.traces import Trace, TraceGroup

from ..views import make


def group() -> TraceGroup:
    return TraceGroup(
        (make.trace(), make.trace("First 9.\n</think>\n\n24"), Trace.from_text("p", "half \ud83e"))
    )


def test_a_group_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    saved = group()
    path = saved.save(tmp_path / "mine")
    assert path.name == "mine.group.json"
    assert saved.save(path) == path
    loaded = TraceGroup.load(path)
    assert loaded == saved
    assert [trace.answer for trace in loaded] == [trace.answer for trace in saved]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "Why"),
        ("[]", "does not hold a group of version 1"),
        ('{"version": 2, "traces": []}', "does not hold a group of version 1"),
        ('{"version": 1}', "traces"),
        ('{"version": 1, "traces": [{"model": 3}]}', "validation error"),
    ],
)
def test_a_broken_file_gets_a_sentence(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "broken.group.json").write_text(content)
    with pytest.raises(LabkitError, match="is not a group that can be read") as raised:
        TraceGroup.load(tmp_path / "broken.group.json")
    assert why in str(raised.value)


def test_a_missing_file_and_a_folder_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LabkitError, match="is not a group"):
        TraceGroup.load(tmp_path / "none.group.json")
    with pytest.raises(LabkitError, match="needs a file name"):
        group().save("/")


def test_the_file_has_the_traces_as_their_own_files_have_them(tmp_path: Path) -> None:
    path = group().save(tmp_path / "a.group.json")
    record = json.loads(path.read_text())
    assert record["version"] == 1
    assert record["traces"][0] == json.loads(make.trace().save(tmp_path / "b.trace.json").read_text())
