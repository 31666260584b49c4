"""A file is written whole or not at all, keeps its permissions, and loses nothing that was there."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit._host import scratch
from labkit._host.atomic_write import write_file, write_text
from labkit.errors import LabkitError

from .disks import FULL, small_disk

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and links are those of POSIX")


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_a_new_file_gets_the_permissions_of_the_umask(tmp_path: Path, umask: None) -> None:
    write_text(tmp_path / "a", "x")
    assert mode(tmp_path / "a") == 0o600
    os.umask(0o002)
    write_text(tmp_path / "b", "x")
    assert mode(tmp_path / "b") == 0o664


@posix
@pytest.mark.parametrize("kept", [0o600, 0o640, 0o666, 0o755])
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path, kept: int) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(kept)
    write_text(tmp_path / "a", "new")
    assert mode(tmp_path / "a") == kept and (tmp_path / "a").read_text() == "new"


def test_a_file_that_is_marked_read_only_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o444)
    with pytest.raises(LabkitError, match=r"read-only[\s\S]*still in memory"):
        write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "old" and os.listdir(tmp_path) == ["a"]


@posix
def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/real").write_text("old")
    (tmp_path / "link").symlink_to("disk/real")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "disk/real").read_text() == "new"
    (tmp_path / "ahead").symlink_to("disk/later")
    write_text(tmp_path / "ahead", "new")
    assert (tmp_path / "disk/later").read_text() == "new"
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(LabkitError, match="could not be written"):
        write_text(tmp_path / "circle", "new")
    assert sorted(os.listdir(tmp_path)) == ["ahead", "circle", "disk", "link"]


@posix
def test_a_device_is_written_to_and_not_replaced() -> None:
    write_text(Path("/dev/null"), "x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64) as disk:
        write_text(disk / "a", "old")
        with pytest.raises(LabkitError, match=rf"({FULL})[\s\S]*the disk is full") as caught:
            write_text(disk / "a", "x" * 200_000)
        assert (disk / "a").read_text() == "old" and os.listdir(disk) == ["a"]
        assert str(disk) not in caught.value.next, "the next line names another disk"


def test_the_advised_line_works_where_the_folder_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabkitError, match="there is no folder 'nofolder'") as caught:
        write_text(Path("nofolder/x"), "text", retry_hint="{}")
    other = Path(caught.value.next.strip('"'))
    write_text(other, "text")
    assert other == tmp_path / "x"


def test_a_name_of_any_length_and_of_any_bytes_is_written_or_refused_in_a_sentence(tmp_path: Path) -> None:
    names = ["lock", "new", "old", "ä" * 40]
    if os.name == "posix":
        names += ["ä" * 120, "x" * 255]
    if sys.platform == "linux":  # elsewhere a name is text
        names += ["\udcff"]
    for name in names:
        write_text(tmp_path / name, name[0].encode("utf-8", "replace").decode())
    assert sorted(os.listdir(tmp_path)) == sorted(names)
    for name in ("x" * 256, "nul\0"):
        with pytest.raises(LabkitError, match="could not be written"):
            write_text(tmp_path / name, "x")
    assert sorted(os.listdir(tmp_path)) == sorted(names)


def test_what_a_killed_call_left_is_removed_and_a_living_call_is_left_alone(tmp_path: Path) -> None:
    with scratch.scratch(tmp_path / "a") as living:
        (living / "half").write_text("x")
        for n, name in enumerate((".a.1.labkit-part", ".b.2.labkit-part", ".c.3.labkit-part")):
            (tmp_path / name).mkdir()  # killed before the lock was made, before the file, in the middle of it
            if n:
                (tmp_path / name / "lock").touch()
            if n == 2:
                (tmp_path / name / "new").mkdir()
                (tmp_path / name / "new/c").write_text("half")
        write_text(tmp_path / "a", "x")
        assert {*os.listdir(tmp_path)} == {"a", living.name} and (living / "half").exists()
    assert os.listdir(tmp_path) == ["a"]


def test_what_only_looks_like_ours_stays(tmp_path: Path) -> None:
    (tmp_path / ".mine.labkit-part").write_text("a file")
    (tmp_path / "thesis.labkit-part").mkdir()
    write_text(tmp_path / "a", "x")
    assert sorted(os.listdir(tmp_path)) == [".mine.labkit-part", "a", "thesis.labkit-part"]


def test_an_exception_while_it_is_written_leaves_the_old_file(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "old")

    def breaks(fresh: Path) -> None:
        fresh.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_file(tmp_path / "a", breaks)
    assert (tmp_path / "a").read_text() == "old" and os.listdir(tmp_path) == ["a"]


def test_a_rust_librarys_full_disk_is_an_error_of_the_system(tmp_path: Path) -> None:
    def breaks(fresh: Path) -> None:
        raise Exception(f"I/O error: it is full (os error {28 if os.name == 'posix' else 112})")

    with pytest.raises(OSError, match=r"(?i)space|full"):
        write_file(tmp_path / "a", breaks)
