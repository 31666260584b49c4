from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import labkit
from labkit._host.extras import update_command
from labkit.errors import LabkitError
from labkit.traces import Trace

from .make import traces

TRACE = Trace(model="r1-mini", prompt="Using 3, 5 and 9, make 24.", text="3 * 5</think>15", finish="stop")


@given(traces())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_saved_is_loaded(tmp_path: Path, trace: Trace) -> None:
    again = Trace.load(trace.save(tmp_path / "a"))
    assert again == trace
    assert again.model_dump_json() == trace.model_dump_json()
    assert again.parts == trace.parts


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a", "a.trace.json"),
        ("a.json", "a.trace.json"),
        ("a.trace.json", "a.trace.json"),
        ("v1.0", "v1.0.trace.json"),
    ],
)
def test_a_trace_file_is_called_so_whatever_was_typed(tmp_path: Path, name: str, written: str) -> None:
    assert TRACE.save(str(tmp_path / name)) == tmp_path / written
    assert os.listdir(tmp_path) == [written]


def test_the_file_says_its_version_and_others_may_read_it(tmp_path: Path) -> None:
    path = TRACE.save(tmp_path / "a")
    assert json.loads(path.read_text("utf-8"))["version"] == 1
    assert stat.S_IMODE(path.stat().st_mode) == (0o644 if os.name == "posix" else 0o666)


def test_saving_again_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    for text in ("first", "second"):
        TRACE.model_copy(update={"text": text}).save(tmp_path / "a")
    assert Trace.load(tmp_path / "a.trace.json").text == "second"
    assert os.listdir(tmp_path) == ["a.trace.json"]


def test_half_a_surrogate_pair_in_a_prompt_costs_nobody_the_trace(tmp_path: Path) -> None:
    trace = TRACE.model_copy(update={"prompt": "half \ud83d a face"})
    assert Trace.load(trace.save(tmp_path / "a")) == trace


@pytest.mark.skipif(os.name != "posix", reason="Windows replaces no file that is open, which is a sentence")
def test_who_reads_the_old_file_while_the_new_one_is_written_reads_it_whole(tmp_path: Path) -> None:
    with TRACE.save(tmp_path / "a").open(encoding="utf-8") as reader:
        TRACE.model_copy(update={"text": "second"}).save(tmp_path / "a")
        assert Trace.model_validate_json(reader.read()) == TRACE


# -- what can go wrong on the way out --------------------------------------------------------------------


@pytest.mark.parametrize("path", ["no/such/folder/a", "bad\0name", "x" * 300, "/proc/a"])
def test_a_path_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabkitError, match="could not be written"):
        TRACE.save(path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("path", [5, None, b"a", "~no-such-user-here/x" if os.name == "posix" else 0.5])
def test_what_is_not_a_path_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabkitError, match=r"cannot take path=|is not a path|cannot be opened") as caught:
        TRACE.save(path)
    trace = TRACE
    assert eval(caught.value.next, {"trace": trace}) == Path("my.trace.json")
    with pytest.raises(LabkitError, match=r"cannot take path=|is not a path|cannot be opened") as caught:
        Trace.load(path)
    assert eval(caught.value.next, {"labkit": labkit}) == trace


@pytest.mark.parametrize("folder", ["nofolder", "no/such"])
def test_the_line_after_a_missing_folder_works_when_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabkitError, match=re.escape(f"there is no folder {str(Path(folder))!r}")) as caught:
        TRACE.save(f"{folder}/x")
    assert eval(caught.value.next, {"trace": TRACE}) == tmp_path / "x.trace.json"


@pytest.mark.parametrize("path", ["", ".", "/"])
def test_a_folder_in_place_of_a_name_is_a_sentence(path: str) -> None:
    with pytest.raises(LabkitError, match="needs a file name"):
        TRACE.save(path)


def test_a_folder_of_the_same_name_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.trace.json" / "inside").mkdir(parents=True)
    with pytest.raises(LabkitError, match="could not be written"):
        TRACE.save(tmp_path / "a")
    assert os.listdir(tmp_path) == ["a.trace.json"]


