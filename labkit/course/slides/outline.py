"""What is on a slide, by rule.

A heading begins a slide, and so does an exercise. Code begins a slide below, with the text before it; the first
paragraph after an output stays on its slide. A paragraph of more than 30 words shows its first sentences, and all of it
is a speaker's note. A fold is a note.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from labkit.course.builds import student_lesson
from labkit.course.lesson import COMMENT, FOLD, Cell, Lesson, new_cell
from labkit.course.questions import PART

LONG = 30  # words of a paragraph that is shortened
MOST_WORDS = 75  # words on a slide; what follows begins a slide below

_SENTENCE = re.compile(r"(?:(?<=[.!?])|(?<=[.!?]\*)|(?<=[.!?]\*\*)) +(?=[A-Z*`$\"\[(])")
_GLOSSARY = re.compile(r"\[([^\]]*)\]\(glossary\.ipynb[^)]*\)")
_LESSON = re.compile(r"\[([^\]]*)\]\(([0-9]{2}-[\w-]+)\.ipynb\)")
_AS_IT_IS = re.compile(r"^(?:#|\||```|\$\$|!\[|    |<)")


@dataclass
class _Slide:
    """The text of one slide, and what its speaker says."""

    kind: str  # "slide" goes to the right, "subslide" below, "-" goes on with the slide before it
    shown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def words(self) -> int:
        return len(" ".join(self.shown).split())


def outline(lesson: Lesson, pages: Collection[str] = ()) -> Lesson:
    """The lesson as a notebook with `slideshow` metadata, in place; solutions of exercises are taken out.

    Args:
        lesson: the lesson.
        pages: the lessons that get slides, as `01-watch-it-think`; a link to one of them leads to its slides.
    """
    student_lesson(lesson)

    def link(match: re.Match[str]) -> str:
        return f"[{match[1]}]({match[2]}.slides.html)" if match[2] in pages else match[1]

    cells: list[Cell] = []
    has_text = after_code = False  # whether a slide with text is open, which the next code joins
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            slides = list(_slides_of(_LESSON.sub(link, cell.source), explains=after_code))
            for slide in slides:
                cells += _cells_of(slide, len(cells))
            has_text = bool(slides) and slides[-1].kind != "-" and slides[-1].words <= MOST_WORDS
            after_code = False
        elif cell.source.strip():
            cell.metadata["slideshow"] = {"slide_type": "-" if has_text else "subslide"}
            cell.outputs = [output for output in cell.outputs if output.get("data") != {}]
            for output in cell.outputs:
                _prefer_picture(output)
            cells.append(cell)
            has_text, after_code = False, True
    lesson.notebook.cells = cells
    return lesson


def _prefer_picture(output: Any) -> None:
    """Shows the picture of a view, which fits a slide better than its text; its plain text describes it."""
    if "image/png" in output.get("data", {}):
        output.data.pop("text/html", None)


def _slides_of(source: str, *, explains: bool) -> Iterator[_Slide]:
    """The slides of a markdown cell; if it explains an output, its beginning is on the slide of that output."""
    parts = _parts(_GLOSSARY.sub(r"\1", COMMENT.sub("", source)))
    for place, part in enumerate(parts):
        begins = part.startswith(("# ", "## ", "**Exercise"))
        notes = [f"{fold['title']}: {fold['text'].strip()}" for fold in FOLD.finditer(part)]
        paragraphs = _paragraphs(FOLD.sub("", part))
        slide = _Slide("slide" if begins else "subslide", notes=notes)
        if explains and place == 0 and not begins and paragraphs and (len(paragraphs) > 1 or len(parts) > 1):
            slide.kind = "-"
        for paragraph in paragraphs:
            is_explained = slide.kind == "-" and slide.shown
            if slide.words > MOST_WORDS or is_explained:
                yield slide
                slide = _Slide("subslide")
            _add(slide, paragraph)
        if slide.shown:
            yield slide


def _parts(text: str) -> list[str]:
    """A text, split before each heading and each exercise; a heading alone stays with the exercise after it."""
    parts: list[str] = []
    for part in PART.split(text):
        if parts and re.fullmatch(r"## [^\n]*\s*", parts[-1]):
            parts[-1] += part
        elif part.strip():
            parts.append(part)
    return parts


def _paragraphs(text: str) -> list[str]:
    """The paragraphs of a text; a fenced block is one, and a list has one for each entry."""
    blocks = re.split(r"(```.*?```|\$\$.*?\$\$)", text, flags=re.DOTALL)
    paragraphs = []
    for block in blocks:
        if block.startswith(("```", "$$")):
            paragraphs.append(block)
        else:
            paragraphs += re.split(r"\n\s*\n|\n(?=(?:[*-]|[0-9]+\.) )", block)
    return [paragraph.strip("\n") for paragraph in paragraphs if paragraph.strip()]


def _add(slide: _Slide, paragraph: str) -> None:
    """Shows a paragraph, or its first sentences with the paragraph as a note."""
    joined = " ".join(paragraph.split())
    if _AS_IT_IS.match(paragraph) or paragraph.startswith("**Exercise") or len(joined.split()) <= LONG:
        slide.shown.append(paragraph)
        return
    first, *others = _SENTENCE.split(joined)
    for sentence in others:
        if len(f"{first} {sentence}".split()) > LONG:
            break
        first += f" {sentence}"
    for mark in ("**", "*"):  # a sentence that was cut inside emphasis
        if first.replace("**", "" if mark == "*" else "**").count(mark) % 2:
            first += mark
    slide.shown.append(first)
    slide.notes.append(joined)


def _cells_of(slide: _Slide, number: int) -> Iterator[Cell]:
    kinds = {slide.kind: slide.shown, "notes": slide.notes}
    for kind, paragraphs in kinds.items():
        if paragraphs:
            cell = new_cell("markdown", f"part-{number}-{kind.strip('-')}", "\n\n".join(paragraphs))
            cell.metadata["slideshow"] = {"slide_type": kind}
            yield cell
