"""Every exercise of the registry: its solution passes, and each wrong answer gets a sentence and never an exception."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from labkit.course import answers, check, hint, lesson, solution
from labkit.course.registry import Exercise, all_exercises
from labkit.errors import BadArgument

pytestmark = pytest.mark.slow

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
LESSONS = {each.slug: each for each in lesson.read_all(NOTEBOOKS)}
EXERCISES = {each.id: each for each in all_exercises()}
FUNCTIONS = [id for id, each in EXERCISES.items() if not each.value]
VALUES = [id for id, each in EXERCISES.items() if each.value]
LISTED = [(id, source) for id, each in EXERCISES.items() for source in each.wrong]

# What students write before they write it right.
WRONG_BODIES = [
    "...", "print(0.5)", "return", "return 'a'", "return 7.5", "return -7", "return []", "return [7.5]",
    "return (7.5, 7.5)", "return {}", "return {'a': 1}", "return object()", "return [[1], [2, 3]]", "return float('nan')",
    "return len", "return undefined_name", "raise ValueError('no')", "return max([])", "return [None, None]", "exit()",
    "yield 1", "return lambda: 1",
]  # fmt: skip
STOPPING = ("raise", "return max", "return undefined", "exit")
WRONG_VALUES = [
    "None", "-3", "'a'", "''", "[]", "(-1,)", "(-1, -2, -3)", "(-7, -7)", "('a', 'b')", "{}", "object()",
    "float('nan')", "[None, -1]", "len", "Exception('no')",
]  # fmt: skip


@cache
def names_of(id: str) -> dict[str, Any]:
    """What a student has in hand when the exercise begins: the names of the cells in `setup`."""
    exercise, space = EXERCISES[id], {"__builtins__": __builtins__}
    for beginning in exercise.setup:
        cells = [c.source for c in LESSONS[id.rpartition("-")[0]].code if c.source.startswith(beginning)]
        assert len(cells) == 1, f"{id}: {len(cells)} cells begin with {beginning!r}"
        exec(cells[0], space)
    return space


def answered(capsys: pytest.CaptureFixture[str], exercise: Exercise, source: str) -> str:
    """What `check` prints about an answer with this source."""
    space = dict(names_of(exercise.id))
    exec(source, space)
    answer = eval(exercise.writes, space)
    context = eval(f"dict({exercise.context})", space)
    answers._tries.clear()  # the third wrong answer gets a second sentence
    capsys.readouterr()
    check(exercise.id, answer, **context)
    return capsys.readouterr().out


def head_of(exercise: Exercise) -> str:
    """The line `def name(arguments):` of the solution."""
    (function,) = (
        node
        for node in ast.parse(exercise.solution).body
        if isinstance(node, ast.FunctionDef) and node.name == exercise.writes
    )
    return f"def {function.name}({ast.unparse(function.args)}):"


def values_of(exercise: Exercise) -> tuple[Any, ...]:
    """The values of the solution, as a tuple also where there is only one."""
    space = dict(names_of(exercise.id))
    exec(exercise.solution, space)
    return tuple(eval(f"({exercise.writes},)", space))


def is_a_sentence(text: str) -> bool:
    return bool(text.strip()) and not text.startswith("Right") and text.rstrip()[-1] in ".!?"


@pytest.mark.parametrize("id", EXERCISES)
def test_the_solution_passes(capsys: pytest.CaptureFixture[str], id: str) -> None:
    exercise = EXERCISES[id]
    assert answered(capsys, exercise, exercise.solution).splitlines()[-1] == exercise.done.splitlines()[-1]
    assert exercise.done.startswith("Right")


@pytest.mark.parametrize("id", EXERCISES)
def test_an_exercise_has_minutes_a_hint_a_talking_point_and_wrong_answers(
    capsys: pytest.CaptureFixture[str], id: str
) -> None:
    exercise = EXERCISES[id]
    assert 1 <= exercise.minutes <= 20 and exercise.talk and exercise.wrong
    hint(id)
    assert capsys.readouterr().out == exercise.hint + "\n" != "\n"
    solution(id)
    shown = capsys.readouterr().out
    assert exercise.solution.rstrip() in shown and exercise.talk in shown


@pytest.mark.parametrize(("id", "source"), LISTED)
def test_a_listed_wrong_answer_gets_its_sentence(
    capsys: pytest.CaptureFixture[str], id: str, source: str
) -> None:
    text = answered(capsys, EXERCISES[id], source)
    assert EXERCISES[id].wrong[source] in text
    assert not text.startswith("Right")


@pytest.mark.parametrize("id", FUNCTIONS)
@pytest.mark.parametrize("body", WRONG_BODIES)
def test_a_wrong_function_gets_a_sentence(capsys: pytest.CaptureFixture[str], id: str, body: str) -> None:
    text = answered(capsys, EXERCISES[id], f"{head_of(EXERCISES[id])}\n    {body}")
    assert is_a_sentence(text), text
    assert ("Replace the dots" in text) == (body in ("...", "return"))
    assert ("in place of print" in text) == body.startswith("print")
    assert ("stopped in line" in text) == body.startswith(STOPPING)


@pytest.mark.parametrize("id", FUNCTIONS)
def test_what_is_not_a_function_gets_a_sentence(capsys: pytest.CaptureFixture[str], id: str) -> None:
    name = EXERCISES[id].writes
    for value in ("None", "3", "'a'", "[]"):
        assert "give check the function itself" in answered(capsys, EXERCISES[id], f"{name} = {value}")
    wrong_arity = answered(capsys, EXERCISES[id], f"def {name}(a, b, c, d, e, f, g):\n    return a")
    assert "TypeError" in wrong_arity and is_a_sentence(wrong_arity)


@pytest.mark.parametrize("id", VALUES)
@pytest.mark.parametrize("value", WRONG_VALUES)
def test_a_wrong_value_gets_a_sentence(capsys: pytest.CaptureFixture[str], id: str, value: str) -> None:
    exercise = EXERCISES[id]
    names = [name.strip() for name in exercise.writes.split(",")]
    text = answered(capsys, exercise, "\n".join(f"{name} = {value}" for name in names))
    assert is_a_sentence(text), text
    assert text.startswith("Not answered yet") == (value == "None")


@pytest.mark.parametrize("id", [id for id in VALUES if "," in EXERCISES[id].writes])
def test_half_filled_and_swapped_values_get_a_sentence(capsys: pytest.CaptureFixture[str], id: str) -> None:
    exercise = EXERCISES[id]
    names = [name.strip() for name in exercise.writes.split(",")]
    for empty in names:
        text = answered(capsys, exercise, f"{exercise.solution}\n{empty} = None")
        assert text.startswith("Not answered yet"), text
    values = values_of(exercise)
    if values[0] != values[-1]:
        swapped = answered(
            capsys, exercise, f"{exercise.solution}\n{exercise.writes} = [{exercise.writes}][::-1]"
        )
        assert is_a_sentence(swapped) and re.search(r"\b[Ss]wap|order|first|other way", swapped), swapped


# -- the lessons and the registry agree ----------------------------------------------------------------------


@pytest.mark.parametrize("slug", LESSONS)
def test_each_check_of_a_lesson_names_an_exercise_of_that_lesson(slug: str) -> None:
    for id, cell in LESSONS[slug].exercise_cells():
        assert id in EXERCISES and id.rpartition("-")[0] == slug, id
        assert EXERCISES[id].context in cell.source


@pytest.mark.parametrize("id", EXERCISES)
def test_an_exercise_of_the_registry_is_in_its_lesson_once(id: str) -> None:
    slug = id.rpartition("-")[0]
    assert [each for each, _ in LESSONS[slug].exercise_cells()].count(id) == 1


@pytest.mark.parametrize("id", EXERCISES)
def test_the_notebook_does_not_hold_the_solution(id: str) -> None:
    slug = id.rpartition("-")[0]
    lines = EXERCISES[id].solution.splitlines()
    telling = max((line.strip() for line in lines if not line.startswith("def ")), key=len)
    assert telling not in LESSONS[slug].text


@pytest.mark.parametrize("slug", LESSONS)
def test_a_lesson_holds_no_case_of_a_check(slug: str) -> None:
    for cell in LESSONS[slug].code:
        assert not re.search(r"\bCase\(|\bcheck_value\(", cell.source)
        assert "labkit.course.exercises" not in cell.source


# -- the judge itself ----------------------------------------------------------------------------------------


def test_an_unknown_id_names_the_nearest_one() -> None:
    with pytest.raises(BadArgument, match="no exercise 'samplng-1'") as caught:
        check("samplng-1", len)
    assert "sampling-1" in caught.value.next
