"""Every format through its fuzzer: the first `LABKIT_FUZZ_CASES` cases of each (40 by default), the same ones every time.

A million cases: `python tests/fuzz/run.py --cases 1000000`.
"""

from __future__ import annotations

import os

import pytest

from tests.fuzz.guard import Limits, fuzz
from tests.fuzz.run import MODULES

CASES = int(os.environ.get("LABKIT_FUZZ_CASES", "40"))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the guard limits the memory of its child as POSIX has it")
@pytest.mark.parametrize("module", MODULES)
def test_a_case_gives_a_result_or_a_sentence(module: str) -> None:
    found = fuzz(module, cases=CASES, seconds=120)
    faults = [f"{name}: {fault}" for name, result in found.items() for fault in result.faults]
    assert not faults, "\n".join(faults)
    assert all(result.cases for result in found.values()), found


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the guard limits the memory of its child as POSIX has it")
@pytest.mark.parametrize(
    ("name", "said"),
    [("error", "ZeroDivisionError"), ("hang", "seconds"), ("wait", "a hang"), ("abort", "ended with -6"), ("memory", "MB more"),
     ("sentence", "")],
)  # fmt: skip
def test_the_guard_sees_what_breaks_the_law(name: str, said: str) -> None:
    found = fuzz("broken", seconds=5, cases=5, only=name, limits=Limits(work=1, idle=2, children=1))[name]
    if not said:
        assert found.cases == 5 and not found.faults
    else:
        assert said in "".join(found.faults)
