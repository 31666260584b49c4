"""Gives the lessons the numbers 1, 2, 3, ... in a new order: file names, headings, and every text that names a file.

A text names a lesson by its file, as `[GRPO by hand](08-grpo-by-hand.ipynb)`. Ids of exercises go by slug and stay.
Left out: the line **Next**, whose lesson the author chooses.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from labkit._host.atomic_write import write_text
from labkit._host.paths import quoted
from labkit._names import nearest
from labkit.course import lesson
from labkit.course.lesson import Lesson
from labkit.errors import BadArgument

TEXTS = {".md", ".ipynb", ".py", ".toml", ".yml", ".cff", ".sh", ".ts", ""}
_NUMBERED_LINK = re.compile(
    r"\[[0-9]+\. (?=[^\]\n]*\]\((?:notebooks/)?([0-9]{2})-[\w-]+\.ipynb\))"
)  # [3. Ask many times](...)
HISTORY = "CHANGELOG.md"  # it names files as they were


def renumber(
    folder: Path, order: Sequence[str] = (), *, insert: tuple[int, str] | None = None
) -> dict[str, str]:
    """Renumbers the lessons of a folder without gaps.

    Args:
        folder: the folder of the lessons; in a clone every tracked text that names a lesson's file follows.
        order: the slugs of all lessons in their new order; by default the order that they have.
        insert: a number, and the slug or the file of the lesson that gets it; the later lessons move up.

    Returns:
        The new file name of each lesson by its old one.

    Raises:
        LabkitError: a slug is unknown, missing or there twice, or the number is not among the lessons.
    """
    lessons = _in_order(folder, list(order), insert)
    new_names = {
        each.path.name: f"{number:02}-{_bare(each.path.stem)}.ipynb" for number, each in enumerate(lessons, 1)
    }
    texts = _texts(folder)
    for number, each in enumerate(lessons, 1):
        _rewrite_heading(each, number)
        lesson.write(each, folder / new_names[each.path.name])
    for old, new in new_names.items():
        if new != old:
            (folder / old).unlink()
    _rewrite_names(
        new_names,
        [folder / new_names.get(path.name, path.name) if path.parent == folder else path for path in texts],
    )
    return new_names


def _in_order(folder: Path, order: list[str], insert: tuple[int, str] | None) -> list[Lesson]:
    lessons = {each.slug: each for each in lesson.read_all(folder)}
    if insert:
        number, name = insert
        added = _lesson_called(name, folder, lessons)
        lessons.setdefault(added.slug, added)
        order = [slug for slug in order or lessons if slug != added.slug]
        if not 1 <= number <= len(order) + 1:
            raise _bad(f"There is no place {number}.", f"there are {len(order) + 1} lessons.", [*lessons])
        order.insert(number - 1, added.slug)
    order = order or [*lessons]
    unknown = [slug for slug in order if slug not in lessons]
    if unknown:
        near = nearest(unknown[0], [*lessons])
        why = f"the slug that is most like it is {near}." if near else "a lesson is named by its slug."
        raise _bad(f"There is no lesson {unknown[0]!r}.", why, [*lessons])
    if sorted(order) != sorted(lessons):
        missing = [slug for slug in lessons if slug not in order]
        why = f"{', '.join(missing)} is missing." if missing else "a lesson is there twice."
        raise _bad("The order must name each lesson once.", why, [*lessons])
    return [lessons[slug] for slug in order]


def _lesson_called(name: str, folder: Path, lessons: dict[str, Lesson]) -> Lesson:
    """The lesson with this slug, or the one in this file of the folder, which may have no number yet."""
    if name in lessons:
        return lessons[name]
    path = folder / f"{Path(name).name.removesuffix('.ipynb')}.ipynb"
    if not path.is_file():
        raise _bad(f"There is no lesson {name!r}.", f"{quoted(str(path))} does not exist.", [*lessons])
    return lesson.read(path)


def _rewrite_heading(each: Lesson, number: int) -> None:
    head = each.cells[0]
    head.source = re.sub(r"\A# +(?:[0-9]+\. *)?", f"# {number}. ", head.source)


def _rewrite_names(new_names: dict[str, str], paths: list[Path]) -> None:
    """Replaces the old names, with or without their extension, in texts; all at once, since names change places."""
    stems = {
        old.removesuffix(".ipynb"): new.removesuffix(".ipynb") for old, new in new_names.items() if old != new
    }
    if not stems:
        return
    name = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, stems))})(?![\w-])")
    for path in paths:
        before = path.read_text("utf-8")
        after = name.sub(lambda match: stems[match[0]], before)
        after = _NUMBERED_LINK.sub(lambda match: f"[{int(match[1])}. ", after)
        if after != before:
            write_text(path, after, what="text", retry_hint="labkit course renumber")


def _texts(folder: Path) -> list[Path]:
    """The texts that may name a lesson: those that git tracks, else the notebooks and pages of the folder."""
    inside = [path for path in folder.iterdir() if path.suffix in (".md", ".ipynb")]
    if shutil.which("git") is None:
        return inside
    listed = subprocess.run(
        ["git", "-C", str(folder), "ls-files", "-z", "--full-name", ":/"], capture_output=True, text=True
    )
    top = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "--show-toplevel"], capture_output=True, text=True
    )
    if listed.returncode or top.returncode:
        return inside
    tracked = (Path(top.stdout.strip(), name) for name in listed.stdout.split("\0") if name)
    outside = [
        path
        for path in tracked
        if path.suffix in TEXTS
        and path.name != HISTORY
        and path.is_file()
        and path.parent != folder.resolve()
    ]
    return inside + [path for path in outside if _is_text(path)]


def _is_text(path: Path) -> bool:
    return b"\0" not in path.read_bytes()[:8192]


def _bare(stem: str) -> str:
    """A file's name without its number."""
    return re.sub(r"^[0-9]+-", "", stem)


def _bad(what: str, why: str, slugs: list[str]) -> BadArgument:
    return BadArgument(what, why=why, next=f"labkit course renumber {' '.join(slugs)}")
