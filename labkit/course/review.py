"""What a teacher should know about a changed notebook, one plain sentence each: `labkit course check`.

It looks at the file, and runs nothing. Left out: whether a sentence that compares is true (the tests of the lessons
assert that), and links to other sites.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from labkit._host.shipped import lessons_path
from labkit.course import clean, minutes, truth
from labkit.course.lesson import CHECK, COMMENT, Lesson, read_all
from labkit.course.registry import all_exercises, modules_beside
from labkit.facts import facts

SECTIONS = {
    "Where it fails": "where it fails",
    "Your turn": "your turn",
    "Common misconceptions": "misconception",
    "Questions before you go": "questions",
    "What the papers did, and what we left out": "left out",
}
_LINK = re.compile(r"(!?)\[[^\]]*\]\(\s*<?((?!https?:|mailto:|data:|attachment:)[^)#>\s]*)(#[^)\s]*)?[^)]*\)")
_PREDICTION = re.compile(r"\b(predict|resolve)\(\s*[\"']([\w-]+)[\"']")
_FILE = re.compile(r"`(?:python )?((?:data|labkit|notebooks|tests|\.binder|\.ci)/[^`]*)`")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def review(lesson: Lesson) -> list[str]:
    """The problems of a notebook, in the order of their kinds."""
    return [
        *_problems_of_the_file(lesson),
        *_problems_of_exercises(lesson),
        *_problems_of_predictions(lesson),
        *_problems_of_links(lesson),
        *_problems_of_files(lesson),
        *_problems_of_sections(lesson),
        *_problems_of_order(lesson),
        *minutes.problems(lesson),
        *_problems_of_facts(lesson),
    ]


def numbers_without_output(lesson: Lesson) -> list[str]:
    """The numbers of the text that no output, code or cited fact of their section has: an author looks at each.

    A number in a sentence of the shipped lesson is left out, since the tests of the lessons know it.
    """
    known = {(each.number, each.sentence) for each in _unsupported(_shipped(lesson))}
    return [
        f"{_place(lesson, each.cell)}: {each.number} in {COMMENT.sub('', each.sentence)!r}"
        for each in _unsupported(lesson)
        if (each.number, each.sentence) not in known
    ]


def _unsupported(lesson: Lesson | None) -> list[truth.Unsupported]:
    values = {fact.id: fact.number for fact in facts() if fact.unit != "text"}
    return truth.unsupported(lesson.notebook, values) if lesson else []


def _shipped(lesson: Lesson) -> Lesson | None:
    """The shipped lesson with the same slug; None for a lesson that does not ship, and for the shipped file itself."""
    if lesson.path.parent.resolve() == lessons_path().resolve():
        return None
    return next((each for each in read_all(lessons_path()) if each.slug == lesson.slug), None)


def _problems_of_the_file(lesson: Lesson) -> Iterator[str]:
    for problem in clean.problems(lesson.notebook):
        cell = re.fullmatch(r"cell (\d+): (.*)", problem, re.DOTALL)
        if cell is None:
            yield f"{problem[0].upper()}{problem[1:]}."
        elif not re.fullmatch(r"\d+ lines of code", cell[2]):  # it is among the limits of lessons
            yield f"{_place(lesson, int(cell[1]))}: {cell[2]}."


def _problems_of_exercises(lesson: Lesson) -> Iterator[str]:
    known = {exercise.id for exercise in all_exercises()}
    modules = "".join(path.read_text("utf-8") for path in modules_beside(lesson.path.parent))
    known |= {*re.findall(r"\bExercise\(\s*[\"']([\w-]+)[\"']", modules + lesson.text)}
    for number, cell in enumerate(lesson.cells):
        for id in CHECK.findall(cell.source) if cell.cell_type == "code" else ():
            if id not in known:
                yield f"{_place(lesson, number)}: there is no exercise {id!r}."


def _problems_of_predictions(lesson: Lesson) -> Iterator[str]:
    calls = [(kind, id) for cell in lesson.code for kind, id in _PREDICTION.findall(cell.source)]
    for kind, id in calls:
        if kind == "predict" and ("resolve", id) not in calls:
            yield f"The prediction {id!r} is never resolved."
        if kind == "resolve" and ("predict", id) not in calls:
            yield f"The prediction {id!r} is resolved and was never asked."


def _problems_of_links(lesson: Lesson) -> Iterator[str]:
    folder = lesson.path.parent
    for number, cell in enumerate(lesson.cells):
        if cell.cell_type != "markdown":
            continue
        for is_picture, target, _ in _LINK.findall(_CODE.sub("", cell.source)):
            if target and not (folder / target).exists():
                kind = "the picture" if is_picture else "the link"
                yield f"{_place(lesson, number)}: {kind} {target} leads nowhere."


def _problems_of_files(lesson: Lesson) -> Iterator[str]:
    """Files of the repository, which most readers do not have."""
    for number, cell in enumerate(lesson.cells):
        for name in _FILE.findall(cell.source):
            if not re.search(r"\bin a clone\b", cell.source):
                yield f"{_place(lesson, number)}: {name} is named without the words: in a clone."


def _problems_of_sections(lesson: Lesson) -> Iterator[str]:
    titles = [section.title.lower() for section in lesson.sections()]
    for title, word in SECTIONS.items():
        if not any(word in each for each in titles):
            yield f"The section {title!r} is missing."


def _problems_of_order(lesson: Lesson) -> Iterator[str]:
    """The lessons that it requires, and the next lesson of each of its tracks."""
    others = {each.path.name: each for each in read_all(lesson.path.parent)} | {lesson.path.name: lesson}
    in_order = [others[name] for name in sorted(others)]
    place = in_order.index(lesson)
    before = {each.slug: each for each in in_order[:place]}
    for slug in lesson.metadata.get("requires", []):
        if slug not in before:
            yield f"The lesson requires {slug!r}, which is not a lesson before it."
        elif lesson.cells and before[slug].path.name not in lesson.cells[0].source:
            yield f"The head has no link to {before[slug].path.name}, which the lesson requires."
    line = re.search(r"\*\*Next:\*\*.*?(?=\n\n|\Z)", lesson.markdown(), re.DOTALL)
    if line is None:
        yield "The line **Next:** is missing, with a link to the next lesson."
        return
    for track in lesson.metadata.get("tracks", []):
        later = [each for each in in_order[place + 1 :] if track in each.metadata.get("tracks", [])]
        if later and later[0].path.name not in line[0]:
            yield f"The line **Next:** has no link to {later[0].path.name}, the next lesson of the track {track!r}."


def _problems_of_facts(lesson: Lesson) -> Iterator[str]:
    known = {fact.id for fact in facts()}
    for number, cell in enumerate(lesson.cells):
        for id in truth.cited_facts(cell.source) if cell.cell_type == "markdown" else ():
            if id not in known:
                yield f"{_place(lesson, number)}: there is no fact {id!r} in data/facts."


def _place(lesson: Lesson, number: int) -> str:
    """A cell by its place among all cells, from 1, and the beginning of its text."""
    lines = lesson.cells[number].source.strip().splitlines() or ["empty"]
    beginning = lines[0] if len(lines[0]) <= 40 else f"{lines[0][:37]}..."
    return f"Cell {number + 1} ({beginning})"


def files(typed: list[Path]) -> list[Path]:
    """The notebooks that were typed; for a folder, those in it."""
    return [path for each in typed for path in (sorted(each.glob("*.ipynb")) if each.is_dir() else [each])]
