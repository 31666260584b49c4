"""Formulas are compared by math-verify, in the bounded process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labkit._host.bounded_worker import worker
from labkit.errors import LabkitError
from labkit.rewards import breakdown, math_accuracy
from labkit.tasks import math_answers

installed = pytest.mark.skipif(math_answers.find_spec("math_verify") is None, reason="needs math-verify")

# Each keeps SymPy busy for longer than a reader waits; the last is too long.
HOSTILE = [
    r"9^{9^{9^{9}}}", "10000000!", r"\sum_{k=1}^{\infty}\frac{\sin k}{k^3}", r"\sin(" * 80 + "1" + ")" * 80, "9" * 600,
]  # fmt: skip


def judged(said: str, solution: str) -> float | None:
    (value,) = math_accuracy([said], solution=[solution])
    return value


@installed
@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "solution", "value"),
    [
        (r"so</think>It is \boxed{0.5}.", r"\frac{1}{2}", 1.0),
        (r"</think>\boxed{\frac{2}{4}}", "0.5", 1.0),
        ("</think><answer>1/2</answer>", "$0.5$", 1.0),
        (r"\boxed{x^2 + 2x + 1}", r"the square \boxed{(x+1)^2}", 1.0),
        (r"\boxed{3}", "2", 0.0),
        (r"\boxed{2}</think>I do not know", "2", 0.0),
        (r"\boxed{" + "9" * 600 + "}", "2", 0.0),
        (r"\boxed{", "2", 0.0),
        (r"\boxed{4", "4", 0.0),  # cut within its answer, which may have become 42
        ("", "2", 0.0),
        # Several boxes are one answer of several values, as math-verify has it.
        (r"</think>\boxed{1}\boxed{2}", "2", 0.0),
        (r"</think>\boxed{2}\boxed{2}", "2", 1.0),
        (r"$x=\boxed{2}$ or $x=\boxed{7}$", "7", 0.0),
        (r"$x=\boxed{2}$ or $x=\boxed{7}$", "7, 2", 1.0),
        (r"\boxed{2} and \boxed{-3}", "-3, 2", 1.0),
        (r"\boxed{2}", r"$x=\boxed{2}$ or $x=\boxed{7}$", 0.0),
        (r"\boxed{7}, \boxed{2}", r"$x=\boxed{2}$ or $x=\boxed{7}$", 1.0),
        ("The answer is $2$ or $7$.", "7", 0.0),
        # Notations that math-verify reads as something else, or not at all.
        (r"\boxed{12:00}", "12:00", 1.0),
        (r"\boxed{12:30}", "12:00", 0.0),
        (r"\boxed{6:30}", "2:10", 0.0),  # equal as fractions
        (r"\boxed{1:2}", "0.5", 1.0),
        (r"\boxed{0.\overline{27}}", r"0.\overline{27}", 1.0),
        (r"\boxed{\frac{3}{11}}", r"0.\overline{27}", 1.0),
        (r"\boxed{0.1\overline{6}}", "1/6", 1.0),
        (r"\boxed{-0.\overline3}", r"-\frac13", 1.0),
        (r"\boxed{0.28}", r"0.\overline{27}", 0.0),
        (r"\boxed{1-\frac{1}{\mathrm{e}}}", r"1-\frac{1}{\mathrm{e}}", 1.0),
        (r"\boxed{1-e^{-1}}", r"1-\frac{1}{\mathrm{e}}", 1.0),
        (r"\boxed 9", "9", 1.0),
        (r"$\boxed 9$.", "9", 1.0),
        (r"\fbox{9}", "9", 1.0),
        (r"\boxed{\boxed{3}}", "3", 1.0),
        (r"\boxed{1\,234}", "1234", 1.0),
        (r"\boxed{1{,}234}", "1234", 1.0),
        (r"\boxed{1\,234\,567}", "1,234,567", 1.0),
        (r"\boxed{235}", r"1\,234", 0.0),
        (r"\boxed{40 2}", "42", 0.0),  # no sum
        (r"\boxed{\frac 1 2}", "0.5", 1.0),
        (r"\boxed{3\frac{1}{2}}", "3.5", 1.0),
        # A last line without a box.
        ("The answer is $42$.", "42", 1.0),
        ("The answer is 42.", "42", 1.0),
        ("First 6 times 7.\nAnswer: **42**", "42", 1.0),
        (r"\[ \frac{1}{2} \]", "0.5", 1.0),
        ("</think>So it is $5$.\nOr perhaps $7$.", "5", 0.0),
        # Golds.
        ("</think>12", "He has 3*4=<<3*4=12>>12 apples.\n#### 12", 1.0),
        ("</think>1234", "x\n#### 1,234", 1.0),
        ("</think>13", "x\n#### 12", 0.0),
        (r"\boxed{2}", "(((", None),
        (r"\boxed{(((}", "(((", 1.0),
        (r"\boxed{2}", " ", None),
    ],
)
def test_an_answer_is_right_where_the_formulas_are_equal(
    said: str, solution: str, value: float | None
) -> None:
    assert judged(said, solution) == value


@installed
@pytest.mark.slow
def test_a_hostile_formula_earns_nothing_and_the_reason_is_in_the_sentence() -> None:
    said = [rf"\boxed{{{formula}}}" for formula in HOSTILE]
    assert math_accuracy([*said, r"\boxed{2}"], solution=["2"] * (len(said) + 1)) == [0.0] * len(said) + [1.0]
    (part,) = breakdown(said[0], {"solution": "2"}, rules=[math_accuracy]).parts
    assert (part.value, "took more than 1 s" in part.why) == (0.0, True)
    (part,) = breakdown(said[-1], {"solution": "2"}, rules=[math_accuracy]).parts
    assert (part.value, "longer than 500" in part.why) == (0.0, True)


@installed
@pytest.mark.slow
def test_an_answer_that_cannot_be_compared_is_not_judged_where_the_gold_is_the_hard_one() -> None:
    assert judged(r"\boxed{2}", r"9^{9^{9^{9}}}") is None
    assert judged(r"\boxed{9^{9^{9^{9}}}}", r"9^{9^{9^{9}}}") == 1.0


@installed
@pytest.mark.slow
def test_an_abort_leaves_the_comparing_process_sound() -> None:
    """SymPy may have been told not to evaluate when the signal came."""
    for formula in HOSTILE[:4]:
        judged(rf"\boxed{{{formula}+0}}", "2")
        assert judged(r"\boxed{\frac{2}{4}}", "0.5") == 1.0
        assert judged(r"\boxed{x+x}", "3x") == 0.0


@installed
@pytest.mark.slow
def test_after_an_interrupt_the_next_answers_are_right() -> None:
    code = r"""if True:
        import os, signal, threading
        from labkit.rewards import math_accuracy
        math_accuracy([r"\boxed{1}"], solution=["2"])
        for n in range(3):
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
            try:
                math_accuracy([r"\boxed{9^{9^{9^{9}}}+%d}" % n], solution=["2"])
                print("no interrupt")
            except KeyboardInterrupt:
                print(math_accuracy([r"\boxed{%d}" % n, r"\boxed{%d/2}" % n], solution=[f"{n}.0", "77"]))
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.stdout.splitlines() == ["[1.0, 0.0]"] * 3, done.stderr


