"""What says who made labkit and how to cite it, and what compares the builds of the stage `wheel`."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

import labkit

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

# Citation File Format 1.2.0: what it requires, and what it knows.
REQUIRED = {"authors", "cff-version", "message", "title"}
OPTIONAL = {
    "abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license", "license-url",
    "preferred-citation", "references", "repository", "repository-artifact", "repository-code", "type", "url", "version",
}  # fmt: skip


@pytest.fixture
def citation() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    return loaded


def test_the_citation_has_the_keys_that_its_format_requires_and_no_unknown_one(
    citation: dict[str, Any],
) -> None:
    assert citation.keys() >= REQUIRED
    assert citation.keys() <= REQUIRED | OPTIONAL
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software"
    assert all(isinstance(citation[key], str) and citation[key] for key in ("message", "title", "version"))


def test_the_citation_and_the_package_say_the_same(citation: dict[str, Any]) -> None:
    assert citation["version"] == labkit.__version__
    assert citation["license"] == PROJECT["license"]
    assert citation["authors"] == PROJECT["authors"] == [{"name": "labkit contributors"}]
    assert citation["keywords"] == PROJECT["keywords"]


def test_every_python_from_the_oldest_is_named_in_order() -> None:
    prefix = "Programming Language :: Python :: 3."
    minors = [int(c.removeprefix(prefix)) for c in PROJECT["classifiers"] if c.startswith(prefix)]
    assert PROJECT["requires-python"] == f">=3.{minors[0]}"
    assert minors == [*range(minors[0], minors[-1] + 1)]


@pytest.fixture
def compare() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare_builds", ROOT / ".ci/compare_builds.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TRACKED = {"CHANGELOG.md", "README.md", "data/a.csv", "notebooks/01.ipynb", "labkit/a.py", "labkit/frontend/a.ts",
           "labkit/jupyter/labextension/package.json", "labkit/site/play/index.html"}  # fmt: skip
WHEEL = {"labkit/a.py": "1", "labkit/data/a.csv": "2", "labkit/notebooks/01.ipynb": "3", "labkit/CHANGELOG.md": "6", "labkit-1.dist-info/RECORD": "4",
         "labkit-1.data/data/share/jupyter/labextensions/labkit/package.json": "5", "labkit/site/play/index.html": "7",
         "labkit-1.data/data/share/jupyter/labextensions/labkit/static/play/index.html": "7"}  # fmt: skip
WEIGHTS = "labkit-1.data/data/share/jupyter/labextensions/labkit/static/play/model/model.safetensors"


def test_builds_that_are_alike_are_not_complained_of(compare: ModuleType) -> None:
    for wheel in (WHEEL, WHEEL | {WEIGHTS: "8"}):
        assert compare.complaints(wheel, TRACKED | {"PKG-INFO"}, dict(wheel), TRACKED) == []


@pytest.mark.parametrize("name", WHEEL)
def test_a_file_that_differs_or_is_missing_in_one_of_the_wheels_is_named(
    compare: ModuleType, name: str
) -> None:
    for other in (WHEEL | {name: "x"}, {n: s for n, s in WHEEL.items() if n != name}):
        (complaint,) = compare.complaints(WHEEL, TRACKED, other, TRACKED)
        assert complaint == f"The wheel of the sdist differs in {name}"


@pytest.mark.parametrize("name", [n for n in WHEEL if "dist-info" not in n])
def test_a_wheel_that_lacks_a_file_of_the_clone_is_complained_of(compare: ModuleType, name: str) -> None:
    wheel = {n: s for n, s in WHEEL.items() if n != name}
    (complaint,) = compare.complaints(wheel, TRACKED, wheel, TRACKED)
    assert complaint.endswith(name.rpartition("labextensions/labkit/")[2])


def test_a_draft_in_the_wheel_and_a_file_that_the_sdist_lacks_are_complained_of(compare: ModuleType) -> None:
    drafts = WHEEL | {"labkit/notebooks/.ipynb_checkpoints/01-checkpoint.ipynb": "6"}
    (complaint,) = compare.complaints(drafts, TRACKED, drafts, TRACKED)
    assert complaint.endswith("labkit/notebooks/.ipynb_checkpoints/01-checkpoint.ipynb")
    (complaint,) = compare.complaints(WHEEL, TRACKED - {"README.md"}, WHEEL, TRACKED)
    assert complaint == "The sdist and the clone differ in README.md"
