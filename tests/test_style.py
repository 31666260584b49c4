"""The language of docstrings and comments: the phrases of `style_words.txt` are gone and stay gone."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(p for p in (ROOT / "labkit").rglob("*.py") if "frontend" not in p.parts)
LINES = (ROOT / "tests/style_words.txt").read_text("utf-8").splitlines()
PHRASES = dict(line.split(" -> ") for line in LINES if line and not line.startswith("#"))


def texts(source: str) -> Iterator[str]:
    """Docstrings without their doctests, and comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (ast.get_docstring(node) or "").splitlines()
            yield " ".join(line for line in lines if not line.lstrip().startswith((">>>", "...")))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    yield " ".join(token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT)


@pytest.fixture(scope="module")
def written() -> list[tuple[str, str]]:
    """Each docstring and each file's comments, with the name of the file."""
    return [
        (str(path.relative_to(ROOT)), text) for path in MODULES for text in texts(path.read_text("utf-8"))
    ]


@pytest.mark.parametrize("phrase", PHRASES)
def test_no_docstring_and_no_comment_has_a_phrase_of_the_list(
    written: list[tuple[str, str]], phrase: str
) -> None:
    wrong = re.compile(phrase, re.IGNORECASE)
    hits = [
        f"{path}: {text[max(match.start() - 40, 0) : match.end() + 40]!r}"
        for path, text in written
        for match in wrong.finditer(text)
    ]
    assert not hits, f"write {PHRASES[phrase]!r}:\n" + "\n".join(hits)


def test_a_phrase_of_the_list_would_be_noticed() -> None:
    source = '"""Told to whoever\nasks."""\nx = 1  # nobody\n'
    assert len([p for p in PHRASES for t in texts(source) if re.search(p, t, re.IGNORECASE)]) == 2
