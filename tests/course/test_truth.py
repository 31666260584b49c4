"""Numbers and comparatives of a lesson's text, read beside its outputs."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.course import truth


def code(source: str, output: str = "") -> dict[str, Any]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": output}] if output else []
    return {"cell_type": "code", "source": source, "outputs": outputs, "metadata": {}}


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def missing(*cells: dict[str, Any], facts: dict[str, float] | None = None) -> list[str]:
    return [each.number for each in truth.unsupported({"cells": [*cells]}, facts)]


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("0.2309", "It is 23 %."),
        ("0.2309", "It is 0.23."),
        ("12 of 52", "Twelve of 52 are right."),
        ("1904640 parameters", "It has 1.9 million parameters."),
        ("24", "It tries twenty-four."),
        ("1,024 tokens", "It has 1,024 tokens."),
        ("-0.31", "It falls by 0.31."),
        ("", "See Table 2 of R1 (2025, arXiv 2501.12948v2), section 3.1."),
        ("", "In $p = 0.7$ the number is a formula's."),
        ("", "Qwen2.5-Math-7B and R1 and pass@16 are names."),
    ],
)
def test_a_number_that_the_output_has_is_supported(output: str, sentence: str) -> None:
    assert missing(code("print(x)", output), text(sentence)) == []


@pytest.mark.parametrize(
    ("output", "sentence", "number"),
    [
        ("0.2309", "It is 24 %.", "24 %"),
        ("0.2309", "It is 0.24.", "0.24"),
        ("12 of 52", "Thirteen of 52 are right.", "Thirteen"),
        ("2.6", "There are 3 of them.", "3"),
        ("1904640", "It has 2.1 million parameters.", "2.1 million"),
        ("24", "It tries twenty-five.", "twenty-five"),
    ],
)
def test_a_number_that_the_output_does_not_have_is_listed(output: str, sentence: str, number: str) -> None:
    assert missing(code("print(x)", output), text(sentence)) == [number]


def test_a_heading_ends_what_a_section_has_shown_and_the_last_sections_speak_of_the_whole_lesson() -> None:
    shown = code("print(x)", "88")
    assert missing(shown, text("## The next thing\n\nIt was 88.")) == ["88"]
    assert missing(shown, text("It was 88.\n\n## The next thing\n\nNow run it.")) == []
    assert missing(shown, text("## Questions before you go\n\nWhy 88?")) == []


def test_the_code_that_a_text_announces_supports_it_and_its_output_does_not() -> None:
    first, announced = code("import labkit"), code("model.sample(prompt, n=48)", "77")
    assert missing(first, text("Draw 48 thoughts."), announced) == []
    assert missing(first, text("You will see 77."), announced) == ["77"]


def test_a_cited_fact_supports_its_value_and_no_other_cell() -> None:
    cited = text("R1 has 79.8. <!-- facts: r1-aime -->")
    assert missing(code("x"), cited, facts={"r1-aime": 79.8}) == []
    assert missing(code("x"), text("R1 has 79.8."), facts={"r1-aime": 79.8}) == ["79.8"]
    assert missing(code("x"), cited, facts={"r1-aime": 79.9}) == ["79.8"]


def test_inline_code_of_the_lesson_is_no_claim_and_other_inline_code_is() -> None:
    cell = code("print(x)", "14 * 3 = 42")
    assert missing(cell, text("It wrote `14 * 3 = 42`.")) == []
    assert missing(cell, text("It wrote `15 * 7`.")) == ["15", "7"]


def test_a_sentence_beside_an_output_that_compares_is_listed() -> None:
    cells = [
        code("x", "1"),
        text("Voting helps **more** than luck.\nThe sky is blue. It never fails."),
        text("## Your turn\nDo more."),
    ]
    assert [(s.word, s.text) for s in truth.comparatives({"cells": cells})] == [
        ("more", "Voting helps more than luck."),
        ("never", "It never fails."),
    ]
    assert truth.comparatives({"cells": [code("x"), text("More is better.")]}) == []
