"""The text of each lesson is true to its saved outputs, which `pytest --nbval` compares with a fresh run.

`claims/<slug>.py` holds what a program cannot decide:

    ALLOWED = {"30": "the number of problems of AIME 2024 is its definition"}     numbers; at most five a lesson
    CLAIMS = {"voting helps at T = 1.0": lambda lesson: lesson.numbers("for T in")[4] > 0}
    DEFINITIONS = ("the most frequent answer is submitted",)    sentences that compare and say nothing of the output
"""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from labkit.course import truth
from labkit.facts import facts
from tests.lessons.lesson import LESSONS as ALL_LESSONS
from tests.lessons.lesson import Lesson

CLAIMS = Path(__file__).with_name("claims")
MOST_ALLOWED = 5


UNFINISHED = {}
LESSONS = [lesson for lesson in ALL_LESSONS if lesson.slug not in UNFINISHED]
by_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)


@cache
def claims(slug: str) -> ModuleType:
    path = CLAIMS / f"{slug}.py"
    assert path.is_file(), f"{path} is missing: what its sentences claim is asserted there"
    return importlib.import_module(f"tests.lessons.claims.{slug}")


@cache
def values() -> dict[str, float | None]:
    """The value of each fact by id; None for a text."""
    return {fact.id: None if fact.unit == "text" else fact.number for fact in facts()}


@by_lesson
def test_each_number_of_the_text_is_in_an_output_or_a_fact(lesson: Lesson) -> None:
    allowed = claims(lesson.slug).ALLOWED
    assert len(allowed) <= MOST_ALLOWED
    assert all(reason.strip() for reason in allowed.values())
    missing = truth.unsupported(lesson.notebook, {id: v for id, v in values().items() if v is not None})
    listed = [
        f"cell {each.cell}: {each.number} in {each.sentence!r}"
        for each in missing
        if each.number not in allowed
    ]
    assert not listed, "no output, code or cited fact of the section has:\n" + "\n".join(listed)
    assert {*allowed} <= {each.number for each in missing}, (
        "an allowed number is supported, or gone: remove it"
    )


@by_lesson
def test_each_cited_fact_exists_and_its_value_is_in_the_text(lesson: Lesson) -> None:
    for index, cell in enumerate(lesson.notebook["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] != "markdown":
            continue
        for id in truth.cited_facts(source):
            assert id in values(), f"cell {index}: there is no fact {id!r}"
            value = values()[id]
            in_text = [n for sentence in truth.sentences(source) for n in truth.numbers(sentence)]
            assert value is None or any(n.supported_by([value]) for n in in_text), (
                f"cell {index}: {id} is {value}, and the text does not say so"
            )


@by_lesson
def test_each_sentence_that_compares_is_asserted(lesson: Lesson) -> None:
    module = claims(lesson.slug)
    fragments = [*module.CLAIMS, *module.DEFINITIONS]
    missing = [
        f"cell {each.cell}: {each.word!r} in {each.text!r}"
        for each in truth.comparatives(lesson.notebook)
        if not any(fragment in each.text for fragment in fragments)
    ]
    assert not missing, "sentences beside an output that compare, without an assertion:\n" + "\n".join(
        missing
    )


@by_lesson
def test_each_claim_is_in_the_text_and_holds(lesson: Lesson) -> None:
    module = claims(lesson.slug)
    text = " ".join(
        sentence
        for cell in lesson.notebook["cells"]
        if cell["cell_type"] == "markdown"
        for sentence in truth.sentences("".join(cell["source"]))
    )
    for fragment in [*module.CLAIMS, *module.DEFINITIONS]:
        assert fragment in text, f"{fragment!r} is no longer in the lesson"
    for fragment, holds in module.CLAIMS.items():
        assert holds(lesson), f"the saved output does not support {fragment!r}"
