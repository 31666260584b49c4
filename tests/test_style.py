"""The language of labkit: the phrases and the names of `style_words.txt` are gone and stay gone.

Phrases are looked for in docstrings, comments and string literals of three words or more of `labkit/`, in the README, in
CONTRIBUTING, in the text of the lessons and of the site; names in every definition of `labkit/`.
`python tests/test_style.py --count` prints how many are left in each folder.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(p for p in (ROOT / "labkit").rglob("*.py") if "frontend" not in p.parts)
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
    *sorted((ROOT / "labkit/site").rglob("*.md")),
]
LINES = [
    line
    for line in (ROOT / "tests/style_words.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
PHRASES = dict(line.split(" -> ") for line in LINES if not line.startswith("name "))
NAMES = dict(line.removeprefix("name ").split(" -> ") for line in LINES if line.startswith("name "))

# Public names and keys of JSON that stay: (file, name) -> the reason.
WIRE = "a field of a message between a view and the browser"
ALLOWED: dict[tuple[str, str], str] = {
    ("labkit/inside/causal/importance.py", "kept"): "the old name of Importance.with_step, for one version",
    ("labkit/training/run.py", "kept"): "a key of run.json, and a public attribute of Run",
    ("labkit/views/catalog/contract.py", "said"): WIRE,
    ("labkit/views/fork/contract.py", "kept"): WIRE,
    ("labkit/views/fork/contract.py", "said"): WIRE,
    ("labkit/views/token/contract.py", "asked"): WIRE,
    ("labkit/views/training/contract.py", "kept"): WIRE,
    ("labkit/views/training/contract.py", "wanted"): WIRE,
}


def texts(source: str) -> Iterator[str]:
    """Docstrings without their doctests, and comments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (ast.get_docstring(node) or "").splitlines()
            yield " ".join(line for line in lines if not line.lstrip().startswith((">>>", "...")))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    yield " ".join(token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT)


def messages(source: str) -> Iterator[str]:
    """String literals of at least three words that are not docstrings; `{}` stands for a value in an f-string."""
    skipped: set[int] = set()  # docstrings, and the parts of f-strings
    for node in ast.walk(ast.parse(source)):  # a node comes before its children
        if isinstance(node, ast.Expr):
            skipped.add(id(node.value))
            continue
        elif isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            text = node.value
        else:
            continue
        if len(text.split()) >= 3:
            yield text


def prose(path: Path) -> Iterator[str]:
    """The text of a Markdown file, or of each Markdown cell of a notebook."""
    content = path.read_text("utf-8")
    if path.suffix == ".md":
        yield content
    else:
        cells = json.loads(content)["cells"]
        yield from ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def defined(source: str) -> Iterator[tuple[int, str]]:
    """Each definition of a variable, parameter, attribute, function, class or alias: its line, and its name."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case (
                ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
            ):
                yield node.lineno, name
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield node.lineno, name
            case (
                ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name))
            ):
                yield node.lineno, name


def misnamed(source: str) -> list[tuple[int, str]]:
    """The definitions with a name of the list; underscores around it and capitals make no difference."""
    return [(line, name) for line, name in defined(source) if name.strip("_").lower() in NAMES]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def written() -> list[tuple[str, str]]:
    """Each text, with the name of its file."""
    documented = [(path, text) for path in MODULES for text in texts(path.read_text("utf-8"))]
    shown = [(path, text) for path in MODULES for text in messages(path.read_text("utf-8"))]
    pages = [(path, text) for path in PAGES for text in prose(path)]
    return [(relative(path), text) for path, text in documented + shown + pages]


@pytest.mark.parametrize("phrase", PHRASES)
def test_no_text_has_a_phrase_of_the_list(written: list[tuple[str, str]], phrase: str) -> None:
    wrong = re.compile(phrase, re.IGNORECASE)
    hits = [
        f"{path}: {text[max(match.start() - 40, 0) : match.end() + 40]!r}"
        for path, text in written
        for match in wrong.finditer(text)
    ]
    assert not hits, f"write {PHRASES[phrase]!r}:\n" + "\n".join(hits)


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_name_is_one_of_the_list(path: Path) -> None:
    hits = [
        f"{relative(path)}:{line}: {name}: {NAMES[name.strip('_').lower()]}"
        for line, name in misnamed(path.read_text("utf-8"))
        if (relative(path), name) not in ALLOWED
    ]
    assert not hits, "name the thing itself:\n" + "\n".join(hits)


def test_each_exception_is_still_needed() -> None:
    for file, name in ALLOWED:
        assert name in {name for _, name in misnamed((ROOT / file).read_text("utf-8"))}, (file, name)


def test_a_phrase_of_the_list_would_be_noticed() -> None:
    source = '"""Told to whoever\nasks."""\nx = 1  # nobody\ny = f"{x} is seen by nobody"\n'
    assert len([p for p in PHRASES for t in texts(source) if re.search(p, t, re.IGNORECASE)]) == 2
    assert list(messages(source)) == ["{} is seen by nobody"]


def test_a_name_of_the_list_would_be_noticed() -> None:
    source = (
        "import math as told\ndef _said(asked, *found, made=1, **kept): self.whole = told.pi\n"
        "class Wanted: again: int\nprint(a.said, said)\n"
    )
    assert sorted(name for _, name in misnamed(source)) == [
        "Wanted",
        "_said",
        "again",
        "asked",
        "found",
        "kept",
        "made",
        "told",
        "whole",
    ]


def count() -> Iterator[tuple[str, int, int]]:
    """For each folder and page: its name, how many phrases it has, how many definitions with a name of the list."""
    phrases: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for path in [*MODULES, *PAGES]:
        folder = relative(path) if path in PAGES else "/".join(relative(path).split("/")[:-1][:2])
        source = path.read_text("utf-8")
        parts = prose(path) if path in PAGES else [*texts(source), *messages(source)]
        phrases[folder] += sum(len(re.findall(p, t, re.IGNORECASE)) for t in parts for p in PHRASES)
        names[folder] += len(misnamed(source)) if path in MODULES else 0
    return ((folder, phrases[folder], names[folder]) for folder in phrases)


if __name__ == "__main__" and "--count" in sys.argv:
    print(f"{'':40}{'phrases':>10}{'names':>10}")
    rows = list(count())
    for folder, phrases, names in [*rows, ("all", sum(r[1] for r in rows), sum(r[2] for r in rows))]:
        print(f"{folder:40}{phrases:10}{names:10}")
