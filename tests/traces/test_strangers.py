"""What a new researcher tries with `labkit.open`: downloads, exports, wrong columns, files of other programs."""

from __future__ import annotations

import gc
import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.errors import BadArgument, FileDamaged, LabkitError, Unsupported
from labkit.traces import Trace
from labkit.traces.readers import packed, reader

TEXT = "<think>Two and two.\n\nWait, I check: 4.</think>The answer is 4."
ROW = {"problem": "2 + 2?", "generation": TEXT}
LINES = "".join(json.dumps(ROW) + "\n" for _ in range(3)).encode()


def opened(source: Any, **options: Any) -> labkit.TraceSet:
    traces = labkit.open(source, **options)
    assert isinstance(traces, labkit.TraceSet)
    return traces


def error_of(source: Any, **options: Any) -> LabkitError:
    with pytest.raises(LabkitError) as caught:
        labkit.open(source, **options)
    return caught.value


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


# -- packed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["gzip", "bz2", "lzma"])
def test_a_packed_file_opens_as_the_file_in_it(tmp_path: Path, module: str) -> None:
    compress: Callable[[bytes], bytes] = pytest.importorskip(module).compress
    path = tmp_path / "rows.jsonl.packed"
    path.write_bytes(compress(LINES))
    traces = opened(path)
    assert len(traces) == 3 and traces[2].answer == "The answer is 4."
    assert traces.place(2) == "line 3 of rows.jsonl in rows.jsonl.packed"


def test_a_zip_file_opens_as_the_files_in_it_and_writes_nothing_elsewhere(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip",
        **{
            "../../out.jsonl": LINES,
            "b/out.jsonl": LINES,
            "__MACOSX/._x.jsonl": b"\0",
            "readme.md": b"hello",
        },
    )
    assert len(opened(path)) == 6
    assert [each.name for each in tmp_path.iterdir()] == ["a.zip"]


def test_an_unpacked_file_is_removed_with_the_set(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(LINES))
    traces = opened(tmp_path / "a.jsonl.gz")
    room = Path(traces.source._room.name)  # type: ignore[attr-defined]
    assert room.is_dir() and len(traces) == 3
    del traces
    gc.collect()
    assert not room.exists()


def test_what_is_packed_twice_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "twice.gz").write_bytes(gzip.compress(gzip.compress(LINES)))
    assert "a packed file in a packed file" in error_of(tmp_path / "twice.gz").why
    monkeypatch.setattr(packed, "MAX_UNPACKED", 100)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"0" * 1000))
    assert "unpacks to more than" in error_of(zipped(tmp_path / "bomb.zip", **{"a.txt": b"0" * 1000})).why
    assert "unpacks to more than" in error_of(tmp_path / "bomb.gz").why


def test_a_zip_file_without_thoughts_names_what_it_holds(tmp_path: Path) -> None:
    assert "'readme.md'" in error_of(zipped(tmp_path / "a.zip", **{"readme.md": b"hello"})).why


# -- folders ---------------------------------------------------------------------------------------------


def test_a_damaged_file_of_a_folder_is_named_and_the_others_stay(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "good.jsonl").write_bytes(LINES)
    (tmp_path / "also.jsonl.gz").write_bytes(gzip.compress(LINES))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "bad.eval").write_bytes(b"PK and no more")
    (tmp_path / "notes.md").write_text("no thought")
    copies = tmp_path / ".ipynb_checkpoints"
    copies.mkdir()
    (copies / "good.jsonl").write_bytes(LINES)
    traces = opened(tmp_path)
    assert len(traces) == 6
    assert [place for place, _ in traces.skipped] == ["bad.eval", "bad.parquet"]


def test_an_empty_folder_and_one_of_datasets_get_a_sentence(tmp_path: Path) -> None:
    assert ".jsonl" in error_of(tmp_path).why
    (tmp_path / "dataset_info.json").write_text("{}")
    assert "load_from_disk" in error_of(tmp_path).next