@installed
@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_comparing_process_that_is_killed_is_started_again() -> None:
    assert judged(r"\boxed{\frac{1}{3}}", r"\frac{2}{6}") == 1.0
    assert worker._process is not None
    os.kill(worker._process.pid, signal.SIGKILL)
    assert judged(r"\boxed{\frac{1}{4}}", r"\frac{2}{8}") == 1.0


@installed
@pytest.mark.slow
def test_nothing_in_a_formula_runs(tmp_path: Path) -> None:
    target = tmp_path / "was-here"
    for wrapped in (
        r"\boxed{%s}",
        r"\boxed{\text{%s}}",
        "</think><answer>%s</answer>",
        "The answer is $%s$.",
    ):
        code = f"__import__('pathlib').Path('{target}').touch()"
        math_accuracy([wrapped % code], solution=["2"])
        math_accuracy(["2"], solution=[code])
    assert not target.exists()


@installed
@pytest.mark.slow
def test_sixteen_threads_each_get_their_own_verdict() -> None:
    def right(n: int) -> bool:
        said = [rf"\boxed{{\frac{{{n}}}{{{d}}}}}" for d in (2, 3, 4)]
        return math_accuracy(said, solution=[f"{n}/2", f"{n}/3", f"{n}/5"]) == [1.0, 1.0, 0.0]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(right, range(1, 17)))
    assert threading.active_count() < 60


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(math_answers, "find_spec", lambda name: None)
    with pytest.raises(LabkitError, match=r'pip install "antlr4-python3-runtime==4.13.2" "math-verify>='):
        math_accuracy([r"\boxed{2}"], solution=["2"])
