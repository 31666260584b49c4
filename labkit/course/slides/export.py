"""Writes the lessons as slides that run in a browser without a network: reveal.js and MathJax lie beside them.

`static/` holds files of the npm packages reveal.js and mathjax as they are published, with their licences;
`static/sources.json` names the versions and the sums. The pages ask no other site for anything.
"""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path

from labkit._host.shipped import lessons_path
from labkit.course import lesson
from labkit.course.archive import write_build
from labkit.course.builds import copy_companions
from labkit.course.lesson import Lesson, import_of_jupyter
from labkit.course.slides.outline import outline
from labkit.errors import BadArgument

STATIC = Path(__file__).with_name("static")
TEMPLATE = "labkit-slides"


def slides(folder: str | Path, *, chosen: list[Lesson] | None = None, zipped: bool = False) -> Path:
    """Writes a page of slides for each lesson, `NN-name.slides.html`, and an `index.html`.

    Args:
        folder: a new folder, or the zip file if `zipped`.
        chosen: the lessons; by default all that ship. They are changed in memory.
        zipped: whether to write one zip file, which is the same each time.

    Raises:
        LabkitError: the folder exists or cannot be written, there are no lessons, or nbconvert is not installed.
    """
    lessons = lesson.read_all(lessons_path()) if chosen is None else chosen
    if not lessons:
        raise BadArgument(
            "There are no lessons for slides.",
            why="a lesson's file has a name such as 01-my-lesson.ipynb.",
            next='labkit course slides "my-slides"',
        )

    def write(place: Path) -> None:
        for part in ("reveal.js", "mathjax"):
            shutil.copytree(STATIC / part, place / part)
        pages = {each.path.stem for each in lessons}
        for each in lessons:
            page = to_page(outline(each, pages))
            (place / f"{each.path.stem}.slides.html").write_text(page, encoding="utf-8", newline="\n")
            copy_companions(each, place)
        (place / "index.html").write_text(_index(lessons), encoding="utf-8", newline="\n")

    return write_build(folder, write, action="slides", zipped=zipped)


def to_page(each: Lesson) -> str:
    """The page of slides of a lesson whose cells have `slideshow` metadata."""
    exporters = import_of_jupyter("nbconvert.exporters")
    exporter = exporters.SlidesExporter(
        template_name=TEMPLATE,
        extra_template_basedirs=[str(STATIC / "template")],
        reveal_url_prefix="reveal.js",
        reveal_theme="labkit",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    resources = {"metadata": {"name": each.title}}
    page: str = exporter.from_notebook_node(each.notebook, resources=resources)[0]
    return page


def _index(lessons: list[Lesson]) -> str:
    rows = "\n".join(
        f'<li><a href="{escape(each.path.stem)}.slides.html">{escape(each.title)}</a></li>'
        for each in lessons
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Slides of the course</title>\n'
        "<style>body { font: 1.2rem/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem }</style>\n"
        f"<h1>Slides of the course</h1>\n<p>S opens the speaker's notes.</p>\n<ol>\n{rows}\n</ol>\n</html>\n"
    )
