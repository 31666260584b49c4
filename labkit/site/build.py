"""Builds the website: assembles its source with the lessons in a temporary folder, and runs Sphinx on it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from pathlib import Path

from labkit._host.atomic_folder import Kind, replace_folder
from labkit._host.extras import install_command, missing_package
from labkit._host.paths import typed_path
from labkit._host.shipped import changelog_path, lessons_path
from labkit.course import lesson as lesson_files
from labkit.course.lesson import Lesson
from labkit.course.lessons import GLOSSARY
from labkit.course.minutes import minutes_of
from labkit.course.saved_views import enliven
from labkit.course.slides.export import STATIC as SLIDES
from labkit.course.teaching import PAGE as TEACHING
from labkit.errors import Unsupported
from labkit.site import lite
from labkit.site.examples import Example, examples
from labkit.site.play import share_model, write_front_page, write_playground
from labkit.views.core.page import COLORS, SCRIPTS, STYLE

HERE = Path(__file__).parent
NEEDED = ("sphinx", "myst_nb", "furo", "sphinx_copybutton", "jupyterlite_core", "jupyter_server")
SCHEMA = "schema"  # the folder of the JSON Schemas, as `labkit schema` prints them
EXAMPLE = re.compile(r"<!-- example: (\w+) -->")
SOURCE = re.compile(r"<!-- lesson of: (\w+) -->")
TRACKS = {"inside": "Inside a thought", "training": "How it learns"}


def _is_site(folder: Path) -> bool:
    return (folder / "objects.inv").is_file() and (folder / "_static").is_dir()


SITE = Kind("site", ("*",), _is_site, "labkit site {}")


@dataclass(frozen=True)
class Site:
    """A built site.

    Attributes:
        folder: where its `index.html` is.
        files: the number of its files.
        megabytes: their size, in units of 1,000,000 bytes.
        warnings: what Sphinx complained of, one line each.
    """

    folder: Path
    files: int
    megabytes: float
    warnings: tuple[str, ...]


def build(folder: str | Path, *, commands: Mapping[str, str] | None = None) -> Site:
    """Builds the site into a folder, whole or not at all; no lesson is run.

    Args:
        folder: a new or empty folder, or an earlier site, which is replaced.
        commands: the help of each command of `labkit`, for the reference.

    Raises:
        LabkitError: the folder holds something else or cannot be written, a package is missing, or Sphinx fails.
    """
    _require_sphinx()
    place = typed_path(folder, next='labkit site "my-site"')
    warnings: list[str] = []

    def write(room: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="labkit-site-") as work:
            source = Path(work) / "source"
            assemble(source, commands=commands or {})
            warnings.extend(_run_sphinx(source, room, Path(work) / "doctrees"))
            lite.build(room / lite.NAME, Path(work) / lite.NAME)
        write_playground(room / "play", lesson_list(lesson_files.read_all(lessons_path())))
        write_front_page(room)
        shutil.copytree(HERE / SCHEMA, room / SCHEMA)
        share_model(room / lite.NAME / lite.PLAYGROUND, room / "play" / "model")

    replace_folder(place, SITE, write)
    files = [path for path in place.rglob("*") if path.is_file()]
    return Site(place, len(files), sum(path.stat().st_size for path in files) / 1e6, tuple(warnings))


def assemble(source: Path, *, commands: Mapping[str, str]) -> None:
    """Fills a new folder with everything that Sphinx reads: pages, lessons, examples and the files of MathJax."""
    shutil.copytree(HERE, source, ignore=shutil.ignore_patterns("*.py", "__pycache__", "play", SCHEMA))
    shutil.copyfile(HERE / "conf.py", source / "conf.py")
    shutil.copytree(SLIDES / "mathjax", source / "static" / "mathjax")
    shutil.copytree(SCRIPTS, source / "static" / SCRIPTS.name)
    for sheet in (STYLE, COLORS):
        shutil.copyfile(sheet, source / "static" / sheet.name)
    lessons = lesson_files.read_all(lessons_path())
    _add_pages(source, lessons, examples(lessons))
    _add_lessons(source / "lessons", lessons)
    shutil.copytree(TEACHING.parent, source / "teachers")
    shutil.copyfile(changelog_path(), source / "changelog.md")
    (source / "reference" / "commands.md").write_text(
        _commands_page(commands), encoding="utf-8", newline="\n"
    )


def _add_lessons(folder: Path, lessons: Sequence[Lesson]) -> None:
    folder.mkdir()
    for each in lessons:
        enliven(each.notebook)
        lesson_files.write(each, folder / each.path.name)
    shutil.copyfile(lessons_path() / GLOSSARY, folder / GLOSSARY)
    names = [each.path.stem for each in lessons] + [Path(GLOSSARY).stem]
    toctree = "\n".join(["```{toctree}", ":hidden:", "", *names, "```"])
    page = f"# The lessons\n\n{_INTRODUCTION}\n\n{lesson_table(lessons)}\n\n{toctree}\n"
    (folder / "index.md").write_text(page, encoding="utf-8", newline="\n")


_INTRODUCTION = """Each lesson is a notebook with one idea. The pages show its saved outputs, and each view in them
reacts. In a JupyterLab of your own you run the lesson, do its exercises, and get hints. The links *JupyterLab* open a
lesson in this browser: its views react there, too, but no code runs. The [glossary](glossary.ipynb) explains the terms.
"""


def lesson_table(lessons: Sequence[Lesson], folder: str = "") -> str:
    """The lessons as a table in Markdown: title, idea, minutes and tracks.

    Args:
        lessons: in the order of the course.
        folder: the folder of the lessons as the page sees it, with a slash at its end.
    """
    rows = ["| | lesson | minutes | track | |", "|---|---|---|---|---|"]
    for number, each in enumerate(lessons, start=1):
        tracks = each.metadata.get("tracks", [])
        track = TRACKS.get(tracks[0], tracks[0]) if len(tracks) == 1 else "both"
        link = f"[{each.title}]({folder}{each.path.name})"
        lab = _lab_link(each, folder)
        rows.append(
            f"| {number} | **{link}**<br>{each.metadata.get('idea', '')} | {minutes_of(each).total} | {track} | {lab} |"
        )
    return "\n".join(rows)


def lesson_list(lessons: Sequence[Lesson]) -> str:
    """The lessons as items of a list in HTML, as a page in a folder of the site links them."""
    return "\n".join(
        f'<li><a href="../lessons/{each.path.stem}.html">{escape(each.title)}</a>'
        f"<p>{escape(each.metadata.get('idea', ''))}</p><small>{minutes_of(each).total} minutes</small></li>"
        for each in lessons
    )


def _lab_link(each: Lesson, folder: str) -> str:
    """A link that opens a lesson in the JupyterLab of the site."""
    root = "" if folder else "../"
    label = escape(f"{each.title} in JupyterLab")
    return f'<a href="{root}{lite.address(each.path.name)}" aria-label="{label}">JupyterLab</a>'


def _add_pages(source: Path, lessons: Sequence[Lesson], by_view: Mapping[str, Example]) -> None:
    """Puts the examples and the table of lessons into the page of the course and the gallery."""
    for name in ("course.md", "gallery.md"):
        page = source / name
        text = page.read_text("utf-8").replace("<!-- lessons -->", lesson_table(lessons, "lessons/"))
        text = SOURCE.sub(lambda match: _link(by_view[match[1]].lesson), text)
        page.write_text(
            EXAMPLE.sub(lambda match: by_view[match[1]].markdown(), text), encoding="utf-8", newline="\n"
        )


def _link(lesson: Lesson) -> str:
    return f"[{lesson.title}](lessons/{lesson.path.name})"


def _commands_page(commands: Mapping[str, str]) -> str:
    """The help of the commands as a page."""
    parts = [f"## labkit {name}\n\n```text\n{text.strip()}\n```" for name, text in commands.items()]
    return "\n\n".join(["# The command line", *parts]) + "\n"


def _require_sphinx() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise missing_package(
            missing[0].replace("_", "-"),
            why="the site is built with Sphinx, myst-nb, furo and JupyterLite.",
            next=install_command("site"),
        )


def _run_sphinx(source: Path, room: Path, doctrees: Path) -> list[str]:
    """Runs Sphinx, and returns the lines of its warnings.

    Raises:
        LabkitError: Sphinx failed.
    """
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-b",
        "html",
        "-d",
        str(doctrees),
        str(source),
        str(room),
    ]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    lines = [line.replace(f"{source}/", "") for line in done.stderr.splitlines() if line.strip()]
    if done.returncode != 0:
        raise Unsupported(
            "Sphinx could not build the site.",
            why=_first_error(lines) or f"it ended with status {done.returncode}.",
            next=install_command("site"),
        )
    (room / ".buildinfo").unlink(missing_ok=True)
    return lines


def _first_error(lines: Sequence[str]) -> str:
    """The first lines without a warning; after them Sphinx says where to report the error."""
    return " ".join(line.strip() for line in lines if "WARNING:" not in line)[:400]