# -- other files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "why", "next"),
    [
        (b"SQLite format 3\x00" + bytes(100), "database", "export"),
        (b"\x10\0\0\0\0\0\0\0{}" + bytes(9), "weights", "labkit.load"),
        (b"GGUF\x03\0\0\0", "weights", "labkit.load"),
        (b"ARROW1\0\0", "Arrow", "datasets"),
        (b"\x28\xb5\x2f\xfd", "Zstandard", "unzstd"),
        (b"\x80\x04\x95", "Python objects", "table"),
        (b"a" * 257 + b"ustar\x00", "tar", "tar -xf a.dat"),
        (TEXT.encode("utf-16"), "UTF-16", "UTF-8"),
        (b"text\x00text", "binary", "export"),
    ],
)
def test_a_file_of_another_form_is_named_and_is_no_text(
    tmp_path: Path, content: bytes, why: str, next: str
) -> None:
    (tmp_path / "a.dat").write_bytes(content)
    error = error_of(tmp_path / "a.dat")
    assert isinstance(error, Unsupported) and why in error.why and next in error.next


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_opens_whatever_separates_its_columns(tmp_path: Path, separator: str) -> None:
    rows = (separator.join(row) for row in (("prompt", "completion"), ("2 + 2?", "It is 4")))
    (tmp_path / "a.csv").write_text("\ufeff" + "\n".join(rows), "utf-8")  # as Excel saves it
    assert opened(tmp_path / "a.csv")[0].prompt == "2 + 2?"


def test_a_notebook_of_labkit_is_no_trace() -> None:
    error = error_of(Path(__file__).parents[2] / "notebooks/01-watch-it-think.ipynb")
    assert "'nbformat'" in error.what


# -- rows ------------------------------------------------------------------------------------------------


def test_the_error_names_the_columns_that_would_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"out": TEXT, "q": "2 + 2?", "n": 3}) + "\n")
    error = error_of(path)
    assert isinstance(error, LabkitError) and '{"prompt": "q", "text": "out"}' in error.next
    assert opened(path, columns={"prompt": "q", "text": "out"})[0].prompt == "2 + 2?"


def test_a_misspelt_column_gets_the_nearest_name() -> None:
    error = error_of([ROW], columns={"text": "generatoin"})
    assert isinstance(error, BadArgument) and "'generatoin'" in error.what and "'generation'" in error.next
    assert opened([ROW, ROW | {"by": "a-model"}], columns={"model": "by"})[1].model == "a-model"


def test_a_column_that_only_a_later_row_has_is_no_mistake() -> None:
    assert (
        len(opened([ROW, {"problem": "1 + 1?", "generation": "2", "by": "x"}], columns={"model": "by"})) == 2
    )


def test_a_list_in_an_object_is_named() -> None:
    assert 'record["data"]' in error_of({"data": [ROW]}).next
    assert "Rate limit" in error_of({"error": {"message": "Rate limit"}}).what
    assert "no assistant" in error_of({"messages": [{"role": "user", "content": "2 + 2?"}]}).what
    chat = [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": TEXT}]
    assert error_of(chat).next == error_of([chat]).next == 'labkit.open({"messages": messages})'
    assert "for prompt, text in pairs" in error_of([("2 + 2?", TEXT)]).next
    assert reader.advice({"prompt": "2 + 2?", "completion": 4}).endswith("# name the columns of a row")


@pytest.mark.parametrize("rows", [iter([ROW]), (row for row in [ROW]), {TEXT}])
def test_an_iterator_and_a_set_are_rows(rows: Any) -> None:
    assert opened(rows)[0].answer == "The answer is 4."


def test_an_empty_list_and_rows_without_a_text_get_a_sentence() -> None:
    assert isinstance(error_of([]), FileDamaged)
    assert "row 0" in error_of([1, 2]).why


# -- paths -----------------------------------------------------------------------------------------------


def test_a_path_that_is_not_there_gets_what_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "thoughts.jsonl").write_bytes(LINES)
    assert 'labkit.open("thoughts.jsonl")' in error_of("thougths.jsonl").next
    assert 'load_dataset("owner/name"' in error_of("owner/name").next
    assert 'load_dataset("owner/name"' in error_of("https://huggingface.co/datasets/owner/name").next
    assert "downloaded" in error_of("https://example.org/a.jsonl").next
    assert error_of("*.jsonl").next == 'labkit.open(".")'
    assert tmp_path.name in error_of("none.parquet").why
    for text in (TEXT, "a" * 300, "nul \0"):
        assert "from_text" in error_of(text).next
    assert Trace.from_text("2 + 2?", TEXT).answer


