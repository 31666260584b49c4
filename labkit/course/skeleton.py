"""Writes a new lesson that passes the tests of lessons, for its author to fill: `labkit course new`.

In a clone the exercise goes into `labkit/course/exercises/`, and the claims into `tests/lessons/claims/`. In any other
folder the exercise goes into a module beside the notebook, which the notebook imports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from string import Template
from typing import Any

from labkit._host.atomic_write import write_text
from labkit._host.extras import ROOT, in_clone
from labkit._host.shipped import lessons_path
from labkit.course import lesson, minutes, running
from labkit.course.clean import KERNEL
from labkit.course.lesson import Lesson, import_of_jupyter, new_cell
from labkit.course.lessons import LESSON
from labkit.course.registry import load_beside, module_name
from labkit.errors import BadArgument, LabkitError

_TEXT, _CODE = "markdown", "code"

CELLS = [
    (_TEXT, '''# $number. $title

**The question.** Which token of a thought did the model expect least? (Write your own question here.)

*1 minutes. No network, no GPU.*

**Before it:** [Watch it think]($first), and lists of Python.'''),
    (_CODE, '''${imports}import labkit
from labkit import course

model = labkit.load()
trace = model.think("Using 3, 5 and 9, make 24.", seed=0, show=False)
print(trace.answer)'''),
    (_TEXT, '''That is the answer after one thought. The *surprisal* of a token is the negative logarithm of its
probability.

## Predict

Which token of this thought has the largest surprisal? Write a letter before you run the cell after the next.'''),
    (_CODE, '''course.predict(
    "$slug-token", "?",
    options={"A": "a number", "B": "a sign or a word"})'''),
    (_CODE, '''surprisals = [-logprob for logprob in trace.tokens.logprobs]
index = surprisals.index(max(surprisals))
token = trace.token(index).text
outcome = "A" if token.strip().isdigit() else "B"
course.resolve(
    "$slug-token", outcome, because=f"the token is {token!r}")'''),
    (_TEXT, '''The output names the token of this thought. (Explain your output here, in one sentence.)

## Where it fails

One thought says nothing about another thought. Here is the token of a second one:'''),
    (_CODE, '''other = model.think("Using 3, 5 and 9, make 24.", seed=1, show=False)
lowest = min(other.tokens.logprobs)
print(repr(other.token(list(other.tokens.logprobs).index(lowest)).text))'''),
    (_TEXT, '''## Your turn

**Exercise 1 (5 minutes).** Write `index_of_largest(values)`: the position of the largest value, counted from zero.'''),
    (_CODE, '''def index_of_largest(values):
    """values: a list of numbers -> the position of the largest"""
    ...

course.check("$slug-1", index_of_largest)'''),
    (_TEXT, '''## Common misconceptions

**"A surprising token is a wrong token."** No: the model chose it, and the thought may need it.

## Questions before you go

1. What does the lesson measure?

<details><summary>Answer</summary>

Write the answer in one sentence.
</details>

2. Where does it fail?

<details><summary>Answer</summary>

Write the answer in one sentence.
</details>

3. What would you measure next?

<details><summary>Answer</summary>

Write the answer in one sentence.
</details>

## What the papers did, and what we left out

* Name the paper, and what it did in another way.

**Next:** [Watch it think]($first).'''),
]  # fmt: skip

EXERCISES = '''"""The exercises of the lesson *$title*."""

from labkit.course.checks import Case
from labkit.course.registry import Exercise$register_import

EXERCISES = (
    Exercise(
        "$slug-1",
        writes="index_of_largest",
        minutes=5,
        cases=(
            Case(([1, 3, 2],), 1, {3: "Close: that is the largest value. Return its position."}),
            Case(([5, 5],), 0, {1: "Close: of two equal values the first counts."}),
        ),
        hint="`values.index(x)` is the position of `x`.",
        solution="def index_of_largest(values):\\n    return values.index(max(values))\\n",
        talk="Ask what happens with an empty list.",
        wrong={
            "def index_of_largest(values):\\n    return max(values)": "Return its position",
            "def index_of_largest(values):\\n"
            "    return len(values) - 1 - values[::-1].index(max(values))": "the first counts",
        },
    ),
)
$register'''

CLAIMS = '''"""What the text of the lesson *$title* claims about its output."""

ALLOWED: dict[str, str] = {}
CLAIMS = {}
DEFINITIONS: tuple[str, ...] = ()
'''


@dataclass(frozen=True)
class New:
    """The files of a new lesson; `claims` is None outside a clone."""

    notebook: Path
    exercises: Path
    claims: Path | None


def new(title: str, *, folder: Path | None = None, slug: str | None = None) -> New:
    """Writes a new lesson with its outputs, after running it once.

    Args:
        title: its title, such as "Which trick matters?".
        folder: where the notebook goes; by default the lessons of a clone, and elsewhere the working folder.
        slug: the name that ids of exercises begin with; by default made of the title.

    Raises:
        LabkitError: the title has no letter, a file exists already, or the lesson does not run.
    """
    folder = folder or (lessons_path() if in_clone() else Path())
    slug = slug or re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", slug):
        raise BadArgument(
            f"{title!r} gives no slug.",
            why="a slug is of small letters, digits and hyphens, and begins with a letter.",
            next='labkit course new "Which trick matters?" --slug tricks',
        )
    is_ours = in_clone() and folder.resolve() == lessons_path().resolve()
    files = _files(folder, slug, is_ours)
    values = _values(title, slug, files, is_ours)
    try:
        _write_modules(files, values)
        if not is_ours:
            load_beside(folder)
        _write_notebook(files.notebook, values, slug)
    except BaseException:
        for path in (files.exercises, files.claims):
            if path:
                path.unlink(missing_ok=True)
        raise
    return files


def _write_modules(files: New, values: dict[str, str]) -> None:
    for path, text in ((files.exercises, EXERCISES), (files.claims, CLAIMS)):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(
                path, Template(text).substitute(values), what="module", retry_hint="labkit course new {}"
            )


def _files(folder: Path, slug: str, is_ours: bool) -> New:
    module = module_name(slug)
    number = (
        max([int(path.name[:2]) for path in folder.glob("*.ipynb") if LESSON.fullmatch(path.name)], default=0)
        + 1
    )
    notebook = folder / f"{number:02}-{slug}.ipynb"
    if is_ours:
        files = New(
            notebook,
            ROOT / f"labkit/course/exercises/{module}.py",
            ROOT / f"tests/lessons/claims/{module}.py",
        )
    else:
        files = New(notebook, folder / f"exercises_{module}.py", None)
    for path in (files.notebook, files.exercises, files.claims):
        if path and path.exists():
            raise LabkitError(
                f"{path.name} exists already.",
                why="a new lesson replaces no file.",
                next='labkit course new "Another title"',
            )
    return files


def _values(title: str, slug: str, files: New, is_ours: bool) -> dict[str, str]:
    """What is put into the templates."""
    first = next(
        (path.name for path in sorted(files.notebook.parent.glob("*.ipynb")) if LESSON.fullmatch(path.name)),
        files.notebook.name,
    )
    return {
        "number": str(int(files.notebook.name[:2])),
        "title": title,
        "slug": slug,
        "first": first,
        "imports": "" if is_ours else f"import {files.exercises.stem}\n",
        "register_import": "" if is_ours else ", register",
        "register": "" if is_ours else "\nregister(*EXERCISES)\n",
    }


def _write_notebook(path: Path, values: dict[str, str], slug: str) -> None:
    v4 = import_of_jupyter("nbformat.v4")
    cells = [
        new_cell(kind, f"cell-{place}", Template(text).substitute(values))
        for place, (kind, text) in enumerate(CELLS)
    ]
    part: dict[str, Any] = {
        "slug": slug,
        "idea": "Write the idea in one sentence.",
        "tracks": [],
        "requires": [],
    }
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, "labkit": part}
    notebook, seconds = running.run(Lesson(path, v4.new_notebook(cells=cells, metadata=metadata)))
    if errors := running.errors(notebook):
        raise LabkitError(f"The new lesson does not run: {errors[0]}", why="its first run failed.",
                          next="labkit doctor --lab")  # fmt: skip
    for cell in notebook.cells:
        cell.metadata = {}
    written = Lesson(path, notebook)
    part["run_seconds"] = ceil(seconds)
    notebook.metadata["labkit"] = part
    minutes.rewrite_head(written)
    lesson.write(written)
