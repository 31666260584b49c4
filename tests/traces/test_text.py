"""A thought that came as text: it reads as one that came as tokens, and claims no probabilities."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given

from labkit.errors import LabkitError
from labkit.tasks.countdown import Problem
from labkit.traces import ProblemRecord, Trace, blocks, is_text_only, with_words
from tests.traces.make import texts, words

THOUGHTS = Path(__file__).resolve().parents[2].parent / "shared" / "thoughts"
TEXT = "<think>Two pairs.\n\nWait, check: 4.\n\nSo it is 4.</think>The answer is 4."


def test_a_text_has_its_thought_its_answer_and_its_steps() -> None:
    trace = Trace.from_text("2 + 2?", TEXT)
    assert trace.answer == "The answer is 4." and [step.kind for step in trace.steps] == [
        "other",
        "check",
        "end",
    ]
    roles = [(block.role, block.number) for block in blocks(trace)]
    assert roles == [("tag", 0), ("step", 1), ("step", 2), ("step", 3), ("tag", 0), ("answer", 0)]


@pytest.mark.parametrize(
    ("family", "text"),
    [
        (
            "gpt-oss",
            "<|channel|>analysis<|message|>Two.<|end|><|start|>assistant<|channel|>final<|message|>4",
        ),
        ("s1", "<|im_start|>think\nTwo.\n<|im_start|>answer\n4"),
        ("", "<think>Two.</think>4"),
        ("r1-mini", "Two.</think>4"),
    ],
)
def test_a_family_brings_its_tags(family: str, text: str) -> None:
    trace = Trace.from_text("2 + 2?", text, family=family)
    assert (trace.thinking, trace.answer) == ("Two.", "4")


def test_tags_of_ones_own_are_read() -> None:
    trace = Trace.from_text("2 + 2?", "[THINK]Two.[/THINK]4", open_tag="[THINK]", close_tag="[/THINK]")
    assert (trace.thinking, trace.answer) == ("Two.", "4")


def test_a_text_that_the_template_opened_and_the_limit_cut_off_has_no_answer() -> None:
    trace = Trace.from_text("2 + 2?", "I get 4. Wait, let me", opened=True, finish="length")
    assert trace.answer == "" and trace.thinking.startswith("I get")


def test_what_is_no_text_is_refused_with_an_example() -> None:
    with pytest.raises(LabkitError, match="cannot take text="):
        Trace.from_text("2 + 2?", 4)  # type: ignore[arg-type]


@given(texts | words)
def test_the_words_of_a_text_are_the_text_and_each_lies_in_one_block(text: str) -> None:
    trace = Trace.from_text("?", text)
    shown = with_words(trace)
    assert "".join(shown.tokens.texts) == text and not shown.tokens.logprobs
    assert is_text_only(trace) == is_text_only(shown) == bool(text)
    covered = [i for block in blocks(trace) for i in range(block.first, block.last)]
    assert covered == list(range(len(shown)))


def test_a_problem_travels_with_its_trace_into_the_file_and_out_of_it(tmp_path: Path) -> None:
    trace = Trace.from_text("?", "4", problem=Problem((3, 5, 9), 24))
    again = Trace.load(trace.save(tmp_path / "a"))
    assert again.problem == ProblemRecord(task="countdown", columns={"numbers": [3, 5, 9], "target": 24})


def test_columns_that_json_does_not_have_are_written_out() -> None:
    record = ProblemRecord.of({"a": {3, 1}, "b": (1, 2), "c": Path("x")})
    assert record is not None and record.columns == {"a": [1, 3], "b": [1, 2], "c": "x"}


def test_a_file_of_an_earlier_version_has_no_problem_and_opens(tmp_path: Path) -> None:
    raw = json.loads(Trace.from_text("?", "4").model_dump_json())
    del raw["problem"]
    (tmp_path / "old.trace.json").write_text(json.dumps(raw))
    assert Trace.load(tmp_path / "old.trace.json").problem is None


@pytest.mark.skipif(not THOUGHTS.exists(), reason="the real thoughts lie beside the clone in CI only")
def test_real_thoughts_open_as_text() -> None:
    rows = [row for path in sorted(THOUGHTS.glob("*.json")) for row in json.loads(path.read_text("utf-8"))]
    assert len(rows) == 10
    for row in rows:
        thought, content = row["message_thinking"], row["message_content"]
        trace = Trace.from_text(
            row["problem"], f"<think>{thought}</think>\n\n{content}", family="deepseek-r1"
        )
        assert trace.thinking == thought.strip() and trace.answer == content.strip()
        assert len(trace.steps) > 3 and sum(block.role == "step" for block in blocks(trace)) == len(
            trace.steps
        )