def test_the_display_of_a_large_file_reads_its_first_records_only(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    path.write_bytes(LINES * 1_000)
    traces = opened(path)
    assert "3,000 records" in repr(traces) and "the first 1,001 are read" in repr(traces)
    assert len(traces) == 3_000
    assert "3,000 thoughts" in repr(traces) and "are read" not in repr(traces)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.txt"])
def test_a_mark_before_utf_8_is_no_text(tmp_path: Path, name: str) -> None:
    content = TEXT if name == "a.txt" else json.dumps(ROW)
    (tmp_path / name).write_text("\ufeff" + content, "utf-8")
    traces = labkit.open(tmp_path / name)
    trace = traces if isinstance(traces, Trace) else traces[0]
    assert trace.text == TEXT


def test_of_many_files_in_a_folder_one_is_in_memory(tmp_path: Path) -> None:
    for number in range(4):
        rows = [ROW] if number % 2 else ROW
        (tmp_path / f"{number}.json").write_text(json.dumps(rows), "utf-8")
    traces = opened(tmp_path)
    assert len(traces) == 4
    files = {file for file, _ in traces.source._places}  # type: ignore[attr-defined]
    assert sum("_content" in file.__dict__ for file in files) == 1


def test_of_many_packed_files_in_a_folder_one_is_in_memory(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.json.gz").write_bytes(gzip.compress(json.dumps([ROW, ROW]).encode()))
    traces = opened(tmp_path)
    assert len(traces) == 8
    inner = {file._source for file, _ in traces.source._places}  # type: ignore[attr-defined]
    assert sum("_content" in file.__dict__ for file in inner) == 1


# -- damaged and hostile records -------------------------------------------------------------------------


def test_a_long_thought_and_line_breaks_of_other_kinds_stay_in_their_cell_of_a_csv_file(
    tmp_path: Path,
) -> None:
    texts = ["Add. " * 40_000, "one\u2028two", "three\x0bfour", "five\x85six"]
    rows = "".join(f"q,{text}\n" for text in texts)
    (tmp_path / "a.csv").write_text("prompt,completion\n" + rows, "utf-8")
    assert [trace.text for trace in opened(tmp_path / "a.csv")] == texts


def test_a_damaged_sample_of_a_log_is_named_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("1", "2"):
            messages = [{"role": "user", "content": "q"}, {"role": "assistant", "content": TEXT}]
            archive.writestr(f"samples/{name}.json", json.dumps({"messages": messages}))
    content = bytearray(path.read_bytes())
    at = content.find(b"samples/1.json") + len("samples/1.json")
    content[at : at + 20] = b"\xff" * 20
    path.write_bytes(content)
    traces = opened(path)
    assert [trace.text for trace in traces] == [TEXT]
    assert [place for place, _ in traces.skipped] == ["samples/1.json of a.eval"]


def test_a_damaged_group_of_rows_of_a_parquet_file_is_named_and_the_others_stay(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    texts = [f"answer {number} " * 30 for number in range(300)]
    table = pyarrow.table({"prompt": ["q"] * 300, "completion": texts})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=100, compression="snappy")
    metadata = parquet.ParquetFile(tmp_path / "a.parquet").metadata.row_group(1).column(1)
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    at = metadata.dictionary_page_offset or metadata.data_page_offset
    content[at + 40 : at + 400] = b"\xff" * 360
    (tmp_path / "a.parquet").write_bytes(content)
    traces = opened(tmp_path / "a.parquet")
    assert [trace.text for trace in traces] == texts[:100] + texts[200:]
    assert [traces.skipped[0].place, len(traces.skipped)] == ["row 100 of a.parquet", 100]


def test_blank_lines_count_in_the_place_of_a_line(tmp_path: Path) -> None:
    lines = ["", "", json.dumps(ROW), "", json.dumps({"problem": "q"}), json.dumps(ROW)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), "utf-8")
    traces = opened(tmp_path / "a.jsonl")
    assert [traces.place(0), traces.place(1)] == ["line 3 of a.jsonl", "line 6 of a.jsonl"]
    assert [place for place, _ in traces.skipped] == ["line 5 of a.jsonl"]


def test_a_line_that_nests_too_deep_and_a_reward_that_no_float_holds_are_left_out(tmp_path: Path) -> None:
    lines = [
        '{"a": ' + "[" * 5_000 + "]" * 5_000 + "}",
        json.dumps(ROW),
        json.dumps(ROW | {"reward": 10**400}),
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), "utf-8")
    traces = opened(tmp_path / "a.jsonl")
    assert [traces.place(i) for i in range(len(traces))] == ["line 2 of a.jsonl"]
    assert ["deep" in traces.skipped[0].why, "float" in traces.skipped[1].why] == [True, True]