SAVE_UNDER_A_LIMIT = """
import resource, sys
from labkit.errors import LabkitError
from labkit.traces import Trace
trace = Trace(model="m", prompt="p", text="x" * 200_000, finish="stop")
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    trace.save(sys.argv[1])
except LabkitError as error:
    print(error)
    print(len(trace.text), "characters are still here")
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of a file")
def test_a_write_that_fails_half_way_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = TRACE.save(tmp_path / "a")
    run = subprocess.run(
        [sys.executable, "-c", SAVE_UNDER_A_LIMIT, str(path)], capture_output=True, text=True, check=True
    )
    assert "could not be written: File too large" in run.stdout
    assert "200000 characters are still here" in run.stdout
    assert Trace.load(path) == TRACE
    assert os.listdir(tmp_path) == ["a.trace.json"]


def test_an_interrupt_in_the_middle_of_a_write_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = TRACE.save(tmp_path / "a")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        TRACE.save(path)
    assert os.listdir(tmp_path) == ["a.trace.json"]
    assert Trace.load(path) == TRACE


# -- what can go wrong on the way in ---------------------------------------------------------------------


def test_a_missing_file_lists_what_is_there_nearest_first(tmp_path: Path) -> None:
    for name in ("aaa", "wait", "zzz"):
        TRACE.save(tmp_path / name)
    with pytest.raises(LabkitError, match=r"the folder holds wait\.trace\.json, ") as caught:
        Trace.load(tmp_path / "wiat.trace.json")
    assert caught.value.next == f'labkit.Trace.load("{(tmp_path / "wait.trace.json").as_posix()}")'


def test_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LabkitError, match="There is no file"):
        Trace.load(tmp_path / "no" / "a.trace.json")


def test_a_trace_of_a_newer_labkit_says_how_to_read_it(tmp_path: Path) -> None:
    path = TRACE.save(tmp_path / "a")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 2, "colour": "new"}))
    with pytest.raises(LabkitError, match="version 2, and this labkit reads up to 1") as caught:
        Trace.load(path)
    assert caught.value.next == update_command()


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "not-json": b"<html>",
    "half-a-string": b'{"model": "r1',
    "not-utf-8": b"\xff\xfe\x00",
    "a-list": b"[]",
    "a-number": b"1",
    "null": b"null",
    "another-thing": b'{"cells": []}',
    "nested": b"[" * 200_000,
    "wrong-type": b'{"model": 1, "prompt": "p", "text": "t", "finish": "stop"}',
    "unknown-field": b'{"model": "m", "prompt": "p", "text": "t", "finish": "stop", "extra": 1}',
    "unknown-finish": b'{"model": "m", "prompt": "p", "text": "t", "finish": "bored"}',
    "infinite": b'{"model": "m", "prompt": "p", "text": "t", "finish": "stop", "settings": {"temperature": Infinity}}',
    "old-version": b'{"version": 0, "model": "m", "prompt": "p", "text": "t", "finish": "stop"}',
    "version-in-words": b'{"version": "two", "model": "m", "prompt": "p", "text": "t", "finish": "stop"}',
    "huge-number": b'{"version": ' + b"9" * 5000 + b"}",
    "columns-differ": b'{"model": "m", "prompt": "p", "text": "t", "finish": "stop", "tokens": {"ids": [1]}}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_trace_is_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.trace.json"
    path.write_bytes(BROKEN[name])
    with pytest.raises(LabkitError, match=r"is not a trace that can be read") as caught:
        Trace.load(path)
    assert len(caught.value.why) < 300


def test_a_folder_is_no_trace(tmp_path: Path) -> None:
    with pytest.raises(LabkitError, match="is not a trace"):
        Trace.load(tmp_path)


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_truncated_file_is_a_sentence_wherever_it_was_cut(tmp_path: Path, data: st.DataObject) -> None:
    path = data.draw(traces()).save(tmp_path / "a")
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 2))])
    with pytest.raises(LabkitError, match="is not a trace"):
        Trace.load(path)


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_whatever_raises_anything_but_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.trace.json"
    path.write_bytes(content)
    with pytest.raises(LabkitError):
        Trace.load(path)
