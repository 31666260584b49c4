"""The lens and attention views of the page show what Python's show; `python -m tests.engine.compare_views` says how exactly."""

from __future__ import annotations

import shutil

import pytest

from .compare import CLOSE
from .compare_views import compare_views

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("node") is None, reason="the page's answers are computed in Node, which is not installed"
    ),
]


@pytest.mark.parametrize(("model", "lenses"), [("r1-mini", 2), ("r1-nano", 1)])
def test_the_views_of_the_page_answer_as_python_does(model: str, lenses: int) -> None:
    comparison = compare_views(model, prompts=1)
    assert comparison.wrong == [] and comparison.ties == 0
    assert comparison.answers["lens depths"] == lenses and comparison.answers["attention find"] >= 4
    assert comparison.level <= 1 and max(comparison.probability, comparison.number) < CLOSE