def test_a_log_with_a_damaged_version_of_its_format_is_damaged(tmp_path: Path) -> None:
    content = bytearray(zipped(tmp_path / "a.eval", **{"samples/1.json": b"{}"}).read_bytes())
    content[content.rfind(b"PK\x01\x02") + 6] = 230
    (tmp_path / "a.eval").write_bytes(content)
    assert "damaged" in error_of(tmp_path / "a.eval").why


@pytest.mark.parametrize(
    "record",
    [
        {"messages": [{"role": {}, "content": "Hi"}]},
        {"prompt": "q", "completion": [{"content": "4"}, [1]]},
    ],
)
def test_a_record_with_a_part_of_another_type_is_of_no_known_form(record: dict[str, Any]) -> None:
    assert "does not know this form" in error_of(record).what
    traces = opened([record, ROW])
    assert len(traces) == 1 and "left out: row 0" in repr(traces)


def test_a_record_that_contains_itself_is_left_out() -> None:
    circle: dict[str, Any] = {}
    circle["completion"] = circle
    (skipped,) = opened([ROW, circle]).skipped
    assert skipped == ("row 1", "it contains itself, or nests too deep")


def test_a_number_in_place_of_the_bytes_of_a_token_allocates_nothing() -> None:
    token = {"token": "4", "logprob": -1.0, "bytes": 10**15}
    choice = {"message": {"content": "4"}, "logprobs": {"content": [token]}}
    trace = labkit.open({"choices": [choice]})
    assert isinstance(trace, Trace) and [trace.token(i).text for i in range(len(trace))] == ["4"]


def test_the_reason_of_a_wrong_logprob_is_one_line() -> None:
    token = {"token": "4", "logprob": float("nan")}
    error = error_of({"choices": [{"message": {"content": "4"}, "logprobs": {"content": [token]}}]})
    assert error.why == "row 0: logprobs.0: Input should be a finite number."


def test_a_long_chain_of_messages_that_is_a_circle_is_read() -> None:
    nodes: list[dict[str, Any]] = [
        {"parent": i - 1, "message": {"role": "user", "content": str(i)}} for i in range(20_000)
    ]
    nodes[0]["parent"] = 19_998  # a circle
    nodes[-1] |= {"sampled": True, "message": {"role": "assistant", "content": "4"}}
    trace = labkit.open({"nodes": nodes})
    assert isinstance(trace, Trace) and (trace.prompt, trace.text) == ("19998", "4")


def test_an_empty_path_is_not_the_folder_of_the_notebook() -> None:
    assert error_of("").what == "The path is empty."
