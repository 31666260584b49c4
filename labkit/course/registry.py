"""What an exercise of a lesson is: its cases, its hints, its solution, and the wrong answers that tests give it.

The exercises of a lesson stand in `labkit/course/exercises/<slug of the lesson>.py`, in a tuple `EXERCISES`, so that a
student's notebook holds no solution. A teacher registers an exercise of her own in a cell:

>>> from labkit.course import Case, Exercise, check, register
>>> register(Exercise("mine-1", writes="half", cases=[Case((3,), 1.5)], solution="def half(number): return number / 2"))
>>> check("mine-1", lambda number: number / 2)
Right.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labkit._names import nearest
from labkit.course.checks import Case
from labkit.errors import BadArgument

_registered: dict[str, Exercise] = {}


@dataclass(frozen=True)
class Exercise:
    """One exercise that `check` judges.

    Attributes:
        id: the slug of the lesson and a number, as `sampling-1`.
        writes: what the student writes: the name of a function, or names of values, as `my_limit, my_higher`.
        cases: calls of the student's function with the expected values; for values one `Case` with no arguments.
            A function of the keyword arguments of `check`, where the cases depend on objects of the lesson.
        solution: Python source that defines what `writes` names.
        value: whether the student writes values and not a function.
        asks: what the values are, in words, as "two probabilities".
        minutes: the time that the exercise takes.
        hint: one or two sentences, printed by `labkit.course.hint`.
        done: what `check` prints for a right answer; it begins with "Right".
        talk: what an instructor may say about the solution.
        wrong: source of wrong answers, as in `solution`, and a part of the sentence that each must get (tests).
        setup: the beginnings of those cells of the lesson that define what `context` uses (tests).
        context: source of the keyword arguments of `check`, as in the lesson, e.g. "trace=trace" (tests, exports).
    """

    id: str
    writes: str
    cases: Sequence[Case] | Callable[..., Sequence[Case]]
    solution: str
    value: bool = False
    asks: str = "a value"
    minutes: int = 5
    hint: str = ""
    done: str = "Right."
    talk: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    setup: tuple[str, ...] = ()
    context: str = ""


def register(*exercises: Exercise) -> None:
    """Makes exercises known to `check`; an exercise with the id of an older one replaces it.

    Raises:
        LabkitError: an id is not a slug, a hyphen and a number.
    """
    for exercise in exercises:
        if not re.fullmatch(r"[a-z][a-z0-9-]*-[0-9]+", exercise.id):
            raise BadArgument(
                f"{exercise.id!r} is not the id of an exercise.",
                why="an id is the lesson's slug, a hyphen and a number.",
                next='labkit.course.Exercise("my-lesson-1", ...)',
            )
        _registered[exercise.id] = exercise


def exercise(id: str) -> Exercise:
    """The exercise with this id.

    Raises:
        LabkitError: no exercise has this id; the error names the id that is most like it.
    """
    if id not in _registered:
        _load(id.rpartition("-")[0])
    if id in _registered:
        return _registered[id]
    near = nearest(id, [known.id for known in all_exercises()])
    raise BadArgument(
        f"There is no exercise {id!r}.",
        why=f"the id that is most like it is {near}."
        if near
        else "an id is as in the lesson, e.g. sampling-1.",
        next=f'labkit.course.check("{near or "sampling-1"}", my_answer)',
    )


def all_exercises() -> list[Exercise]:
    """All exercises of the course and all that were registered, in the order of their ids."""
    for module in Path(__file__).with_name("exercises").glob("[a-z]*.py"):
        _load(module.stem.replace("_", "-"))
    return sorted(_registered.values(), key=lambda each: each.id)


def modules_beside(folder: Path) -> list[Path]:
    """The modules `exercises_*.py` of a teacher's folder, which register exercises, in the order of their names."""
    return sorted(folder.glob("exercises_*.py"))


def load_beside(folder: Path) -> None:
    """Imports the modules with exercises of a teacher's folder."""
    for path in modules_beside(folder):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec and spec.loader:
            spec.loader.exec_module(importlib.util.module_from_spec(spec))


def module_name(slug: str) -> str:
    """The name of the module that holds the exercises of a lesson."""
    return slug.replace("-", "_")


def _load(slug: str) -> None:
    """Registers the exercises of a lesson; a slug without exercises adds nothing."""
    name = f"labkit.course.exercises.{module_name(slug)}"
    if re.fullmatch(r"[a-z][a-z0-9-]*", slug) and importlib.util.find_spec(name):
        module_exercises: Iterable[Exercise] = importlib.import_module(name).EXERCISES
        for each in module_exercises:
            _registered.setdefault(each.id, each)
