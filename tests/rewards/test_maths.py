"""Formulas are compared in a process of their own."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from labkit.errors import LabkitError
from labkit.rewards import math_accuracy, maths

installed = pytest.mark.skipif(maths.find_spec("math_verify") is None, reason="needs labkit[math]")


@installed
@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "solution", "value"),
    [
        (r"so</think>It is \boxed{0.5}.", r"\frac{1}{2}", 1.0),
        (r"</think>\boxed{\frac{2}{4}}", "0.5", 1.0),
        (r"</think>\boxed{1}\boxed{2}", "2", 1.0),
        ("</think><answer>1/2</answer>", "$0.5$", 1.0),
        (r"\boxed{x^2 + 2x + 1}", r"the square \boxed{(x+1)^2}", 1.0),
        (r"\boxed{3}", "2", 0.0),
        (r"\boxed{2}</think>I do not know", "2", 0.0),
        ("2", "2", 0.0),
        (r"\boxed{" + "9" * 600 + "}", "2", 0.0),
        (r"\boxed{", "2", 0.0),
        (r"\boxed{2}", "(((", None),
    ],
)
def test_an_answer_is_right_where_the_formulas_are_equal(
    said: str, solution: str, value: float | None
) -> None:
    assert math_accuracy([said], solution=[solution]) == [value]


@installed
@pytest.mark.slow
def test_a_formula_that_never_ends_is_not_judged_and_the_next_one_is() -> None:
    said = [r"\boxed{9^{9^{9^{9}}}}", r"\boxed{2}"]
    assert math_accuracy(said, solution=["2", "2"]) == [None, 1.0]


@installed
@pytest.mark.slow
def test_nothing_in_a_formula_runs(tmp_path: Path) -> None:
    target = tmp_path / "was-here"
    for wrapped in (r"\boxed{%s}", r"\boxed{\text{%s}}", "</think><answer>%s</answer>"):
        code = f"__import__('pathlib').Path('{target}').touch()"
        math_accuracy([wrapped % code], solution=["2"])
        math_accuracy(["2"], solution=[code])
    assert not target.exists()


@installed
@pytest.mark.slow
def test_it_works_in_a_thread() -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.extend(math_accuracy([r"\boxed{2}"], solution=["2"])))
    thread.start()
    thread.join()
    assert found == [1.0]


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    maths._worker.end()
    monkeypatch.setitem(sys.modules, "math_verify", None)
    monkeypatch.setattr(maths, "find_spec", lambda name: None)
    with pytest.raises(LabkitError, match=r'pip install "antlr4-python3-runtime==[\d.]+" "math-verify>='):
        math_accuracy([r"\boxed{2}"], solution=["2"])
