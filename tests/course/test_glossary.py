"""The glossary, and the links to it at the first use of each term."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from labkit._host.shipped import lessons_path
from labkit.course import glossary
from labkit.course.lesson import read_all


def lesson(*sources: str) -> dict[str, Any]:
    cells = [{"cell_type": "markdown", "source": source, "metadata": {}} for source in sources]
    return {"cells": cells, "metadata": {"labkit": {"slug": "watch"}}}


def linked(*sources: str) -> list[str]:
    return ["".join(cell["source"]) for cell in glossary.linked(lesson(*sources))["cells"]]


def test_the_first_use_of_a_term_is_linked_and_no_other_use_is() -> None:
    assert linked("Each logit and each Logit.", "More logits.") == [
        "Each [logit](glossary.ipynb#logit) and each Logit.",
        "More logits.",
    ]


def test_a_term_of_several_words_wins_over_a_part_of_it_and_may_stand_on_two_lines() -> None:
    assert linked("A chat\ntemplate.") == ["A [chat\ntemplate](glossary.ipynb#chat-template)."]


@pytest.mark.parametrize(
    "source",
    ["`token`", "$token$", "# The token", "[a token](https://example.org/token)", "```\ntoken\n```", "tokenizers-token",
     "<details><summary>Hint</summary>\n\nA token.\n</details>", "**Exercise 1 (4 minutes).**", "| token |", "<!-- token -->"],
)  # fmt: skip
def test_no_link_in_code_formulas_headings_links_or_tables(source: str) -> None:
    assert linked(source) == [source]


def test_a_second_run_changes_nothing_and_a_moved_first_use_moves_the_link() -> None:
    once = linked("A reward.", "Its reward.")
    assert linked(*once) == once
    assert linked("The reward first.", *once)[:2] == [
        "The [reward](glossary.ipynb#reward) first.",
        "A reward.",
    ]


def test_a_word_with_another_meaning_in_a_lesson_is_not_linked_there() -> None:
    costs = lesson("The head of Meta and its tokens.")
    costs["metadata"]["labkit"]["slug"] = "cost"
    assert glossary.linked(costs)["cells"][0]["source"] == (
        "The head of Meta and its [tokens](glossary.ipynb#token)."
    )


def test_terms_are_unique_in_the_order_of_the_alphabet_and_end_with_a_full_stop() -> None:
    names = [term.name.lower() for term in glossary.terms()]
    assert names == sorted({*names})
    assert all(term.text.endswith((".", "?")) for term in glossary.terms())
    forms = [form.lower() for term in glossary.terms() for form in term.forms]
    assert len(forms) == len({*forms}), "a spelling belongs to two terms"


def test_write_makes_the_notebook_and_links_the_lessons(tmp_path: Path) -> None:
    first = tmp_path / "01-first.ipynb"
    first.write_text(json.dumps(lesson("# 1. Watch it think", "A trace.")), encoding="utf-8")
    assert [path.name for path in glossary.write(tmp_path)] == ["01-first.ipynb", "glossary.ipynb"]
    assert "A [trace](glossary.ipynb#trace)." in first.read_text(encoding="utf-8")
    assert "Lesson: [Watch it think](01-first.ipynb)." in (tmp_path / "glossary.ipynb").read_text(
        encoding="utf-8"
    )
    assert glossary.write(tmp_path) == []


def test_each_term_names_a_lesson_of_the_course() -> None:
    slugs = {each.slug for each in read_all(lessons_path())}
    assert {term.lesson for term in glossary.terms()} <= slugs


@pytest.mark.parametrize(
    "path", sorted(lessons_path().glob("[0-9][0-9]-*.ipynb")), ids=lambda path: path.stem
)
def test_a_shipped_lesson_links_the_first_use_of_each_term(path: Path) -> None:
    shipped = json.loads(path.read_text(encoding="utf-8"))
    assert glossary.linked(shipped) == shipped, "run: labkit course glossary"


def test_the_shipped_glossary_has_the_present_terms(tmp_path: Path) -> None:
    for path in lessons_path().glob("*.ipynb"):
        shutil.copy(path, tmp_path)
    assert glossary.write(tmp_path) == [], "run: labkit course glossary"
