"""Copies of the lessons for a student: a folder of all lessons, or a fresh copy of one beside the student's own.

A student's file is never replaced. Left out: merging a newer lesson into a student's copy.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from labkit._host.atomic_folder import add_files, make_folder
from labkit._host.atomic_write import not_written
from labkit._host.extras import ROOT, in_clone, reinstall_command
from labkit._host.paths import typed_path
from labkit._host.shipped import lessons_path
from labkit._host.untrusted import read_json
from labkit._names import nearest
from labkit.course.clean import LARGEST
from labkit.errors import BadArgument, LabkitError

# In a clone the user works in the lessons' folder, which may also hold names like 01-watch-it-think-Copy1.ipynb.
LESSON = re.compile(r"[0-9]{2}-[a-z0-9-]+\.ipynb")
GLOSSARY = "glossary.ipynb"


def names() -> list[str]:
    """The file names of the lessons, in order.

    >>> names()[0]
    '01-watch-it-think.ipynb'
    """
    return sorted(path.name for path in lessons_path().iterdir() if LESSON.fullmatch(path.name))


def _files() -> list[str]:
    """The lessons, and the glossary that they link to."""
    return names() + [GLOSSARY] * (lessons_path() / GLOSSARY).is_file()


def start(folder: str | Path) -> list[Path]:
    """Copies all lessons and their glossary into a folder, all or none.

    Args:
        folder: a new folder, or a folder without a file of a lesson's name. Parent folders are created.

    Returns:
        The paths of the copies.

    Raises:
        LabkitError: the folder already holds a lesson, or it is not writable.
    """
    place = typed_path(folder, next='labkit course start "my-course"')
    taken = [name for name in _files() if os.path.lexists(place / name)]
    if taken:
        raise LabkitError(
            f"{str(place)!r} holds lessons already: {', '.join(taken[:3])}{' ...' if taken[3:] else ''}.",
            why="a lesson in your folder is yours, and no copy replaces it; labkit course reset puts a fresh copy "
            "of one beside it.",
            next=f'labkit course start "{_free(place).as_posix()}"',
        )
    try:
        if place.is_dir():
            add_files(place, _copy_all)
        else:
            make_folder(place, _copy_all)
    except OSError as error:
        raise not_written(place.absolute(), error, what=None, retry_hint="labkit course start {}") from None
    return [place / name for name in _files()]


def reset(lesson: str | Path) -> Path:
    """Puts a fresh copy of a lesson beside the student's own, under an unused name.

    Args:
        lesson: its number, its name with or without the number, or the path of the student's copy. A number or a
            name refers to the current working folder.

    Returns:
        The fresh copy: `01-watch-it-think.fresh.ipynb`, then `01-watch-it-think.fresh-2.ipynb` and so on. If the
        student's copy is gone, the fresh copy takes its name.

    Raises:
        LabkitError: the lesson does not exist, the folder holds no lessons, or it is not writable.
    """
    typed = typed_path(lesson, next="labkit course reset 1")
    folder, name = typed.parent, find(typed.name)
    _require_copies(folder, name)
    fresh = next(free for free in _fresh_names(name) if not os.path.lexists(folder / free))
    try:
        add_files(folder, lambda room: shutil.copyfile(lessons_path() / name, room / fresh))
    except OSError as error:
        raise not_written(folder.absolute(), error, what=None, retry_hint="labkit course start {}") from None
    return folder / fresh


def find(typed: str) -> str:
    """The file name of a lesson.

    Args:
        typed: its number, its slug, or its name, with or without the number and the extension.

    Raises:
        LabkitError: the lesson does not exist.

    >>> find("1"), find("watch")
    ('01-watch-it-think.ipynb', '01-watch-it-think.ipynb')
    """
    known = names()
    called = {key: name for name in known for key in _keys(name)}
    key = typed.removesuffix(".ipynb").lower()
    key = str(int(key)) if re.fullmatch(r"[0-9]{1,4}", key) else key
    if key not in called:
        called |= {slug_of(lessons_path() / name): name for name in known}
    if key in called:
        return called[key]
    near = nearest(key, [word for word in called if not word.isdigit()])
    stems = [name.removesuffix(".ipynb") for name in known]
    raise BadArgument(
        f"There is no lesson {typed!r}.",
        why=f"the name that is most like it is {near}." if near else f"the lessons are {', '.join(stems)}.",
        next=f"labkit course reset {near or stems[0]}",
    )


def _keys(name: str) -> tuple[str, str, str]:
    """The accepted spellings of a lesson: its name, its name without the number, its number."""
    stem = name.removesuffix(".ipynb")
    number, _, slug = stem.partition("-")
    return stem, slug, str(int(number))


def slug_of(path: Path) -> str:
    """The slug in the metadata of a lesson; empty if the metadata has no slug."""
    metadata = read_json(path, LARGEST).get("metadata", {})
    return str(metadata.get("labkit", {}).get("slug", ""))


def _fresh_names(name: str) -> Iterator[str]:
    stem = name.removesuffix(".ipynb")
    yield name
    yield f"{stem}.fresh.ipynb"
    yield from (f"{stem}.fresh-{number}.ipynb" for number in count(2))


def _free(folder: Path) -> Path:
    """An unused path, made from the folder's name."""
    place = folder.resolve()
    return next(free for n in count(2) if not (free := place.with_name(f"{place.name}-{n}")).exists())


def _copy_all(folder: Path) -> None:
    for name in _files():
        shutil.copyfile(lessons_path() / name, folder / name)


def _require_copies(folder: Path, name: str) -> None:
    """Raises an error for a folder without lessons, and for the source folder of the fresh copies."""
    if not any((folder / other).is_file() for other in names()):
        raise LabkitError(
            f"{str(folder.absolute())!r} holds no lessons.",
            why="a fresh copy is put beside the lessons that you work in.",
            next='labkit course start "my-course"',
        )
    if folder.samefile(lessons_path()):
        fresh = (folder / f"{name.removesuffix('.ipynb')}.fresh.ipynb").as_posix()
        command = f'git -C "{ROOT}" show HEAD:notebooks/{name} > "{fresh}"'
        raise BadArgument(
            f"{name} in {str(folder)!r} is the lesson that ships, not a copy of it.",
            why="fresh copies are made of this very file; git has the one from before you worked in it.",
            next=command if in_clone() else reinstall_command(),
        )
