"""The exercises of lesson 4: the solutions pass, and each check names the slip that it meets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

pytestmark = pytest.mark.slow
pytest.importorskip("bertviz", reason="needs the extra bertviz")

LESSON = Path(__file__).resolve().parents[1] / "notebooks/04-attention-in-a-thought.ipynb"
CODE = [cell for cell in nbformat.read(LESSON, as_version=4).cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def lesson() -> dict[str, Any]:
    """What a student has in hand when the exercises begin."""
    space: dict[str, Any] = {}
    for cell in CODE:
        if "    ..." in cell.source:
            break
        if "raises-exception" not in cell.metadata.get("tags", []):
            exec(cell.source, space)
    return space


PREVIOUS, ON_SIGN = "def previous", "def on_sign"


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        (PREVIOUS, "...", "Not written yet"),
        (PREVIOUS, "return np.diagonal(weights, offset=-1).mean()", "Right."),
        (PREVIOUS, "return np.diagonal(weights).mean()", "look at itself"),
        (PREVIOUS, "return np.diagonal(weights, offset=1).mean()", "the token after"),
        (PREVIOUS, "return np.diagonal(weights, offset=-1).sum() / len(weights)", "does not count"),
        (PREVIOUS, "return np.diagonal(weights, offset=-1).sum()", "it should be 0.7"),
        (ON_SIGN, "...", "Not written yet"),
        (ON_SIGN, "i = np.array([i for i in sums if tokens[i - 2] == sign])\n    return weights[i, i - 2].mean()", "Right."),
        (ON_SIGN, "i = np.array([i for i in sums if tokens[i - 2] == sign])\n    return weights[i, i - 2].sum()", "a sum of weights"),
        (ON_SIGN, "i = np.array([i for i in sums if tokens[i - 2] == sign])\n    return weights[i, i - 1].mean()", "not the sign"),
        (ON_SIGN, "return weights[sums, sums - 2].mean()", "all sums"),
    ],
)  # fmt: skip
def test_the_check_says_what_it_met(lesson, capsys, exercise, answer, said):
    (source,) = (cell.source for cell in CODE if exercise in cell.source)
    exec(source.replace("    ...", f"    {answer}", 1), dict(lesson))
    assert said in capsys.readouterr().out


def test_the_solutions_that_are_printed_are_those_that_pass(lesson):
    markdown = "".join(
        c.source for c in nbformat.read(LESSON, as_version=4).cells if c.cell_type == "markdown"
    )
    for block in markdown.split("```python\n")[1:]:
        exec(block.split("```")[0], lesson)
    assert lesson["previous"](lesson["attention"](lesson["trace"], 0, 0)) == pytest.approx(0.42, abs=0.005)
    by_sign = {sign: lesson["on_sign"](f" {sign} ") for sign in "+-*/"}
    assert min(by_sign, key=by_sign.get) == "-" and by_sign["-"] < 0.1 and by_sign["+"] > 0.9
