"""The glossary of the course: `notebooks/glossary.ipynb`, and a link to it at the first use of each term in a lesson.

The terms stand in `glossary.toml` beside this module. `labkit course glossary` writes the notebook and the links. An
earlier link to the glossary is removed first, so a second run changes nothing.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from labkit._host.atomic_write import write_text
from labkit._host.untrusted import read_json
from labkit.course.clean import KERNEL, LARGEST, Notebook, joined
from labkit.course.lesson import TITLE

FILE = "glossary.ipynb"

# Where a term is not linked: code, formulas, headings, links, HTML, comments, the line of minutes.
_NOT_PROSE = re.compile(
    r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$|^#+ .*?$|!?\[[^\]]*\]\([^)]*\)|<!--.*?-->|<details>.*?</details>"
    r"|<[^>]+>|\*\*Exercise \d.*?\*\*|https?://\S+|^\*\d+ minutes.*?$|^\|.*?$",
    re.DOTALL | re.M,
)
_OUR_LINK = re.compile(rf"\[([^\]]*)\]\({re.escape(FILE)}#[^)]*\)")


@dataclass(frozen=True)
class Term:
    """A term of the course.

    Attributes:
        name: as it stands in the glossary.
        text: one to three sentences.
        lesson: the slug of the lesson that explains it.
        forms: the spellings that count as a use, the longest first.
        not_in: slugs of lessons in which the word has another meaning.
    """

    name: str
    text: str
    lesson: str
    forms: tuple[str, ...]
    not_in: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """The target of a link: Jupyter makes the id of a heading from its text, with hyphens for spaces."""
        return f"{FILE}#{self.name.replace(' ', '-')}"


@cache
def terms() -> tuple[Term, ...]:
    """All terms in the order of the alphabet."""
    rows = tomllib.loads(Path(__file__).with_name("glossary.toml").read_text(encoding="utf-8"))["term"]
    known = (
        Term(
            row["name"],
            row["text"],
            row["lesson"],
            tuple(sorted(row.get("forms", [row["name"]]), key=len, reverse=True)),
            tuple(row.get("except", ())),
        )
        for row in rows
    )
    return tuple(sorted(known, key=lambda term: term.name.lower()))


def linked(notebook: Notebook) -> Notebook:
    """A copy of a lesson in which the first use of each term is a link to the glossary, and no other use is."""
    notebook = deepcopy(notebook)
    slug = notebook["metadata"].get("labkit", {}).get("slug")
    used = {term.name for term in terms() if slug in term.not_in}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            source = "".join(cell["source"])
            new = _linked_text(_OUR_LINK.sub(r"\1", source), used)
            if new != source:
                cell["source"] = new.splitlines(keepends=True) if isinstance(cell["source"], list) else new
    return notebook


def notebook(titles: dict[str, tuple[str, str]]) -> Notebook:
    """The glossary as a notebook of one text.

    Args:
        titles: the title and the file name of each lesson by slug.
    """
    entries = "\n\n".join(f"### {term.name}\n\n{term.text}{_where(term, titles)}" for term in terms())
    head = "# Glossary\n\nThe terms of the course, each with the lesson that explains it."
    cells = [
        {"cell_type": "markdown", "id": id, "metadata": {}, "source": text.splitlines(keepends=True)}
        for id, text in (("head", head), ("terms", entries))
    ]
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(folder: Path) -> list[Path]:
    """Writes the glossary into a folder of lessons and links the terms in each lesson.

    Args:
        folder: holds lessons `NN-name.ipynb`, each with its slug in `metadata.labkit`.

    Returns:
        The files that changed.

    Raises:
        LabkitError: a file is not writable.
    """
    lessons = {path: read_json(path, LARGEST) for path in sorted(folder.glob("[0-9][0-9]-*.ipynb"))}
    titles = {
        lesson["metadata"]["labkit"]["slug"]: (_title(lesson), path.name) for path, lesson in lessons.items()
    }
    new = {path: linked(lesson) for path, lesson in lessons.items()}
    new[folder / FILE] = notebook(titles)
    changed = []
    for path, content in new.items():
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_text(path, text, what="lesson", retry_hint="labkit course glossary")
            changed.append(path)
    return changed


def _linked_text(source: str, used: set[str]) -> str:
    parts, end = [], 0
    for start, stop in _prose(source):
        parts += [source[end:start], _link_first_uses(source[start:stop], used)]
        end = stop
    return "".join([*parts, source[end:]])


def _prose(source: str) -> Iterator[tuple[int, int]]:
    """The spans of a markdown text in which a term may be linked."""
    position = 0
    for match in _NOT_PROSE.finditer(source):
        yield position, match.start()
        position = match.end()
    yield position, len(source)


def _link_first_uses(text: str, used: set[str]) -> str:
    def replace(match: re.Match[str]) -> str:
        term = _by_form()[re.sub(r"\s+", " ", match[0]).lower()]
        if term.name in used:
            return match[0]
        used.add(term.name)
        return f"[{match[0]}]({term.link})"

    return _any_form().sub(replace, text)


@cache
def _by_form() -> dict[str, Term]:
    return {form.lower(): term for term in terms() for form in term.forms}


@cache
def _any_form() -> re.Pattern[str]:
    forms = sorted(_by_form(), key=len, reverse=True)
    spelled = "|".join(re.escape(form).replace(r"\ ", r"\s") for form in forms)
    return re.compile(rf"(?<![\w@/-])(?:{spelled})(?![\w@-])", re.I)


def _where(term: Term, titles: dict[str, tuple[str, str]]) -> str:
    if term.lesson not in titles:
        return ""
    title, file = titles[term.lesson]
    return f" Lesson: [{title}]({file})."


def _title(lesson: Notebook) -> str:
    heading = TITLE.search(joined(lesson["cells"][0]["source"]))
    return heading[1] if heading else FILE
