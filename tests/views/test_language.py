"""The language of the views; `labkit/frontend/test/words.test.ts` holds the table against the source of the browser."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import labkit
from labkit.errors import BadArgument
from labkit.views.core import language
from labkit.views.core.language import language_script, languages, set_language

from . import make

REPO = Path(__file__).parents[2]
LOCALES = sorted((REPO / "labkit/frontend/locales").glob("*.json"))
GERMAN: dict[str, str] = json.loads(LOCALES[0].read_text("utf-8"))["python"]
# What Python writes from parts that are not side by side in its source.
COMPOSED = ["The answer leaves out", "The answer adds", "and adds"]


@pytest.fixture(autouse=True)
def no_language(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(language.VARIABLE, raising=False)
    yield
    set_language(None)


def test_a_view_has_the_words_of_the_chosen_language_before_its_bundle() -> None:
    english = labkit.TokenView(make.trace())._esm
    labkit.set_language("de")
    german = labkit.TokenView(make.trace())._esm
    assert german == language_script() + english and "Token-Ansicht" in german
    assert "Token-Ansicht" not in english


def test_english_takes_the_words_of_another_language_away() -> None:
    assert language_script() == ""
    set_language("en")
    assert "labkit.words" in language_script() and len(language_script()) < 500


@pytest.mark.parametrize("code", ["de", "DE", "de-AT", "de_DE.UTF-8"])
def test_the_language_may_come_from_the_environment(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(language.VARIABLE, code)
    assert "Token-Ansicht" in language_script()
    set_language("en")  # a call is nearer than the environment
    assert "Token-Ansicht" not in language_script()


@pytest.mark.parametrize("code", ["klingon", "", "../de"])
def test_an_unknown_language_is_an_error_that_names_the_known_ones(code: str) -> None:
    with pytest.raises(BadArgument, match=r"know de, en\.[\s\S]*labkit.set_language\('de'\)"):
        set_language(code)


def test_each_locale_is_built() -> None:
    assert languages() == sorted([*(path.stem for path in LOCALES), "en"])


def strings_of_source() -> str:
    """All string literals of labkit and all texts of its tables; a line break stands for a value of an f-string."""
    parts: list[str] = []
    for path in (REPO / "labkit").rglob("*.py"):
        if "frontend" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts.append("".join(v.value if isinstance(v, ast.Constant) else "\n" for v in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                parts.append(node.value)
    tables = [*(REPO / "data/catalog").glob("*.toml"), *(REPO / "data/facts").glob("*.csv")]
    return "\n".join([*parts, *(path.read_text("utf-8") for path in tables)])


def test_each_text_that_the_table_has_for_python_is_in_its_source() -> None:
    source = "\n".join([strings_of_source(), *COMPOSED])
    fragments = [(key, part) for key in GERMAN for part in re.split(r"\{\w+\}", key.removeprefix("~"))]
    assert [(key, part) for key, part in fragments if part.strip(" ().,:;") not in source] == []
