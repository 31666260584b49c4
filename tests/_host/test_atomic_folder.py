"""A folder replaces a folder of its own kind, whole or not at all, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labkit._host import scratch
from labkit._host.atomic_folder import Kind, add_files, current_folder, make_folder, replace_folder
from labkit.errors import LabkitError

from .disks import FULL, small_disk

KIND = Kind("box", ("box.txt", "more*"), lambda folder: (folder / "box.txt").exists(), "box.save({})")


def box(text: str, size: int = 0):
    def write(fresh: Path) -> None:
        (fresh / "box.txt").write_text(text)
        if size:
            (fresh / "more.bin").write_bytes(b"x" * size)

    return write


def tree(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_foreign_folder_and_its_neighbours_are_left_alone(tmp_path: Path) -> None:
    for name in ("course", "course.new", "course.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("precious")
    before = tree(tmp_path)
    with pytest.raises(LabkitError, match=r"'.*course' is not a box: it holds thesis\.txt") as caught:
        replace_folder(tmp_path / "course", KIND, box("mine"))
    assert tree(tmp_path) == before
    replace_folder(Path(caught.value.next[len('box.save("') : -2]), KIND, box("mine"))  # the advised place
    (tmp_path / "empty").mkdir()
    replace_folder(tmp_path / "empty", KIND, box("mine"))
    replace_folder(tmp_path / "course.fresh/deep/er", KIND, box("mine"))
    assert before.items() <= tree(tmp_path).items()


def test_a_readers_own_files_go_along(tmp_path: Path) -> None:
    replace_folder(tmp_path / "box", KIND, box("one", 10))
    (tmp_path / "box/notes.md").write_text("my notes")
    (tmp_path / "box/plots/a").mkdir(parents=True)
    (tmp_path / "box/plots/a/b.txt").write_text("my plot")
    replace_folder(tmp_path / "box", KIND, box("two"))
    assert tree(tmp_path / "box") == {"box.txt": "two", "notes.md": "my notes", "plots/a/b.txt": "my plot"}
    assert os.listdir(tmp_path) == ["box"]


def test_a_file_the_folder_that_one_works_in_and_one_marked_read_only_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LabkitError, match="there is a file of that name"):
        replace_folder(tmp_path / "file", KIND, box("x"))
    (tmp_path / "here/below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here/below")
    for folder in (".", "..", ""):
        with pytest.raises(LabkitError, match=r"the folder that you work in|holds"):
            replace_folder(Path(folder), KIND, box("x"))
    replace_folder(tmp_path / "box", KIND, box("one"))
    (tmp_path / "box/box.txt").chmod(0o444)
    with pytest.raises(LabkitError, match=r"box\.txt is read-only"):
        replace_folder(tmp_path / "box", KIND, box("two"))
    with pytest.raises(LabkitError, match="could not be written"):
        replace_folder(Path("/proc/nope") if os.name == "posix" else Path("nul\0"), KIND, box("two"))
    assert (tmp_path / "box/box.txt").read_text() == "one"


@pytest.mark.skipif(os.name != "posix", reason="permissions and links are those of POSIX")
def test_permissions_are_kept_and_links_followed(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        replace_folder(tmp_path / "real", KIND, box("one"))
    finally:
        os.umask(before)
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "real/box.txt").stat().st_mode & 0o777 == 0o640
    (tmp_path / "real/box.txt").chmod(0o604)
    (tmp_path / "link").symlink_to("real")
    replace_folder(tmp_path / "link", KIND, box("two"))
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real/box.txt").read_text() == "two"
    assert (tmp_path / "real/box.txt").stat().st_mode & 0o777 == 0o604
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o750


def test_a_full_disk_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        replace_folder(disk / "box", KIND, box("one"))
        with pytest.raises(LabkitError, match="the disk is full"):
            replace_folder(disk / "box", KIND, box("two", 1_000_000))
        assert tree(disk) == {"box/box.txt": "one"} and os.listdir(disk) == ["box"]


def test_an_exception_between_the_two_renames_finishes_the_replacement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_folder(tmp_path / "box", KIND, box("one"))
    rename, calls = os.rename, []

    def interrupted(old: Path, new: Path) -> None:
        calls.append(new)
        if len(calls) == 2:
            raise KeyboardInterrupt
        rename(old, new)

    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_folder(tmp_path / "box", KIND, box("two"))
    assert tree(tmp_path) == {"box/box.txt": "two"}


def cut_between_the_renames(folder: Path, *, locked: bool = False) -> None:
    room = folder.parent / ".box.1.labkit-part"
    for name, text in (("old", "one"), ("new", "two")):
        (room / name / folder.name).mkdir(parents=True)
        (room / name / folder.name / "box.txt").write_text(text)
    (room / "lock").touch()


def test_a_reader_and_a_writer_find_a_folder_that_a_kill_left_between_two_names(tmp_path: Path) -> None:
    cut_between_the_renames(tmp_path / "box")
    assert (current_folder(tmp_path / "box/box.txt")).read_text() == "two"
    assert tree(tmp_path) == {"box/box.txt": "two"}
    (tmp_path / "box/box.txt").unlink()
    (tmp_path / "box").rmdir()
    cut_between_the_renames(tmp_path / "box")
    replace_folder(tmp_path / "other", KIND, box("other"))  # a call for a neighbour finishes it, too
    assert tree(tmp_path) == {"box/box.txt": "two", "other/box.txt": "other"}


def test_a_reader_reads_it_where_it_lies_if_nothing_can_be_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_between_the_renames(tmp_path / "box")
    monkeypatch.setattr(scratch, "clear", lambda folder: None)  # as on a disk that is mounted read-only
    monkeypatch.setattr("labkit._host.atomic_folder.PATIENCE", 0.05)
    assert (current_folder(tmp_path / "box") / "box.txt").read_text() == "two"
    assert current_folder(tmp_path / "no/such") == tmp_path / "no/such"


def test_a_folder_that_must_be_new_is_not_put_into_the_place_of_another(tmp_path: Path) -> None:
    make_folder(tmp_path / "box", box("one"))
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "box", box("two"))
    assert tree(tmp_path) == {"box/box.txt": "one"} and os.listdir(tmp_path) == ["box"]


def two_files(fresh: Path) -> None:
    (fresh / "a.txt").write_text("new a")
    (fresh / "b.txt").write_text("new b")


@pytest.mark.parametrize("hard_links", [True, False])
def test_files_are_added_beside_what_a_folder_holds_and_replace_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hard_links: bool
) -> None:
    def refused(old: Path, new: Path) -> None:
        raise OSError("this disk has one name for each file")

    if not hard_links:
        monkeypatch.setattr(os, "link", refused)
    (tmp_path / "b.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        add_files(tmp_path, two_files)
    assert tree(tmp_path) == {"b.txt": "mine"} and os.listdir(tmp_path) == ["b.txt"]
    (tmp_path / "b.txt").rename(tmp_path / "c.txt")
    add_files(tmp_path, two_files)
    assert tree(tmp_path) == {"a.txt": "new a", "b.txt": "new b", "c.txt": "mine"}
    assert len(os.listdir(tmp_path)) == 3


def test_files_that_do_not_fit_on_the_disk_are_added_not_even_in_part(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        with pytest.raises(OSError, match=FULL):
            add_files(disk, box("two", 1_000_000))
        assert os.listdir(disk) == []
