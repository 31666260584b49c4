from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit import LabkitError, Trace
from labkit.traces import Segmenter, blocks, segment, tables
from labkit.traces.blocks import blocks_of_text
from labkit.traces.step_rules import lines, sentences

TEXT = "<think>Is it 4? No.\n\nIt is 5.</think>5"
ASKS = Segmenter(sentences, lambda text: "question" if "?" in text else "statement")


def trace() -> Trace:
    return Trace.from_text("2 + 3?", TEXT)


def test_a_rule_of_ones_own_reaches_the_steps_the_blocks_and_the_table() -> None:
    own = trace().with_steps(ASKS)
    kinds = ["question", "statement", "statement"]
    assert [own.text[step.start : step.end] for step in own.steps] == ["Is it 4? ", "No.\n\n", "It is 5."]
    assert [step.kind for step in own.steps] == kinds
    assert [block.kind for block in blocks(own) if block.role == "step"] == kinds
    assert tables.row(own)["steps"] == 3
    assert "2 statement" in repr(own)
    assert [step.kind for step in trace().steps] == [step.kind for step in own.with_steps(None).steps]


def test_a_function_that_gives_ranges_is_a_rule_and_the_family_chooses_the_kinds() -> None:
    own = trace().with_steps(sentences)
    assert [step.kind for step in own.steps] == ["other", "back", "end"]


def test_a_trace_that_continues_another_has_its_rule() -> None:
    own = trace().with_steps(ASKS)
    again = own.model_copy(update={"text": "<think>Or 6? Yes.</think>6"})
    assert [step.kind for step in again.steps] == ["question", "statement"]
    assert again.segmenter == ASKS


def test_the_file_holds_the_steps_and_not_the_rule(tmp_path: Path) -> None:
    own = trace().with_steps(ASKS)
    loaded = Trace.load(own.save(tmp_path / "own.trace.json"))
    assert loaded == own
    assert loaded.steps == own.steps
    assert loaded.segmenter is None
    assert "own_steps" not in trace().save(tmp_path / "plain.trace.json").read_text("utf-8")


@pytest.mark.parametrize(
    "steps", [[[0, 3, "a"], [2, 4, "b"]], [[-1, 3, "a"]], [[0, 3, ""]], [[0, 3, "a\nb"]], [[0, 3, "\x1b[1m"]]]
)
def test_a_file_with_impossible_steps_is_refused(steps: list[list[object]], tmp_path: Path) -> None:
    path = trace().with_steps(lines).save(tmp_path / "bad.trace.json")
    record = path.read_text("utf-8")
    first = record.index('"own_steps":')
    path.write_text(
        record[:first] + f'"own_steps":{steps}'.replace("'", '"').replace("\x1b", "\\u001b") + "}"
    )
    with pytest.raises(LabkitError, match=r"bad.trace.json is not a trace"):
        Trace.load(path)


def test_a_growing_text_has_the_steps_of_the_rule() -> None:
    head = Trace.from_text("2 + 3?", "").with_steps(ASKS)
    text = "<think>Is it 4? No"
    kinds = [block.kind for block in blocks_of_text(head, text, range(len(text))) if block.role == "step"]
    assert kinds == ["question", "statement"]


def fails(text: str) -> list[tuple[int, int]]:
    raise KeyError("marker")


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (fails, "fails for steps raised KeyError"),
        (lambda text: [(0, 5), (3, 8)], r"gave the range \(3, 8\)"),
        (lambda text: [(0, len(text) + 1)], r"gave the range \(0, "),
        (lambda text: [(2, 2)], r"gave the range \(2, 2\)"),
        (lambda text: 3, "returned 3"),
        (Segmenter(kind=lambda text: ""), "gave ''"),
        (Segmenter(kind=lambda text: 1 / 0, name="mine"), "The rule mine for steps raised ZeroDivisionError"),  # type: ignore[arg-type,return-value]
    ],
)
def test_a_rule_that_fails_is_named(rule: object, what: str) -> None:
    with pytest.raises(LabkitError, match=what):
        trace().with_steps(rule)  # type: ignore[arg-type]
    with pytest.raises(LabkitError, match=what):
        segment("Is it 4? No.\n\nIt is 5.", rule=rule)  # type: ignore[arg-type]


def test_a_rule_that_fails_on_a_new_text_loses_no_thought() -> None:
    def fails_on_six(text: str) -> list[tuple[int, int]]:
        return fails(text) if "6" in text else lines(text)

    own = trace().with_steps(fails_on_six)
    text = "<think>Or 6?\n\nYes.</think>6"
    with pytest.warns(RuntimeWarning, match="fails_on_six for steps raised KeyError"):
        again = own.model_copy(update={"text": text})
    assert [again.text[step.start : step.end] for step in again.steps] == ["Or 6?\n\n", "Yes."]
    assert len(blocks_of_text(own, text, range(len(text)))) > 2


@given(st.text(st.sampled_from("a.!?\n 1)e.g")))
def test_sentences_tile_the_thought(text: str) -> None:
    spans = sentences(text)
    assert "".join(text[start:end] for start, end in spans) == (text if text.strip() else "")
    assert all(text[start:end].strip() for start, end in spans)
