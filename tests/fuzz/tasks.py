"""Problems of a teacher, and answers of a model through every verifier."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

import labkit
from labkit.tasks import countdown, from_jsonl
from labkit.traces import Trace
from tests.fuzz.guard import Format
from tests.fuzz.hostile import TEXTS, Case, cases, pieces, written


@cache
def scratch() -> Path:
    """A folder for what is written."""
    return Path(tempfile.mkdtemp(prefix="labkit-fuzz-"))


ROWS = [
    {"prompt": "What is 2 + 2?", "answer": "4", "level": 1}, {"prompt": "1/2?", "solution": "\\frac{1}{2}"},
    {"numbers": [3, 5, 9], "target": 24}, {"prompt": "3 + 5 + 9?", "answer": 17},
]  # fmt: skip


def read_jsonl(case: Case) -> None:
    """Reads problems, and judges an answer of each."""
    document = case.document(ROWS)
    lines = [written(row) for row in document] if isinstance(document, list) else [written(document)]
    file = scratch() / "a.jsonl"
    file.write_bytes(case.patched(b"\n".join(lines)))
    for problem in from_jsonl(file)[:50]:
        assert problem.verify("<think>x</think><answer>4</answer>") in (True, False)
        assert repr(problem)


MARKS = ["<think>", "</think>", "<answer>", "</answer>", "\\boxed{", "}", "{", "\\frac{1}{2}", "$", "\\(", "\\)", "####", "The answer is",
         "<|channel|>final<|message|>", "<|channel|>analysis<|message|>", "\n", "\n\n", "Wait, ", "So "]  # fmt: skip
MATHS = ["3", "5", "9", "24", "1e9", "+", "-", "*", "/", "(", ")", "**", "^", "=", ",", ".", "9" * 60, "(" * 200, "-" * 200, "3*5+9",
         "\\sqrt{", "\\times", "\\cdot", "x", "\\infty", "\\text{a}", "½", "٣", "\\pi", "!", "10^{10^{10}}"]  # fmt: skip
answers = pieces(MARKS, MATHS, TEXTS)


def judge(text: str) -> None:
    """Judges a text by every rule that is ours."""
    from labkit import rewards

    for paid in (
        rewards.countdown_accuracy([text], numbers=[[3, 5, 9]], target=[24]), rewards.exact_answer([text], answer=["24"]),
        rewards.think_format([text]), rewards.repetition(3)([text]), rewards.countdown_steps([text]),
    ):  # fmt: skip
        assert all(p is None or 0 <= p <= 1 or p < 0 for p in paid)
    problem = countdown.Problem((3, 5, 9), 24)
    assert problem.verify(text) in (True, False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    trace = Trace.from_text(problem, text)
    assert rewards.outcome_of(trace) is not None
    assert repr(rewards.breakdown(trace))


def judge_maths(text: str) -> None:
    """Judges a text by math-verify, which is not ours."""
    for gold in ("\\frac{1}{2}", "24", "x = 3"):
        (paid,) = labkit.rewards.math_accuracy([text], solution=[gold])
        assert paid is None or 0 <= paid <= 1


maths = st.builds("{}\\boxed{{{}}}".format, pieces(MARKS), pieces(MATHS)) | answers
FORMATS = [
    Format("jsonl", cases, read_jsonl),
    Format("answers", answers, judge),
    Format("maths", maths, judge_maths),
]
