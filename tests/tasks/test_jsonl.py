"""A teacher's file of problems: read whole, or the line is named."""

from __future__ import annotations

from pathlib import Path

import pytest

import labkit
from labkit.errors import LabkitError
from labkit.rewards import breakdown, countdown_accuracy, exact_answer
from labkit.tasks import Problem
from labkit.tasks.countdown import Problem as Countdown


def write(folder: Path, *lines: str) -> Path:
    path = folder / "mine.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_three_kinds_of_lines(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '{"prompt": "Capital of France?", "answer": "Paris", "hint": "It is large."}',
        "",
        '{"numbers": [3, 5, 9], "target": 24}',
        r'{"prompt": "Half of one?", "solution": "\\frac{1}{2}"}',
        '{"prompt": "2 + 2?", "answer": 4}',
    )
    paris, countdown, half, four = found = labkit.tasks.from_jsonl(path)
    assert all(isinstance(p, Problem) for p in found)
    assert paris.verify("I know it.</think><answer>paris</answer>") and not paris.verify("Paris</think>Rome")
    assert paris.columns["hint"] == "It is large."
    assert countdown == Countdown((3, 5, 9), 24)
    assert half.columns["solution"] == r"\frac{1}{2}"
    assert four.verify("4") and not four.verify("")
    assert breakdown("</think>Paris", paris, rules=[exact_answer, countdown_accuracy]).total == 1
    assert paris.verify(None) is False  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 2 is not JSON"),
        ("[" * 100_000, "line 2 is not JSON"),
        ("[1]", "line 2 is not an object"),
        ('{"answer": "4"}', "line 2 has no prompt"),
        ('{"prompt": "  ", "answer": "4"}', "line 2 has no prompt"),
        ('{"prompt": "2 + 2?"}', "line 2 has no answer"),
        ('{"prompt": "2 + 2?", "answer": [4]}', "line 2 has no answer"),
        ('{"prompt": "2 + 2?", "answer": true}', "line 2 has no answer"),
        ('{"numbers": [3, "5"], "target": 8}', "line 2 needs numbers"),
        ('{"numbers": [3], "target": 3}', "line 2 needs numbers"),
        ('{"numbers": [3, 5]}', "line 2 needs numbers"),
    ],
)
def test_a_line_that_is_no_problem_is_named(tmp_path: Path, line: str, why: str) -> None:
    good = '{"prompt": "2 + 2?", "answer": "4"}'
    with pytest.raises(LabkitError, match=why):
        labkit.tasks.from_jsonl(write(tmp_path, good, line))


def test_a_file_that_is_not_there_or_empty_or_no_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(LabkitError, match=r"the folder holds no \*\.jsonl"):
        labkit.tasks.from_jsonl(tmp_path / "none.jsonl")
    with pytest.raises(LabkitError, match="it holds no problem"):
        labkit.tasks.from_jsonl(write(tmp_path, ""))
    (tmp_path / "mine.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LabkitError, match="not UTF-8 text"):
        labkit.tasks.from_jsonl(tmp_path / "mine.jsonl")
