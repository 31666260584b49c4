"""Traces in other forms are read back into equal traces, and other libraries accept the forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import labkit
from labkit.cli import main
from labkit.errors import BadArgument, LabkitError
from labkit.traces import Tokens, Trace, TraceGroup
from labkit.traces.writers import as_trackio, as_verifiers, convert, rows_of, write_rows
from tests.traces.make import traces as made_traces

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


# Texts that break formats: halves of surrogate pairs, NUL, line breaks of all kinds, tags, emoji.
hostile = st.text(
    st.characters() | st.sampled_from("\0\u2028\u2029\x85\r\ud800\udfff\ufeff\x1b"), max_size=30
)
hostile_texts = st.lists(
    hostile | st.sampled_from(["<think>", "</think>", "\n", "Wait, 😀"]), max_size=6
).map("".join)


@st.composite
def hostile_traces(draw: Any) -> Trace:
    trace = draw(made_traces())
    changes: dict[str, Any] = {
        "prompt": draw(hostile_texts),
        "rewards": draw(st.dictionaries(st.text(max_size=9), st.floats(-1, 1), max_size=2)),
    }
    if not len(trace):
        changes["text"] = draw(hostile_texts)
    return trace.model_copy(update=changes | {"metadata": {"note": draw(hostile_texts)}})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(traces=st.lists(hostile_traces(), min_size=1, max_size=3))
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_any_text_is_written_and_read_back_equal(tmp_path: Path, suffix: str, traces: list[Trace]) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    path = write_rows(traces, tmp_path / f"rows{suffix}")
    assert list(labkit.open(path)) == traces
    assert path.read_bytes().count(b"\n") == len(traces) or suffix == ".parquet"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trace=hostile_traces())
@pytest.mark.parametrize("form", ["rows", "trackio", "verifiers"])
def test_any_text_survives_a_conversion_and_the_way_back(tmp_path: Path, form: Any, trace: Trace) -> None:
    saved = trace.save(tmp_path / "one")
    assert convert(saved, tmp_path / "a.jsonl", form=form)[:2] == (1, tmp_path / "a.jsonl")
    assert list(labkit.open(tmp_path / "a.jsonl")) == [trace]


def test_rewards_that_only_later_rows_have_are_columns_of_a_parquet_file(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [TRACE.model_copy(update={"rewards": {"late": 1.0} if i == 600 else {}}) for i in range(700)]
    path = write_rows(iter(rows), tmp_path / "rows.parquet")
    file = parquet.ParquetFile(path)
    assert file.num_row_groups == 3 and file.metadata.num_rows == 700
    assert file.read(["late"]).to_pydict()["late"] == [None] * 600 + [1.0] + [None] * 99
    datasets = pytest.importorskip("datasets")
    rows_again = datasets.load_dataset("parquet", data_files=str(path), cache_dir=str(tmp_path / "cache"))[
        "train"
    ]
    assert labkit.open(rows_again)[600] == rows[600]


def test_a_reward_may_have_the_name_of_a_column(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    trace = TRACE.model_copy(update={"rewards": {"prompt": 0.5, "labkit": 0.25}})
    assert list(labkit.open(write_rows([trace], tmp_path / "rows.parquet"))) == [trace]
    other = Trace.from_text("q", "a")  # without this reward
    for suffix in (".parquet", ".jsonl"):
        path = write_rows([trace, other], tmp_path / f"rows{suffix}", complete=False)
        first, second = labkit.open(path)
        assert (first.prompt, first.rewards["prompt_reward"], second.prompt) == (trace.prompt, 0.5, "q")
    half = TRACE.model_copy(update={"rewards": {"\ud800": 1.0}})  # a name that UTF-8 cannot hold
    (read,) = labkit.open(write_rows([half], tmp_path / "rows.parquet"))
    assert read.text == TRACE.text and list(read.rewards.values()) == [1.0]


def test_a_row_without_a_finite_number_is_valid_json(tmp_path: Path) -> None:
    class Diverged:
        def as_row(self) -> dict[str, Any]:
            return {"loss": float("inf"), "kl": float("nan"), "step": 3}

    path = write_rows([Diverged()], tmp_path / "steps.jsonl")
    assert path.read_text() == '{"loss": null, "kl": null, "step": 3}\n'


def test_a_run_is_written_with_a_row_for_each_step_and_its_rollouts_are_thoughts(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")
    folder = next(path.parent for path in labkit.data_path("runs").rglob("run.json"))
    run = labkit.training.Run.load(folder)
    for path in (tmp_path / "steps.jsonl", tmp_path / "steps.parquet"):
        write_rows(run, path)
        read = pandas.read_parquet(path) if path.suffix == ".parquet" else pandas.read_json(path, lines=True)
        pandas.testing.assert_frame_equal(read, run.to_frame(), check_dtype=False)
    assert list(labkit.open(folder / "run.json")) == list(run.thoughts)
    assert convert(folder, tmp_path / "rollouts.parquet").n_traces == len(run.kept)
    assert list(labkit.open(tmp_path / "rollouts.parquet")) == list(run.thoughts)


def test_the_command_converts_names_what_it_left_out_and_refuses_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "a.jsonl"
    lines = [{"q": "2 + 2?", "out": TEXT, "reward": 1}, {"q": "3?"}, {"q": "4?", "out": "\x1b[31m4"}]
    source.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    arguments = [
        "convert",
        str(source),
        str(tmp_path / "b.jsonl"),
        "--column",
        "prompt=q",
        "--column",
        "text=out",
    ]
    assert main([*arguments, "--form", "verifiers"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{tmp_path / 'b.jsonl'}: 2 thoughts\n  left out: line 2 of a.jsonl: ")
    assert [trace.prompt for trace in labkit.open(tmp_path / "b.jsonl")] == ["2 + 2?", "4?"]
    assert (
        main([*arguments[:2], str(tmp_path / "b.trackio"), "--form", "trackio", "--column", "text=out"]) == 1
    )
    assert "records of trackio are written as .jsonl" in capsys.readouterr().err
    assert main([*arguments[:3], "--column", "out"]) == 1
    assert "--column out names no column" in capsys.readouterr().err
    assert main([*arguments, "--text-only"]) == 0
    assert "labkit" not in json.loads((tmp_path / "b.jsonl").read_text("utf-8").splitlines()[0])
