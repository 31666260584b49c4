"""Input from outside is bounded before it is parsed."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit._host.untrusted import (
    UntrustedError,
    parse_json,
    read_bytes,
    read_json,
    read_text,
    require_regular,
)
from labkit._printable import printable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 2]))
def test_what_json_writes_is_read_back(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    assert parse_json(text) == value
    assert parse_json(json.dumps(value)) == value


def test_a_lone_surrogate_is_read_as_json_reads_it() -> None:
    assert parse_json('"\ud800"') == parse_json('"\\ud800"') == "\ud800"


@given(st.integers(1, 80), st.sampled_from("[{"))
def test_depth_is_counted_outside_of_texts_alone(levels: int, kind: str) -> None:
    opened, closed = ("[", "]") if kind == "[" else ('{"]\\"]": ', "}")
    text = opened * levels + '"[[[[{{{{ \\" [[[["' + closed * levels
    if levels <= 64:
        assert parse_json(text) is not None
    else:
        with pytest.raises(UntrustedError, match="nests"):
            parse_json(text)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, '["' + "\\" * 9]
)
def test_a_deep_or_broken_text_is_refused_at_any_recursion_limit(text: str) -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)  # `json` alone would run out of the C stack
    try:
        with pytest.raises(UntrustedError):
            parse_json(text)
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not JSON"), (b"nul", "not JSON"), (b"\xff", "UTF-8"), (b"1" * 5_000, "digits"), (b"[1,]", "not JSON"),
        (b"\xff\xfe[\x00]\x00", "UTF-8"), (b"[" + b"[]," * 2_000_001 + b"1]", "values"), (b"[" + b"1," * 8_000_001 + b"1]", "values"),
    ],
    ids=lambda case: str(case)[:20],
)  # fmt: skip
def test_what_is_no_json_has_a_short_reason(text: bytes, reason: str) -> None:
    with pytest.raises(UntrustedError, match=reason) as caught:
        parse_json(text)
    assert len(str(caught.value)) < 80


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"[1]\r\n")
    assert read_bytes(file, 5) == b"[1]\r\n"
    assert read_text(file, 5) == "[1]\n"
    assert read_json(file, 5) == [1]
    with pytest.raises(UntrustedError, match="larger"):
        read_bytes(file, 4)
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "b.json", 5)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_a_pipe_a_folder_a_socket_and_a_device_are_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket has 100 characters at most
    pipe, link, name = tmp_path / "pipe", tmp_path / "link", Path("socket")
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path, kind in (
        (pipe, "a pipe"),
        (link, "a pipe"),
        (tmp_path, "a folder"),
        (Path("/dev/zero"), "a device"),
    ):
        with pytest.raises(UntrustedError, match=kind):
            read_bytes(path, 10)
        with pytest.raises(UntrustedError, match=kind):
            require_regular(path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(name))
        with pytest.raises(UntrustedError, match="a socket"):
            require_regular(name)
        with pytest.raises(OSError, match=r"No such device|not supported"):
            read_bytes(name, 10)


@pytest.mark.skipif(os.name != "posix", reason="a link needs a right that not every user of Windows has")
def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("[]")
    (tmp_path / "b").symlink_to("a")
    require_regular(tmp_path / "b")
    assert read_json(tmp_path / "b", 10) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b[1;31mred\x1b[0m", "red"), ("\x1b]0;title\x07a", "a"), ("\x1b]8;;http://x\x1b\\a", "a"),
        ("\x9b31mred", "red"), ("\x1bPq#0\x1b\\a", "a"), ("\x1b(0a\x1bca", "aa"), ("a\x1b", "a"), ("a\rb\x08\x7f", "ab"),
        ("\u202egpj.exe", "gpj.exe"), ("a\ud800b", "a\ufffdb"), ("two\n\tlines é 日本", "two\n\tlines é 日本"),
    ],
)  # fmt: skip
def test_a_terminal_gets_no_escape_sequence(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(categories=("Cc", "Cs", "Lu", "Ps", "Nd"))))
def test_what_is_printed_can_be_encoded_and_holds_no_control_character(text: str) -> None:
    shown = printable(text)
    shown.encode()
    assert not {c for c in shown if ord(c) < 32 or 127 <= ord(c) < 160} - {"\n", "\t"}
    assert printable(shown) == shown
