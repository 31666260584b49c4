"""Traces in other forms are read back into equal traces, and other libraries accept the forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.errors import BadArgument, LabkitError
from labkit.traces import Tokens, Trace, TraceGroup
from labkit.traces.writers import as_trackio, as_verifiers, rows_of, write_rows

TEXT = "<think>\n3 + 5 = 8.\n</think>\n\n8"
TRACE = Trace(
    model="r1-mini", family="r1-mini", prompt="3 + 5?", prompt_ids=[1, 2], text=TEXT, finish="stop",
    tokens=Tokens(
        ids=[5, 6, 7, 8], sizes=[8, 11, 10, 1], texts=["<think>\n", "3 + 5 = 8.\n", "</think>\n\n", "8"],
        logprobs=[-0.25, -0.5, 0.0, -1.0], entropies=[0.5, 0.25, 0.0, 1.0], times=[0.1, 0.2, 0.3, 0.4],
        top_ids=[[5], [6], [7], [9, 8]], top_logprobs=[[-0.25], [-0.5], [0.0], [-0.5, -1.0]],
    ),
    pieces={5: "<think>\n", 6: "3 + 5 = 8.\n", 7: "</think>\n\n", 8: "8", 9: "9"},
    rewards={"accuracy": 1.0, "format": 0.5}, metadata={"row": 3},
)  # fmt: skip
PLAIN = Trace.from_text("3 + 5?", TEXT)


@pytest.mark.parametrize("trace", [TRACE, PLAIN], ids=["tokens", "text"])
@pytest.mark.parametrize("form", [as_trackio, as_verifiers, lambda trace, **_: rows_of([trace])[0]])
def test_a_form_is_read_back_into_an_equal_trace(trace: Trace, form: Any) -> None:
    assert labkit.open(json.loads(json.dumps(form(trace)))) == trace


@pytest.mark.parametrize("form", [as_trackio, as_verifiers])
def test_without_our_own_record_the_text_and_the_rewards_stay(form: Any) -> None:
    read = labkit.open(json.loads(json.dumps(form(TRACE, complete=False))))
    assert isinstance(read, Trace) and read.tokens == Tokens()
    assert (read.prompt, read.thinking, read.answer) == (TRACE.prompt, TRACE.thinking, TRACE.answer)
    assert read.rewards == TRACE.rewards and read.model == TRACE.model


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_rows_are_written_and_read_back(tmp_path: Path, suffix: str) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    path = write_rows(TraceGroup((TRACE, PLAIN)), tmp_path / f"rows{suffix}")
    assert list(labkit.open(path)) == [TRACE, PLAIN]
    write_rows(labkit.open(path), path, complete=False)
    assert [trace.answer for trace in labkit.open(path)] == ["8", "8"], (
        "the file was read while it was replaced"
    )


def test_a_data_set_of_hugging_face_takes_the_rows() -> None:
    datasets = pytest.importorskip("datasets")
    assert list(labkit.open(datasets.Dataset.from_list(rows_of([TRACE, TRACE])))) == [TRACE, TRACE]


def test_a_token_is_a_row_with_its_part_and_step() -> None:
    pytest.importorskip("pandas")
    table = TRACE.to_frame()
    assert list(table.columns) == [
        "id",
        "text",
        "start",
        "part",
        "step",
        "kind",
        "logprob",
        "entropy",
        "time",
    ]
    assert list(table["part"]) == ["tag", "thought", "tag", "answer"]
    assert list(table["kind"].fillna("")) == ["", "try", "", ""]
    assert table["logprob"].sum() == -1.75 and list(table["start"]) == [0, 8, 19, 29]
    assert list(PLAIN.to_frame().columns) == ["id", "text", "start", "part", "step", "kind"]


def test_a_thought_is_a_row_with_its_rewards() -> None:
    pytest.importorskip("pandas")
    table = TraceGroup((TRACE, PLAIN)).to_frame()
    assert list(table["tokens"]) == [4, 0] and list(table["answer"]) == ["8", "8"]
    assert table["accuracy"][0] == 1.0 and table["accuracy"].isna()[1]
    assert table["seconds"][0] == 0.4 and table["logprob"][0] == -1.75
    assert labkit.open([{"prompt": "a", "completion": "b"}]).to_frame()["completion"][0] == "b"


def test_a_step_of_a_run_is_a_row() -> None:
    pytest.importorskip("pandas")
    run = labkit.training.Run.load(next(path.parent for path in labkit.data_path("runs").rglob("run.json")))
    table = run.to_frame()
    assert list(table["step"]) == list(range(1, len(run) + 1))
    assert list(table["reward"]) == run.columns["reward"]
    assert [c for c in table.columns if c.startswith("rule.")] == [
        f"rule.{name}" for name in run.rule_columns
    ]


def test_another_suffix_and_a_missing_folder_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="another suffix"):
        write_rows([TRACE], tmp_path / "rows.xlsx")
    with pytest.raises(LabkitError, match="could not be written"):
        write_rows([TRACE], tmp_path / "none" / "rows.jsonl")
