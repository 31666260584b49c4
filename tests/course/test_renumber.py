"""Lessons are renumbered in a copy: files, headings and links follow, and nothing else changes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from labkit.cli import main
from labkit.course import lesson
from labkit.course.renumber import renumber
from labkit.errors import LabkitError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A small clone: the lessons, the README, a test, the changelog."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    for name in ("README.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_it.py").write_text('FILE = "notebooks/05-rewards.ipynb"\nSTEM = "05-rewards"\n')
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0 05-rewards")
    (tmp_path / "CHANGELOG.md").write_text("05-rewards.ipynb is new.\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    return tmp_path


def links(folder: Path) -> set[str]:
    return {
        link for each in lesson.read_all(folder) for link in re.findall(r"\]\(([\w.-]+\.ipynb)\)", each.text)
    }


def test_the_order_of_now_is_numbered_without_gaps(clone: Path) -> None:
    folder = clone / "notebooks"
    slugs = [each.slug for each in lesson.read_all(folder)]
    (folder / sorted(path.name for path in folder.glob("*.ipynb"))[2]).unlink()
    new_names = renumber(folder)
    assert [name[:2] for name in new_names.values()] == [f"{n:02}" for n in range(1, len(slugs))]
    after = lesson.read_all(folder)
    assert [each.slug for each in after] == slugs[:2] + slugs[3:]
    for number, each in enumerate(after, 1):
        assert each.path.name.startswith(f"{number:02}-") and each.cells[0].source.startswith(f"# {number}. ")


def test_a_new_lesson_moves_the_later_ones_and_every_link_follows(clone: Path) -> None:
    folder = clone / "notebooks"
    old = sorted(path.name for path in folder.glob("*.ipynb"))
    each = lesson.read(folder / old[0])
    each.notebook.metadata["labkit"]["slug"] = "trick"
    each.cells[0].source = "# Which trick matters?\n\nSee [Rewards](05-rewards.ipynb)."
    lesson.write(each, folder / "which-trick.ipynb")
    assert main(["course", "renumber", "--insert", "4", "which-trick", "--folder", str(folder)]) == 0
    files = {path.name for path in folder.glob("*.ipynb")}
    assert len(files) == len(old) + 1 and "04-which-trick.ipynb" in files and "which-trick.ipynb" not in files
    rewards = next(name for name in files if name.endswith("-rewards.ipynb"))
    assert (
        f"# 4. Which trick matters?\n\nSee [Rewards]({rewards})."
        in lesson.read(folder / "04-which-trick.ipynb").text
    )
    assert links(folder) <= files
    assert (
        set(re.findall(r"notebooks/([0-9]{2}-[\w-]+\.ipynb)", (clone / "README.md").read_text("utf-8")))
        <= files
    )
    for number, file in re.findall(
        r"\[(\d+)\. [^\]]*\]\(notebooks/(\d\d)-", (clone / "README.md").read_text("utf-8")
    ):
        assert int(number) == int(file)
    stem = rewards.removesuffix(".ipynb")
    assert (clone / "tests/test_it.py").read_text() == f'FILE = "notebooks/{rewards}"\nSTEM = "{stem}"\n'
    assert (clone / "CHANGELOG.md").read_text() == "05-rewards.ipynb is new.\n"
    assert (clone / "picture.png").read_bytes() == b"\x89PNG\0 05-rewards"


def test_a_folder_without_git_is_renumbered_by_its_own_texts(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    folder = clone / "notebooks"
    (folder / "notes.md").write_text("[5. Rewards](05-rewards.ipynb)")
    slugs = [each.slug for each in lesson.read_all(folder)]
    renumber(folder, ["rewards", *(slug for slug in slugs if slug != "rewards")])
    assert (folder / "notes.md").read_text() == "[1. Rewards](01-rewards.ipynb)"
    assert "05-rewards" in (clone / "tests/test_it.py").read_text()


def test_lessons_change_places_and_back(clone: Path) -> None:
    folder = clone / "notebooks"
    renumber(folder)
    before = {path.name: path.read_bytes() for path in folder.glob("*.ipynb")}
    slugs = [each.slug for each in lesson.read_all(folder)]
    renumber(folder, [slugs[1], slugs[0], *slugs[2:]])
    assert [each.slug for each in lesson.read_all(folder)][:2] == [slugs[1], slugs[0]]
    assert before.keys() != {path.name for path in folder.glob("*.ipynb")}
    renumber(folder, slugs)
    assert before == {path.name: path.read_bytes() for path in folder.glob("*.ipynb")}


@pytest.mark.parametrize(
    ("order", "insert", "what"),
    [
        (["watch"], None, "each lesson once"),
        (["wtach"], None, "no lesson 'wtach'"),
        ([], (99, "watch"), "no place 99"),
        ([], (1, "nothing"), "no lesson 'nothing'"),
    ],
)
def test_a_wrong_order_changes_nothing(
    clone: Path, order: list[str], insert: tuple[int, str] | None, what: str
) -> None:
    before = sorted((path.name, path.read_bytes()) for path in (clone / "notebooks").glob("*.ipynb"))
    with pytest.raises(LabkitError, match=what):
        renumber(clone / "notebooks", order, insert=insert)
    assert before == sorted((path.name, path.read_bytes()) for path in (clone / "notebooks").glob("*.ipynb"))
